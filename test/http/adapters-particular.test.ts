import { createServer } from "node:http";
import express from "express";
import { describe, expect, test, vi } from "vitest";
import { createSessions, InvalidOption, type Sessions } from "../../src/index.ts";
import { memory } from "../../src/engines/memory.ts";
import { coatcheck as coatcheckExpress } from "../../src/http/adapters/express.ts";
import { coatcheck as coatcheckFetch } from "../../src/http/adapters/fetch.ts";
import { coatcheck as coatcheckNode } from "../../src/http/adapters/node.ts";
import { fails, faultyStore } from "../../src/testing.ts";
import { listen } from "./harness-adapter.ts";
import type { Data } from "./harness-call.ts";
import { openClient } from "./harness-client.ts";
import { adapterNamed, serve } from "./harness.ts";

const onNodeRequests = [
  "node http",
  "node https",
  "node http2",
  "node http2 without TLS",
  "express 5",
  "express 4",
  "fastify",
  "koa 3",
  "koa 2",
  "nest express",
  "nest fastify",
].map(adapterNamed);

describe.each(onNodeRequests)("request.session: $name", (adapter) => {
  test("is the same session that sessions.get gives, also asked by the response", async () => {
    await using app = await serve(adapter, {
      "/": async (call) => {
        const asProperty: unknown = await Reflect.get(call.carrier, "session");
        const session = await app.sessions.get(call.raw());
        session.set("count", 1);
        call.send(200, String(asProperty === session && session === (await call.session())));
      },
    });
    expect(await app.post("/")).toMatchObject({ body: "true" });
    expect(app.operations).toEqual(["create"]);
  });

  test("is not enumerable, costs nothing unread, and refuses what would be lost", async () => {
    await using app = await serve(adapter, {
      "/unread": (call) => call.send(200, String(Object.keys(call.carrier).includes("session"))),
      "/assign": (call) => {
        const request = call.carrier as { session: Record<string, unknown> };
        expect(() => (request.session = { count: 1 })).toThrow(TypeError);
        expect(() => (request.session["count"] = 1)).toThrow(TypeError);
        call.send(200);
      },
    });
    const reply = await app.get("/unread");
    expect(reply).toMatchObject({ body: "false" });
    expect(reply.header("vary")).toBeUndefined();
    expect(await app.post("/assign")).toMatchObject({ status: 200 });
    expect(app.errors).toEqual([]);
  });

  test("is absent with property: false", async () => {
    await using app = await serve(
      adapter,
      {
        "/": async (call) => {
          (await call.session()).set("count", 1);
          call.send(200, String("session" in call.carrier));
        },
      },
      { property: false },
    );
    expect(await app.post("/")).toMatchObject({ body: "false" });
    expect(await app.stored()).toEqual({ count: 1 });
  });
});

describe("express", () => {
  async function secureAttribute(trustProxy: boolean): Promise<boolean> {
    const sessions = createSessions<Data>({ engine: memory(), cookie: { secure: "auto" } });
    const app = express().set("trust proxy", trustProxy);
    app.use(coatcheckExpress(sessions));
    app.get("/", async (request, response) => {
      (await sessions.get(request)).set("count", 1);
      response.end();
    });
    const server = await listen(createServer(app));
    const response = await fetch(`http://127.0.0.1:${server.port}/`, { headers: { "X-Forwarded-Proto": "https" } });
    await server.close();
    return response.headers.getSetCookie().join().includes("; Secure");
  }

  test('with secure: "auto" believes a proxy only as far as "trust proxy" does', async () => {
    expect(await secureAttribute(true)).toBe(true);
    expect(await secureAttribute(false)).toBe(false);
  });

  test("commits an answer of a router, a middleware and sendFile alike", async () => {
    const sessions = createSessions<Data>({ engine: memory() });
    const app = express();
    app.use(coatcheckExpress(sessions));
    app.use(async (request, _response, next) => {
      (await sessions.get(request)).update("count", (n = 0) => n + 1);
      next();
    });
    app.use(
      "/api",
      express.Router().get("/count", async (request, response) => {
        response.json({ count: (await sessions.get(request)).get("count") });
      }),
    );
    app.use("/files", express.static(new URL("fixtures", import.meta.url).pathname));
    const server = await listen(createServer(app));
    const client = openClient(adapterNamed("express 5"), server.port);
    const { cookie } = await client.send({ path: "/files/certificate.pem" }).reply;
    const reply = await client.send({ path: "/api/count", cookie }).reply;
    expect(reply).toMatchObject({ status: 200, body: '{"count":2}' });
    client.close();
    await server.close();
  });

  test("4 forwards a rejected handler with coatcheck.async, and passes on what it gives", async () => {
    const next = vi.fn<(error?: unknown) => void>();
    const failing = coatcheckExpress.async(async (_request: object, _response: object, _next: typeof next) => {
      throw new Error("rejected");
    });
    await Promise.resolve(failing({}, {}, next));
    expect(next).toHaveBeenCalledExactlyOnceWith(new Error("rejected"));
    const passing = coatcheckExpress.async((_request: object, _response: object, goOn: typeof next) => goOn());
    await Promise.resolve(passing({}, {}, next));
    expect(next).toHaveBeenCalledTimes(2);
  });
});

describe("fetch", () => {
  const write = async (sessions: Sessions<Data>, request: Request): Promise<Response> => {
    (await sessions.get(request)).set("count", 1);
    return new Response("written");
  };

  test('with secure: "auto" goes by the address of the request, never by a header', async () => {
    const sessions = createSessions<Data>({ engine: memory(), cookie: { secure: "auto" } });
    const handle = coatcheckFetch(sessions, (request) => write(sessions, request));
    const headers = { "X-Forwarded-Proto": "https", Host: "https://shop.example" };
    const [line = ""] = (await handle(new Request("https://shop.example/"))).headers.getSetCookie();
    const [plain = ""] = (await handle(new Request("http://shop.example/", { headers }))).headers.getSetCookie();
    expect([line.includes("; Secure"), plain.includes("; Secure")]).toEqual([true, false]);
  });

  test("passes a response without use of the session on as it is", async () => {
    const given = new Response("untouched");
    const handle = coatcheckFetch(createSessions({ engine: memory() }), () => given);
    expect(await handle(new Request("http://shop.example/"))).toBe(given);
  });

  test("hands further arguments of the runtime to the handler", async () => {
    const sessions = createSessions({ engine: memory() });
    const handle = coatcheckFetch(
      sessions,
      (_request, env: { region: string }, n: number) => new Response(`${env.region}${n}`),
    );
    expect(await (await handle(new Request("http://shop.example/"), { region: "eu" }, 7)).text()).toBe("eu7");
  });

  test("cancels the body of an answer that is not sent", async () => {
    const cancelled = vi.fn<() => void>();
    const sessions = createSessions<Data>({ engine: faultyStore(memory(), fails("create")) });
    const handle = coatcheckFetch(
      sessions,
      async (request) => {
        await write(sessions, request);
        return new Response(new ReadableStream({ cancel: cancelled }));
      },
      { onError: () => new Response("sorry", { status: 503 }) },
    );
    expect(await (await handle(new Request("http://shop.example/"))).text()).toBe("sorry");
    expect(cancelled).toHaveBeenCalledOnce();
  });

  test("answers an error even when the body of the failed answer is in somebody else's hands", async () => {
    const sessions = createSessions<Data>({ engine: faultyStore(memory(), fails("create")) });
    const handle = coatcheckFetch(
      sessions,
      async (request) => {
        const response = await write(sessions, request);
        response.body?.getReader();
        return response;
      },
      { onError: () => new Response("sorry", { status: 503 }) },
    );
    expect((await handle(new Request("http://shop.example/"))).status).toBe(503);
  });
});

test("an adapter refuses at the start what createSessions did not make", () => {
  const wrong = {} as Sessions<Data>;
  expect(() => coatcheckNode(wrong, () => undefined)).toThrow(InvalidOption);
  expect(() => coatcheckExpress(wrong)).toThrow(InvalidOption);
  expect(() => coatcheckFetch(wrong, () => new Response())).toThrow(InvalidOption);
});
