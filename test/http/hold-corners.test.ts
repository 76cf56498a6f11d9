import { createServer as createHttp, get, type IncomingMessage } from "node:http";
import { connect, createServer as createHttp2, type Http2ServerRequest, type Http2ServerResponse } from "node:http2";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { createSessions, type Sessions } from "../../src/index.ts";
import { memory } from "../../src/engines/memory.ts";
import { coatcheck } from "../../src/http/adapters/node.ts";
import { barrier, type Barrier, fails, faultyStore, startsLate } from "../../src/testing.ts";
import { listen } from "./harness-adapter.ts";
import type { Data } from "./harness-call.ts";

type Response = Http2ServerResponse;
type Listener = (request: Http2ServerRequest, response: Response) => unknown;

interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, unknown>>;
  readonly trailers: object;
  readonly body: string;
}

let log: unknown[];
const closing: (() => unknown)[] = [];
beforeEach(() => {
  log = [];
  vi.spyOn(console, "error").mockImplementation((error: unknown) => void log.push(error));
});
afterEach(async () => {
  for (const close of closing.splice(0)) await close();
});

async function overHttp(listener: Listener, cookie = ""): Promise<Answer> {
  const { port, close } = await listen(createHttp(listener as never));
  closing.push(close);
  const incoming = await new Promise<IncomingMessage>((resolve, reject) => {
    get({ host: "127.0.0.1", port, headers: { cookie } }, resolve).on("error", reject);
  });
  const body = (await incoming.setEncoding("utf8").toArray()).join("");
  return { status: incoming.statusCode ?? 0, headers: incoming.headers, trailers: incoming.trailers, body };
}

async function overHttp2(listener: Listener, cookie = ""): Promise<Answer> {
  const { port, close } = await listen(createHttp2(listener));
  const client = connect(`http://127.0.0.1:${port}`);
  closing.push(() => client.destroy(), close);
  const stream = client.request({ ":path": "/", cookie });
  let trailers = {};
  stream.on("trailers", (received: object) => (trailers = { ...received }));
  const headers = await new Promise<Record<string, unknown>>((resolve, reject) => {
    stream.once("response", resolve).once("error", reject);
    stream.once("close", () => reject(new Error("no response")));
  });
  const body = (await stream.setEncoding("utf8").toArray()).join("");
  return { status: Number(headers[":status"]), headers, trailers, body };
}

const unsaved = (): Sessions<Data> => createSessions<Data>({ engine: faultyStore(memory(), fails("create")) });

/** Whose save fails when it is let to. */
const failingLate = (pause: Barrier): Sessions<Data> =>
  createSessions<Data>({ engine: faultyStore(faultyStore(memory(), fails("create")), startsLate("create", pause)) });

const use = async (sessions: Sessions<Data>, request: object): Promise<void> => {
  (await sessions.get(request)).set("count", 1);
};

describe.each(Object.entries({ http: overHttp, http2: overHttp2 }))("a held response: %s", (name, ask) => {
  const mounted = (sessions: Sessions<Data>, listener: Listener, onError?: Listener): Listener =>
    coatcheck<Data, Http2ServerRequest, Response>(
      sessions,
      listener,
      onError && { onError: (_error, request, response) => onError(request, response) },
    );

  test("is held also by a method that was taken before the session was used", async () => {
    const sessions = createSessions<Data>({ engine: memory() });
    const page = async (request: object): Promise<string> => {
      await use(sessions, request);
      return "page";
    };
    const reply = await ask(
      mounted(sessions, async (request, response) => {
        const { write } = response;
        write(await page(request));
        response.end(await page(request));
      }),
    );
    expect(reply).toMatchObject({ status: 200, body: "pagepage" });
    expect(reply.headers["set-cookie"]).toHaveLength(1);

    const failed = await ask(
      mounted(
        unsaved(),
        async (request, response) => void response.end(await page(request)),
        (_, response) => response.end("sorry"),
      ),
    );
    expect(failed).toMatchObject({ body: "sorry" });
  });

  test("that failed tells whoever waits for a callback, before its end and after it", async () => {
    for (const ends of [true, false]) {
      const sessions = unsaved();
      const told: unknown[] = [];
      const reply = await ask(
        mounted(sessions, async (request, response) => {
          await use(sessions, request);
          const calls = [new Promise((resolve) => response.write("first", resolve as never))];
          if (ends) calls.push(new Promise((resolve) => response.end("last", resolve as never)));
          told.push(...(await Promise.all(calls)));
          if (!ends) response.end("last");
        }),
      );
      expect(reply).toMatchObject({ status: 503, body: "" });
      expect(told).toEqual(Array.from({ length: ends ? 2 : 1 }, () => expect.objectContaining({ status: 503 })));
    }
  });

  test("has its trailers, and a failed one none of them", async () => {
    const work =
      (sessions: Sessions<Data>): Listener =>
      async (request, response) => {
        response.addTrailers({ "x-before": "1" });
        await use(sessions, request);
        response.addTrailers({ "x-sum": "2" });
        response.write("body");
        response.addTrailers({ "x-sum": "3" });
        response.end();
      };
    const saved = createSessions<Data>({ engine: memory() });
    expect((await ask(mounted(saved, work(saved)))).trailers).toMatchObject({ "x-sum": "3" });
    const sessions = unsaved();
    const sorry: Listener = (_, response) => {
      response.write("sorry");
      response.end();
    };
    const { status, body, trailers } = await ask(mounted(sessions, work(sessions), sorry));
    expect([status, body]).toEqual([503, "sorry"]);
    expect(trailers).not.toHaveProperty("x-sum");
    expect(trailers).toHaveProperty("x-before");
  });

  test("asks for patience by all that a stream asks by", async () => {
    const pause = barrier();
    const sessions = createSessions<Data>({ engine: faultyStore(memory(), startsLate("create", pause)) });
    const seen: unknown[] = [];
    const reply = await ask(
      mounted(sessions, async (request, response) => {
        await use(sessions, request);
        for (const piece of ["first", "x".repeat(100_000)]) {
          seen.push(response.write(piece), Reflect.get(response, "writableNeedDrain"));
        }
        const drained = new Promise<void>((resolve) => response.once("drain", resolve));
        await pause.arrived();
        pause.release();
        await drained;
        response.end();
      }),
    );
    expect([reply.body.length, ...seen]).toEqual([100_005, true, false, false, true]);
  });

  test("that failed lets go of what is piped into it", async () => {
    const pause = barrier();
    const sessions = failingLate(pause);
    const source = new Readable({ read: () => void source.push("piece".repeat(1000)) });
    const piped = barrier();
    const reply = await ask(
      mounted(sessions, async (request, response) => {
        await use(sessions, request);
        const piping = pipeline(source, response).catch(() => undefined);
        await pause.arrived();
        pause.release();
        await piping;
        piped.release();
      }),
    );
    expect(reply).toMatchObject({ status: 503, body: "" });
    await piped.gate;
    expect(source.destroyed).toBe(true);
  });

  test("whose visitor goes away during the commit still reports what was never saved", async () => {
    const pause = barrier();
    const sessions = createSessions<Data>({ engine: faultyStore(memory(), startsLate("create", pause)) });
    const reported = new Promise((resolve) => sessions.on("unsaved", resolve));
    const asked = ask(
      mounted(sessions, async (request, response) => {
        const session = await sessions.get(request);
        session.set("count", 1);
        response.end("never arrives");
        await pause.arrived();
        session.set("theme", "dark");
        const gone = new Promise((resolve) => response.once("close", () => resolve(undefined)));
        (name === "http" ? request.socket : request.stream).destroy();
        await gone;
        pause.release();
      }),
    );
    expect(await reported).toHaveProperty("id");
    await expect(asked).rejects.toThrow(/hang up|no response/);
    expect(log).toEqual([]);
  });

  test("of two sessions, one of which fails while the handler is writing, is whole and carries the other's cookie", async () => {
    for (const failing of ["first", "second"]) {
      const pause = barrier();
      const named = (cookie: string): Sessions<Data> => {
        const stores = faultyStore(memory(), cookie === failing ? fails("create") : (_verb, proceed) => proceed());
        return createSessions<Data>({
          engine: faultyStore(stores, startsLate("create", pause)),
          cookie: { name: cookie },
        });
      };
      const [first, second] = [named("first"), named("second")];
      const done = barrier();
      const listener: Listener = async (request, response) => {
        for (const sessions of [first, second]) await use(sessions, request);
        response.write("first");
        await pause.arrived();
        pause.release();
        await new Promise((resolve) => response.once("close", () => resolve(undefined)));
        response.end("last");
        done.release();
      };
      const reply = await ask(mounted(first, mounted(second, listener)));
      expect(reply).toMatchObject({ status: 503, body: "" });
      // The second settles first: it is saved when the first one fails after it, and not when it has failed itself.
      const lines = [reply.headers["set-cookie"] ?? []].flat().map(String);
      expect(lines.map((line) => line.replace(/=.*/, ""))).toEqual(failing === "first" ? ["second"] : []);
      await done.gate;
    }
  });

  test("of two sessions that both fail while the handler is writing tells the log of both", async () => {
    const updates = fails("update", 1);
    const first = createSessions<Data>({ engine: faultyStore(memory(), updates), cookie: { name: "first" } });
    const session = await first.open();
    await session.set("count", 1).save();
    const second = unsaved();
    const reply = await ask(
      mounted(
        first,
        mounted(second, async (request, response) => {
          (await first.get(request)).cycleKey();
          await use(second, request);
          response.write("first");
        }),
      ),
      `first=${first.token(session)}`,
    );
    expect(reply).toMatchObject({ status: 503, body: "" });
    expect(log).toMatchObject([{ code: "STORE_UNAVAILABLE" }, { code: "STORE_UNAVAILABLE" }]);
  });

  test("of two sessions is answered by an error handler that may use the other one", async () => {
    const [first, second] = [createSessions<Data>({ engine: memory(), cookie: { name: "first" } }), unsaved()];
    const listener: Listener = async (request, response) => {
      await first.get(request);
      await use(second, request);
      response.addTrailers({ "x-sum": "of the body that failed" });
      response.end("never");
    };
    const sorry: Listener = async (request, response) => {
      await use(first, request);
      response.statusCode = 409;
      response.write("sorry");
      response.end();
    };
    const reply = await ask(mounted(first, mounted(second, listener, sorry), sorry));
    expect(reply).toMatchObject({ status: 409, body: "sorry", trailers: {} });
    expect(reply.trailers).not.toHaveProperty("x-sum");
    expect([reply.headers["set-cookie"]].flat()).toEqual([expect.stringMatching(/^first=/)]);
  });
});
