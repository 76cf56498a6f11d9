import { createServer, get, type IncomingMessage } from "node:http";
import { connect } from "node:http2";
import { PassThrough, Readable } from "node:stream";
import fastify, { type FastifyInstance, type FastifyServerOptions } from "fastify";
import { describe, expect, test } from "vitest";
import { createSessions, InvalidOption, NotMounted, type Sessions, type SessionsOptions } from "../../src/index.ts";
import { memory } from "../../src/engines/memory.ts";
import { coatcheck } from "../../src/http/adapters/fastify.ts";
import { coatcheck as onNode } from "../../src/http/adapters/node.ts";
import { barrier, fails, faultyStore, operationLog, startsLate } from "../../src/testing.ts";
import { listen } from "./harness-adapter.ts";
import type { Data } from "./harness-call.ts";

const sessionsOn = (engine = memory(), options: Partial<SessionsOptions> = {}): Sessions<Data> =>
  createSessions<Data>({ engine, ...options });

const unsaved = (): Sessions<Data> => sessionsOn(faultyStore(memory(), fails("create")));

/** An application whose log can be read. */
function logging(options: FastifyServerOptions = {}): { app: FastifyInstance; log: Record<string, unknown>[] } {
  const log: Record<string, unknown>[] = [];
  const stream = { write: (line: string) => void log.push(JSON.parse(line) as Record<string, unknown>) };
  return { app: fastify({ ...options, logger: { stream, level: "info" } }), log };
}

const setCookies = (headers: object): string[] => [Reflect.get(headers, "set-cookie") ?? []].flat().map(String);

describe("a Fastify app", () => {
  test("is reached as a whole: routes from before, plugins beside it and inside, and its 404 handler", async () => {
    const sessions = sessionsOn();
    const app = fastify();
    const count = async (request: object): Promise<string> =>
      String((await sessions.get(request)).update("count", (n = 0) => n + 1));
    app.get("/before", count);
    app.register(coatcheck, { sessions });
    app.register(async (child) => child.get("/child", count));
    app.setNotFoundHandler(count);
    for (const url of ["/before", "/child", "/nowhere"]) {
      const reply = await app.inject(url);
      expect([url, reply.body, setCookies(reply.headers).length]).toEqual([url, "1", 1]);
    }
    expect(app.hasPlugin("coatcheck")).toBe(true);
  });

  test("can have sessions in one part alone", async () => {
    const sessions = sessionsOn();
    const app = fastify();
    await app.register(async (shop) => {
      await shop.register(coatcheck, { sessions });
      shop.get("/shop", async (request) => String((await sessions.get(request)).isNew));
    });
    app.get("/", async (request) => sessions.get(request));
    expect((await app.inject("/shop")).body).toBe("true");
    expect((await app.inject("/")).json()).toMatchObject({ code: new NotMounted("").code });
  });

  test("has one session for request, reply, what is under them, and the property", async () => {
    const sessions = sessionsOn();
    const app = fastify();
    app.register(coatcheck, { sessions });
    app.get("/", async (request, reply) => {
      const carriers = [request, reply, request.raw, reply.raw];
      const found: unknown[] = await Promise.all(carriers.map((carrier) => sessions.get(carrier)));
      found.push(await request.getDecorator<Promise<object>>("session"));
      return String(new Set(found).size);
    });
    expect((await app.inject("/")).body).toBe("1");
  });

  test("mounted twice, or inside a server that has the sessions already, has one session and one cookie", async () => {
    const operations = operationLog();
    const sessions = sessionsOn(faultyStore(memory(), operations));
    const app = fastify({
      serverFactory: (handler) => createServer(onNode(sessions, (request, response) => handler(request, response))),
    });
    await app.register(coatcheck, { sessions });
    await app.register(coatcheck, { sessions });
    app.get("/", async (request, reply) => {
      (await sessions.get(request)).set("count", 1);
      const same = (await sessions.get(reply)) === (await request.getDecorator<Promise<object>>("session"));
      return String(same);
    });
    await app.ready();
    const server = await listen(app.server);
    const reply = await fetch(`http://127.0.0.1:${server.port}/`);
    expect([await reply.text(), reply.headers.getSetCookie().length]).toEqual(["true", 1]);
    expect(operations.verbs).toEqual(["create"]);
    await server.close();
  });

  test("does not start without what createSessions made", async () => {
    const app = fastify();
    app.register(coatcheck, {} as { sessions: Sessions<Data> });
    await expect(app.ready()).rejects.toThrow(InvalidOption);
  });

  test('with secure: "auto" believes a proxy only as far as trustProxy does', async () => {
    for (const trustProxy of [true, false]) {
      const sessions = sessionsOn(memory(), { cookie: { secure: "auto" } });
      const app = fastify({ trustProxy });
      app.register(coatcheck, { sessions });
      app.get("/", async (request) => (await sessions.get(request)).set("count", 1).size);
      const reply = await app.inject({ url: "/", headers: { "x-forwarded-proto": "https" } });
      expect(setCookies(reply.headers).join().includes("; Secure")).toBe(trustProxy);
    }
  });

  test("speaks HTTP/2", async () => {
    const sessions = sessionsOn();
    const app = fastify({ http2: true });
    app.register(coatcheck, { sessions });
    app.get("/", async (request) => `count: ${(await sessions.get(request)).set("count", 1).get("count")}`);
    const client = connect(await app.listen({ port: 0, host: "127.0.0.1" }));
    const stream = client.request({ ":path": "/" });
    const headers = await new Promise<object>((resolve) => stream.once("response", resolve));
    expect(setCookies(headers)).toHaveLength(1);
    expect(await stream.setEncoding("utf8").toArray()).toEqual(["count: 1"]);
    client.close();
    await app.close();
  });
});

describe("a Fastify reply", () => {
  const write = (sessions: Sessions<Data>, request: object): Promise<unknown> =>
    sessions.get(request).then((session) => session.set("count", 1));

  /** Every way to answer there is. */
  function answers(app: FastifyInstance, sessions: Sessions<Data>): void {
    app.get("/returned", async (request) => {
      await write(sessions, request);
      return "body";
    });
    app.get("/sent-only", async (request, reply) => {
      await write(sessions, request);
      reply.send("body");
    });
    app.get("/callback", (request, reply) => {
      void write(sessions, request).then(() => reply.send("body"));
    });
    app.get("/stream", async (request, reply) => {
      await write(sessions, request);
      return reply.send(Readable.from(["bo", "dy"]));
    });
    app.get("/response", async (request) => {
      await write(sessions, request);
      return new Response("body", { headers: { "x-own": "kept" } });
    });
    app.get("/hijacked", async (request, reply) => {
      await write(sessions, request);
      reply.hijack();
      reply.raw.write("bo");
      reply.raw.end("dy");
    });
    app.get("/raw", (request, reply) => {
      void write(sessions, request).then(() => reply.raw.writeHead(200, { "x-own": "kept" }).end("body"));
    });
  }
  const paths = ["/returned", "/sent-only", "/callback", "/stream", "/response", "/hijacked", "/raw"];

  test.each(paths)("%s waits for the commit, and inject sees what a socket sees", async (path) => {
    const pause = barrier();
    const sessions = sessionsOn(faultyStore(memory(), startsLate("create", pause)));
    const app = fastify();
    app.register(coatcheck, { sessions });
    answers(app, sessions);
    const injecting = app.inject(path);
    let answered = false;
    void injecting.then(() => (answered = true));
    await pause.arrived();
    await new Promise(setImmediate);
    expect(answered).toBe(false);
    pause.release();
    const injected = await injecting;

    const base = await app.listen({ port: 0, host: "127.0.0.1" });
    const real = await fetch(base + path);
    expect([injected.statusCode, injected.body]).toEqual([200, "body"]);
    expect([real.status, await real.text()]).toEqual([200, "body"]);
    expect(setCookies(injected.headers)).toEqual([expect.stringMatching(/^__Host-session=[\w-]{75};/)]);
    expect(real.headers.getSetCookie()).toHaveLength(1);
    for (const name of ["vary", "cache-control", "content-type", "x-own"]) {
      expect([name, injected.headers[name] ?? null]).toEqual([name, real.headers.get(name)]);
    }
    await app.close();
  });

  test.each(paths)("%s that could not be saved is a 503 with nothing of the body, logged once", async (path) => {
    const sessions = unsaved();
    const { app, log } = logging();
    app.register(coatcheck, { sessions });
    answers(app, sessions);
    const reply = await app.inject(path);
    expect(reply.statusCode).toBe(503);
    expect(reply.body).not.toContain("body");
    expect(reply.headers["x-own"]).toBeUndefined();
    expect(log.filter(({ err }) => err !== undefined)).toMatchObject([
      { level: 50, err: { code: "STORE_UNAVAILABLE" } },
    ]);
  });

  test("goes by its final status, also one that a hook sets at the last moment", async () => {
    const store = memory();
    const sessions = sessionsOn(store);
    const app = fastify();
    app.register(coatcheck, { sessions });
    app.addHook("onSend", async (_request, reply) => void reply.code(500));
    app.get("/", async (request) => write(sessions, request).then(() => "fine?"));
    expect((await app.inject("/")).statusCode).toBe(500);
    expect((await store.list(undefined, 1)).records).toEqual([]);
  });

  test("that fails after its first piece is logged where Fastify logs, and whole", async () => {
    const sessions = unsaved();
    const { app, log } = logging();
    app.register(coatcheck, { sessions });
    app.get("/", async (request, reply) => {
      await write(sessions, request);
      const endless = new PassThrough();
      endless.write("first");
      return reply.send(endless);
    });
    expect(await app.inject("/")).toMatchObject({ statusCode: 503, body: "" });
    expect(log.filter(({ err }) => err !== undefined)[0]).toMatchObject({ err: { code: "STORE_UNAVAILABLE" } });
  });
});

describe("a failed save on Fastify", () => {
  test("goes once to the error handler of the route's own part, and through its onError hooks", async () => {
    const sessions = unsaved();
    const app = fastify();
    const seen: string[] = [];
    app.register(coatcheck, { sessions });
    app.setErrorHandler(async () => seen.push("root"));
    await app.register(async (child) => {
      child.addHook("onError", async (_request, _reply, error) => void seen.push(`hook ${error.code}`));
      child.setErrorHandler(async (error: Error, _request, reply) => {
        seen.push(error.name);
        return reply.code(418).send("child");
      });
      child.get("/", async (request) => (await sessions.get(request)).set("count", 1).size);
    });
    expect(await app.inject("/")).toMatchObject({ statusCode: 418, body: "child" });
    expect(seen).toEqual(["hook STORE_UNAVAILABLE", "StoreUnavailable"]);
  });

  test("keeps the headers from before the session's use, drops the answer's, and carries a rotation's cookie", async () => {
    const sessions = sessionsOn();
    const app = fastify();
    app.addHook("onRequest", async (_request, reply) => void reply.header("access-control-allow-origin", "*"));
    app.register(coatcheck, { sessions });
    app.setErrorHandler(async (_error, _request, reply) => {
      reply.header("set-cookie", "seen=1").header("vary", "Accept").code(500);
      return "sorry";
    });
    app.get("/begin", async (request) => (await sessions.get(request)).set("count", 1).size);
    app.get("/", async (request, reply) => {
      const session = await sessions.get(request);
      session.cycleKey();
      await session.save();
      Object.assign(session.data, { theme: new Map() });
      return reply.header("etag", '"original"').header("set-cookie", "original=1").send("written");
    });
    const [begun = ""] = setCookies((await app.inject("/begin")).headers);
    const reply = await app.inject({ url: "/", headers: { cookie: begun.replace(/;.*/, "") } });
    expect(reply).toMatchObject({ statusCode: 500, body: "sorry" });
    expect(reply.headers).toMatchObject({ "access-control-allow-origin": "*", vary: "Accept, Cookie" });
    expect(reply.headers).not.toHaveProperty("etag");
    expect(setCookies(reply.headers)).toEqual(["seen=1", expect.stringMatching(/^__Host-session=[\w-]{75};/)]);
  });

  test("behind an answer to another error goes one error handler up, as an error of that handler would", async () => {
    const sessions = unsaved();
    const { app, log } = logging();
    app.register(coatcheck, { sessions });
    await app.register(async (child) => {
      child.setErrorHandler(async (_error, _request, reply) => reply.code(401).send("who?"));
      child.get("/", async (request) => {
        (await sessions.get(request)).set("count", 1);
        throw new Error("wrong password");
      });
    });
    expect(await app.inject("/")).toMatchObject({ statusCode: 503 });
    expect(log.filter(({ err }) => err !== undefined)).toMatchObject([{ err: { code: "STORE_UNAVAILABLE" } }]);
  });

  test.each(["resolves to nothing", "rejects", "sends again"])(
    "is answered by its error handler alone, also when the failed reply's handler %s meanwhile",
    async (how) => {
      const sessions = unsaved();
      const app = fastify();
      const answering = barrier();
      const handlerDone = barrier();
      let seen = 0;
      app.register(coatcheck, { sessions });
      app.setErrorHandler(async (_error, _request, reply) => {
        seen += 1;
        answering.release();
        await handlerDone.gate;
        await new Promise(setImmediate);
        reply.code(503);
        return "sorry";
      });
      app.get("/", async (request, reply) => {
        (await sessions.get(request)).set("count", 1);
        reply.send("body");
        await answering.gate;
        handlerDone.release();
        if (how === "rejects") throw new Error("too late");
        if (how === "sends again") reply.send("again");
      });
      expect(await app.inject("/")).toMatchObject({ statusCode: 503, body: "sorry" });
      expect(seen).toBe(1);
    },
  );

  test("gives its error handler a reply that leads to the session, too", async () => {
    const [sessions, others] = [unsaved(), sessionsOn(memory(), { cookie: { name: "others" } })];
    const app = fastify();
    app.decorateReply("own", "");
    app.register(coatcheck, { sessions });
    app.register(coatcheck, { sessions: others });
    app.setErrorHandler(async (_error, request, reply) => {
      const same = (await sessions.get(reply)) === (await sessions.get(request));
      (await others.get(reply)).set("count", 2);
      return reply.code(409).send(`${String(same)}, ${String(Reflect.get(reply, "own"))}`);
    });
    app.get("/", async (request, reply) => {
      Reflect.set(reply, "own", "decorated");
      (await sessions.get(request)).set("count", 1);
      return "body";
    });
    const reply = await app.inject("/");
    expect(reply).toMatchObject({ statusCode: 409, body: "true, decorated" });
    expect(setCookies(reply.headers)).toEqual([expect.stringMatching(/^others=[\w-]{75};/)]);
  });

  test("has no trailers, and no cookie that was added to those of before", async () => {
    const pause = barrier();
    const sessions = sessionsOn(faultyStore(faultyStore(memory(), fails("create")), startsLate("create", pause)));
    const app = fastify();
    app.addHook("onRequest", async (_request, reply) => void reply.header("set-cookie", ["before=1"]));
    app.register(coatcheck, { sessions });
    app.setErrorHandler(async (_error, _request, reply) => reply.code(503).send("sorry"));
    app.get("/", async (request, reply) => {
      (await sessions.get(request)).set("count", 1);
      reply.header("set-cookie", "original=1");
      reply.trailer("x-sum", (_reply, _payload, done) => done(null, "of the body that failed"));
      reply.send("body");
      while (!reply.raw.writableEnded) await new Promise(setImmediate);
      pause.release();
    });
    const base = await app.listen({ port: 0, host: "127.0.0.1" });
    const reply = await new Promise<IncomingMessage>((resolve) => get(base, resolve));
    expect([reply.statusCode, (await reply.setEncoding("utf8").toArray()).join("")]).toEqual([503, "sorry"]);
    expect([reply.headers.trailer, reply.trailers]).toEqual([undefined, {}]);
    expect(reply.headers["set-cookie"]).toEqual(["before=1"]);
    await app.close();
  });
});
