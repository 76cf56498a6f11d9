import { createServer as createHttp, request as ask } from "node:http";
import { connect, createServer, type Http2ServerRequest, type Http2ServerResponse } from "node:http2";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { memory } from "../../src/engines/memory.ts";
import { coatcheck } from "../../src/http/adapters/node.ts";
import { createSessions, type Sessions } from "../../src/index.ts";
import { barrier } from "../../src/testing.ts";
import { listen } from "./harness-adapter.ts";
import type { Data } from "./harness-call.ts";

const told = (sessions: Sessions<Data>): Promise<unknown> => new Promise((resolve) => sessions.on("unsaved", resolve));

const use = async (sessions: Sessions<Data>, request: object): Promise<void> => {
  (await sessions.get(request)).set("count", 1);
};

describe("an answer that goes past us, by the stream of http2,", () => {
  const ways: Record<string, (response: Http2ServerResponse) => void> = {
    respond({ stream }) {
      stream.respond({ ":status": 200 });
      stream.end("page");
    },
    respondWithFile: ({ stream }) => stream.respondWithFile(fileURLToPath(import.meta.url), { ":status": 200 }),
  };

  test.each(Object.entries(ways))("%s, is reported with what it left unsaved", async (_way, answer) => {
    const sessions = createSessions<Data>({ engine: memory() });
    const reported = told(sessions);
    const listener = coatcheck<Data, Http2ServerRequest, Http2ServerResponse>(sessions, async (request, response) => {
      await use(sessions, request);
      answer(response);
    });
    const { port, close } = await listen(createServer(listener));
    const client = connect(`http://127.0.0.1:${port}`);
    client.request({ ":path": "/" }).resume();
    expect(await reported).toEqual({ id: undefined });
    client.destroy();
    await close();
  });
});

describe("a visitor who goes away before the answer", () => {
  /** Comes, and goes when the handler says so. */
  async function visit(sessions: Sessions<Data>, handler: (leave: () => Promise<void>, request: object) => unknown) {
    const done = barrier();
    const listener = coatcheck(sessions, async (request, response) => {
      const gone = new Promise<void>((resolve) => response.once("close", resolve));
      const leave = (): Promise<void> => {
        request.socket.destroy();
        return gone;
      };
      await handler(leave, request);
      response.end();
      done.release();
    });
    const { port, close } = await listen(createHttp(listener));
    ask({ host: "127.0.0.1", port, method: "POST" })
      .on("error", () => undefined)
      .end();
    await done.gate;
    await close();
  }

  test("is reported with what is unsaved by then; an answer that is made after all saves it", async () => {
    const sessions = createSessions<Data>({ engine: memory() });
    const reported = told(sessions);
    const created = new Promise((resolve) => sessions.on("created", resolve));
    await visit(sessions, async (leave, request) => {
      await use(sessions, request);
      await leave();
      expect(await reported).toEqual({ id: undefined });
    });
    expect(await created).toHaveProperty("id");
  });

  test("is not reported when nothing was changed", async () => {
    const reports: unknown[] = [];
    const quiet = createSessions<Data>({ engine: memory() });
    quiet.on("unsaved", (event) => reports.push(event));
    await visit(quiet, async (leave, request) => {
      await quiet.get(request);
      await leave();
    });
    expect(reports).toEqual([]);
  });
});
