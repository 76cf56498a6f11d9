import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { setImmediate } from "node:timers/promises";
import express, { type NextFunction, type Request, type Response } from "express";
import { afterEach, beforeEach, describe, expect, type MockInstance, test, vi } from "vitest";
import { createSessions, type Sessions } from "../../src/index.ts";
import { memory } from "../../src/engines/memory.ts";
import { coatcheck as onExpress } from "../../src/http/adapters/express.ts";
import { coatcheck as onNode } from "../../src/http/adapters/node.ts";
import { coatcheck as onFetch } from "../../src/http/adapters/fetch.ts";
import { barrier, fails, faultyStore, operationLog, startsLate } from "../../src/testing/faulty-store.ts";

interface Data {
  n: number;
  when?: string;
}
type Listener = (request: IncomingMessage, response: ServerResponse) => void;

let log: MockInstance<typeof console.error>;
const close: (() => Promise<unknown>)[] = [];
beforeEach(() => {
  log = vi.spyOn(console, "error").mockImplementation(() => undefined);
});
afterEach(async () => {
  for (const end of close.splice(0)) await end();
});

async function listen(listener: Listener): Promise<string> {
  const server = createServer(listener).listen(0, "127.0.0.1");
  await once(server, "listening");
  close.push(async () => {
    server.closeAllConnections();
    server.close();
    await once(server, "close");
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
}

const sessionsOn = (engine = memory()): Sessions<Data> => createSessions<Data>({ engine });

describe("an answer that waits for its session", () => {
  test("looks sent: a second send throws in the handler, and the first one arrives whole", async () => {
    const sessions = sessionsOn();
    const app = express();
    app.use(onExpress(sessions));
    let thrown: unknown;
    app.get("/", async (request, response) => {
      (await sessions.get(request)).set("n", 1);
      response.status(400).send("short");
      try {
        response.send("a much longer body");
      } catch (error) {
        thrown = error;
      }
    });
    const reply = await fetch(await listen(app));
    expect([reply.status, await reply.text()]).toEqual([400, "short"]);
    expect(thrown).toMatchObject({ code: "ERR_HTTP_HEADERS_SENT" });
  });

  test("is ended once: what is written after the end is told so, and not sent", async () => {
    const sessions = sessionsOn();
    const told: unknown[] = [];
    const base = await listen(
      onNode(sessions, async (request, response) => {
        (await sessions.get(request)).set("n", 1);
        response.end("whole");
        expect(response.writableEnded).toBe(true);
        response.write(" and more", (error) => told.push(error));
        response.end(" and more", () => told.push("ended"));
      }),
    );
    expect(await (await fetch(base)).text()).toBe("whole");
    expect(told).toEqual([expect.objectContaining({ code: "ERR_STREAM_WRITE_AFTER_END" }), "ended"]);
  });

  test("is not taken back when the listener throws after it", async () => {
    const sessions = sessionsOn();
    const base = await listen(
      onNode(sessions, async (request, response) => {
        (await sessions.get(request)).set("n", 1);
        response.end("complete");
        throw new Error("afterwards");
      }),
    );
    const reply = await fetch(base);
    expect([reply.status, await reply.text()]).toEqual([200, "complete"]);
    expect(log).toHaveBeenCalledWith(new Error("afterwards"));
  });

  test("refuses a chunk of a wrong type at once, as Node does", async () => {
    const sessions = sessionsOn();
    const base = await listen(
      onNode(sessions, async (request, response) => {
        (await sessions.get(request)).set("n", 1);
        response.end(123);
      }),
    );
    expect((await fetch(base)).status).toBe(500);
    expect(log).toHaveBeenCalledWith(expect.objectContaining({ code: "ERR_INVALID_ARG_TYPE" }));
  });
});

describe("an answer whose session could not be saved", () => {
  test("is never a 200, though its handler goes on writing while the error is being answered", async () => {
    const pause = barrier();
    const store = faultyStore(faultyStore(memory(), fails("create")), startsLate("create", pause));
    const sessions = sessionsOn(store);
    const app = express();
    app.use(onExpress(sessions));
    const failed = new Promise((resolve) => sessions.on("failed", resolve));
    const handlerDone = barrier();
    app.get("/", async (request, response) => {
      (await sessions.get(request)).set("n", 1);
      response.write("first");
      await pause.arrived();
      pause.release();
      await failed;
      await setImmediate();
      response.write("second");
      response.end("third");
      handlerDone.release();
    });
    app.use(async (_error: unknown, _request: Request, response: Response, next: NextFunction) => {
      await handlerDone.gate;
      if (!response.headersSent) response.end("by the error handler");
      else next();
    });
    const reply = await fetch(await listen(app));
    expect(reply.status).toBe(503);
    expect(await reply.text()).not.toMatch(/first|second|third/);
  });

  test("has the error's status when the error handler sets none", async () => {
    const sessions = sessionsOn(faultyStore(memory(), fails("create")));
    const app = express();
    app.use(onExpress(sessions));
    app.get("/", async (request, response) => {
      (await sessions.get(request)).set("n", 1);
      response.send("stored?");
    });
    app.use(
      (_error: unknown, _request: Request, response: Response, _next: NextFunction) => void response.end("sorry"),
    );
    const reply = await fetch(await listen(app));
    expect([reply.status, await reply.text()]).toEqual([503, "sorry"]);
  });

  test("whose onError fails too is cut off, and ends nothing else", async () => {
    for (const onError of [
      () => {
        throw new Error("of onError");
      },
      async () => {
        throw new Error("of onError");
      },
    ]) {
      const sessions = sessionsOn(faultyStore(memory(), fails("create")));
      const listener = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
        (await sessions.get(request)).set("n", 1);
        response.end();
      };
      const base = await listen(onNode(sessions, listener, { onError }));
      await expect(fetch(base)).rejects.toThrow("fetch failed");
      expect(log).toHaveBeenCalledWith(new Error("of onError"));
    }
  });
});

test("a server error of a visitor without a session stays the application's own, whatever was in the data", async () => {
  const sessions = sessionsOn();
  const app = express();
  app.use(onExpress(sessions));
  app.get("/", async (request) => {
    (await sessions.get(request)).data.when = new Date() as unknown as string;
    throw new Error("the real error");
  });
  const seen: unknown[] = [];
  app.use((error: unknown, _request: Request, response: Response, _next: NextFunction) => {
    seen.push(error);
    response.status(500).send("the real page");
  });
  expect(await (await fetch(await listen(app))).text()).toBe("the real page");
  expect(seen).toEqual([new Error("the real error")]);
});

test("mounted twice, one request has one session and one cookie", async () => {
  const operations = operationLog();
  const sessions = sessionsOn(faultyStore(memory(), operations));
  const app = express();
  app.use(onExpress(sessions));
  app.use(async (request, _response, next) => {
    (await sessions.get(request)).set("n", 1);
    next();
  });
  app.use(onExpress(sessions));
  app.get("/", async (request, response) => {
    (await sessions.get(request)).update("n", (n = 0) => n + 1);
    response.end();
  });
  expect((await fetch(await listen(app))).headers.getSetCookie()).toHaveLength(1);
  expect(operations.verbs).toEqual(["create"]);
});

test("junk under our name does not crowd out the cookie that is ours", async () => {
  const sessions = sessionsOn();
  const session = await sessions.open();
  session.set("n", 7);
  await session.save();
  const app = onFetch(
    sessions,
    async (request: globalThis.Request) => new globalThis.Response(String((await sessions.get(request)).get("n"))),
  );
  const name = sessions.options.cookie.name;
  const cookie = ["a", "b", "c", "d", sessions.token(session)].map((value) => `${name}=${value}`).join("; ");
  expect(await (await app(new globalThis.Request("https://shop.test/", { headers: { cookie } }))).text()).toBe("7");
});

test("fetch passes on an answer that cannot be copied, and the session is saved", async () => {
  const operations = operationLog();
  const sessions = sessionsOn(faultyStore(memory(), operations));
  const app = onFetch(sessions, async (request: globalThis.Request) => {
    (await sessions.get(request)).set("n", 1);
    const answer = new globalThis.Response("being read");
    answer.body?.getReader();
    return answer;
  });
  const answer = await app(new globalThis.Request("https://shop.test/"));
  expect(answer.headers.getSetCookie()).toHaveLength(1);
  expect(operations.verbs).toEqual(["create"]);
});
