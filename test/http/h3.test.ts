import { createServer } from "node:http";
import { defineHandler, H3, H3Core, HTTPError, HTTPResponse, redirect, serve, withBase } from "h3";
import { createApp, createError, defineEventHandler, toNodeListener } from "h3v1";
import { describe, expect, test, vi } from "vitest";
import { memory } from "../../src/engines/memory.ts";
import { coatcheck } from "../../src/http/adapters/h3.ts";
import { coatcheck as coatcheckNode } from "../../src/http/adapters/node.ts";
import { createSessions, InvalidOption, type Sessions } from "../../src/index.ts";
import { barrier, fails, faultyStore } from "../../src/testing.ts";
import { listen } from "./harness-adapter.ts";
import type { Data } from "./harness-call.ts";
import { cookieOf, setUp } from "./h3-parts.ts";

const post = { method: "POST" };

describe("event.context.session", () => {
  test("is the session that sessions.get gives for the event and its request", async () => {
    const { sessions, app, operations } = setUp();
    app.get("/", async (event) => {
      const session = await sessions.get(event);
      session.set("count", 1);
      return [await event.context["session"], await sessions.get(event.req)].map((other) => other === session);
    });
    expect(await (await app.request("/")).json()).toEqual([true, true]);
    expect(operations).toEqual(["create"]);
  });

  test("is not enumerable, costs nothing unread, and refuses what would be lost", async () => {
    const { app, operations } = setUp();
    app.get("/unread", (event) => Object.keys(event.context).includes("session"));
    app.get("/assign", (event) => {
      expect(() => (event.context["session"] = {})).toThrow(TypeError);
      expect(() => Object.assign(event.context["session"] as object, { count: 1 })).toThrow(TypeError);
    });
    const reply = await app.request("/unread", { headers: { cookie: `__Host-session=${"0".repeat(75)}` } });
    expect([await reply.text(), reply.headers.has("vary"), operations]).toEqual(["false", false, []]);
    expect((await app.request("/assign")).status).toBe(200);
  });

  test("is absent with property: false", async () => {
    const sessions = createSessions<Data>({ engine: memory(), property: false });
    const app = new H3().use(coatcheck(sessions)).get("/", (event) => "session" in event.context);
    expect(await (await app.request("/")).text()).toBe("false");
  });

  test("shows no session where several requests were given one context: it could be another visitor's", async () => {
    const { sessions, app } = setUp();
    const both = barrier();
    app.get("/", async (event) => {
      void both.arrive();
      await both.arrived(2);
      expect(() => event.context["session"]).toThrow("sessions.get(event)");
      return (await sessions.get(event)).get("theme", "none");
    });
    const shared = {};
    const replies = await Promise.all([1, 2].map(async () => app.request("/", {}, shared)));
    expect(await Promise.all(replies.map((reply) => reply.text()))).toEqual(["none", "none"]);
  });
});

describe("what a handler returns", () => {
  const answers: Record<string, [value: () => unknown, status: number, body: unknown]> = {
    "a string": [() => "text", 200, "text"],
    "an object": [() => ({ status: "ok" }), 200, '{"status":"ok"}'],
    nothing: [() => null, 200, ""],
    "a Response": [() => new Response("made", { status: 201 }), 201, "made"],
    "a Response of 404": [() => new Response("none", { status: 404 }), 404, "none"],
    "an HTTPResponse": [() => new HTTPResponse("made", { status: 201 }), 201, "made"],
    "a redirect": [() => redirect("/next", 303), 303, expect.any(String)],
    "a redirect whose headers cannot be changed": [() => Response.redirect("http://shop.example/", 302), 302, ""],
    "a Blob": [() => new Blob(["bytes"]), 200, "bytes"],
    "a stream": [() => new Blob(["piece"]).stream(), 200, "piece"],
    "an HTTPError": [() => new HTTPError({ status: 409, body: {} }), 409, expect.any(String)],
  };
  for (const [what, [value, status, body]] of Object.entries(answers)) {
    test(`${what}, leaves with the session's cookie beside the headers that it brought`, async () => {
      const { sessions, app } = setUp();
      app.get("/", async (event) => {
        (await sessions.get(event)).set("count", 1);
        for (const headers of [event.res.headers, event.res.errHeaders]) {
          headers.append("Set-Cookie", "own=1");
          headers.set("Vary", "Origin");
        }
        return value();
      });
      const reply = await app.request("/");
      expect([reply.status, await reply.text()]).toEqual([status, body]);
      expect(reply.headers.getSetCookie()).toEqual(["own=1", expect.stringMatching(/^__Host-session=/)]);
      expect(reply.headers.get("vary")).toBe("Origin, Cookie");
      expect(reply.headers.get("cache-control")).toBe("no-store");
    });
  }

  test.each(["Response", "HTTPResponse"])(
    "a %s that has Vary and Cache-Control of its own keeps them",
    async (kind) => {
      const { sessions, app } = setUp();
      const init = { headers: { vary: "Accept", "cache-control": "private" } };
      app.get("/", async (event) => {
        (await sessions.get(event)).set("count", 1);
        return kind === "Response" ? new Response("page", init) : new HTTPResponse("page", init);
      });
      const { headers } = await app.request("/");
      expect([headers.get("vary"), headers.get("cache-control")]).toEqual(["Accept, Cookie", "private"]);
    },
  );
});

describe("mounted", () => {
  test("twice, in a sub-app and for one route, it acts once", async () => {
    const { sessions, app, operations } = setUp();
    const inner = new H3().use(coatcheck(sessions));
    inner.post(
      "/count",
      defineHandler({
        middleware: [coatcheck(sessions)],
        handler: async (event) => (await sessions.get(event)).update("count", (n = 0) => n + 1),
      }),
    );
    const reply = await app.mount("/api", inner).request("/api/count", post);
    expect([await reply.text(), reply.headers.getSetCookie().length]).toEqual(["1", 1]);
    expect(operations).toEqual(["create"]);
  });

  test("in a handler mounted by its fetch, and by withBase, it works there", async () => {
    const { sessions } = setUp();
    const inner = new H3().use(coatcheck(sessions)).get("/count", async (event) => {
      return (await sessions.get(event)).update("count", (n = 0) => n + 1);
    });
    const app = new H3().mount("/fetched", { fetch: inner.fetch }).all("/based/**", withBase("/based", inner));
    for (const path of ["/fetched/count", "/based/count"]) {
      const reply = await app.request(path);
      expect([path, await reply.text(), reply.headers.getSetCookie().length]).toEqual([path, "1", 1]);
    }
  });

  test("as the only middleware of a Nitro app, which finds them by its own way, it works", async () => {
    const { sessions } = setUp();
    const nitro = new H3Core();
    nitro["~getMiddleware"] = () => [coatcheck(sessions)];
    nitro["~findRoute"] = () => ({
      params: {},
      data: { handler: async (event) => (await sessions.get(event)).update("count", (n = 0) => n + 1) },
    });
    const reply = await nitro.fetch(new Request("http://shop.example/"));
    expect([await reply.text(), reply.headers.getSetCookie().length]).toEqual(["1", 1]);
  });

  test("with what createSessions did not make, it throws at once", () => {
    expect(() => coatcheck({} as Sessions<Data>)).toThrow(InvalidOption);
  });
});

test("served by serve(), a session lasts from one request to the next", async () => {
  const { sessions, app } = setUp();
  app.get("/", async (event) => `visit ${(await sessions.get(event)).update("count", (n = 0) => n + 1)}`);
  const server = serve(app, { port: 0, hostname: "127.0.0.1", silent: true });
  await server.ready();
  const first = await fetch(server.url ?? "");
  const second = await fetch(server.url ?? "", { headers: { cookie: cookieOf(first) } });
  expect([await first.text(), await second.text()]).toEqual(["visit 1", "visit 2"]);
  await server.close(true);
});

test.each(["a stream", "a Response"])(
  "without a Node response, the end of %s tells what was not saved",
  async (kind) => {
    const { sessions, app } = setUp();
    const late = barrier();
    app.get("/", async (event) => {
      const session = await sessions.get(event);
      session.set("count", 1);
      const body = new ReadableStream({
        async pull(controller) {
          await late.gate;
          session.set("count", 2);
          controller.close();
        },
      });
      return kind === "a stream" ? body : new Response(body);
    });
    const unsaved = new Promise((resolve) => sessions.on("unsaved", resolve));
    const reply = await app.request("/");
    late.release();
    expect(await reply.text()).toBe("");
    expect(await unsaved).toHaveProperty("id");
  },
);

test('with secure: "auto" goes by the connection, never by a header', async () => {
  const sessions = createSessions<Data>({ engine: memory(), cookie: { secure: "auto" } });
  const app = new H3().use(coatcheck(sessions)).get("/", async (event) => {
    (await sessions.get(event)).set("count", 1);
    return "written";
  });
  const headers = { "X-Forwarded-Proto": "https", Host: "https://shop.example" };
  const replies = [await app.request("https://shop.example/"), await app.request("http://shop.example/", { headers })];
  expect(replies.map((reply) => reply.headers.getSetCookie().join().includes("; Secure"))).toEqual([true, false]);
});

describe("H3 v1, by coatcheck/node", () => {
  test.each(["around its listener", "as a middleware of Nitro 2"])("%s", async (where) => {
    const log = vi.spyOn(console, "error").mockImplementation(() => {});
    const sessions = createSessions<Data>({ engine: faultyStore(memory(), fails("update")) });
    const app = createApp();
    if (where === "as a middleware of Nitro 2") {
      const mount = coatcheckNode(sessions, () => undefined);
      app.use(defineEventHandler((event) => mount(event.node.req, event.node.res)));
    }
    app.use(
      defineEventHandler(async (event) => {
        const session = await sessions.get(event.node.req);
        if (event.path === "/throw") throw createError({ statusCode: 418 });
        return `visit ${session.update("count", (n = 0) => n + 1)}`;
      }),
    );
    const listener = toNodeListener(app);
    const around = where === "around its listener" ? coatcheckNode(sessions, listener) : listener;
    const server = await listen(createServer((request, response) => around(request, response)));
    const url = `http://127.0.0.1:${server.port}`;
    const first = await fetch(url);
    expect([await first.text(), first.headers.getSetCookie().length]).toEqual(["visit 1", 1]);
    const failed = await fetch(url, { headers: { cookie: cookieOf(first) } });
    expect([failed.status, await failed.text()]).toEqual([503, ""]);
    const teapot = await fetch(`${url}/throw`);
    expect([teapot.status, teapot.headers.get("vary")]).toEqual([418, "Cookie"]);
    expect(log).toHaveBeenCalledOnce();
    await server.close();
  });
});

/** Never run: the compiler's verdict is the test. */
const typed = (sessions: Sessions<Data>): H3 =>
  new H3().use("/shop/**", coatcheck(sessions)).get("/", async (event) => {
    const session = await sessions.get(event);
    // @ts-expect-error a wrong key
    session.get("cuont");
    // @ts-expect-error a wrong value
    session.set("count", "1");
    // @ts-expect-error h3 types the fields of a context as unknown
    const property: Promise<object> = event.context["session"];
    return [session.get("theme", "light").length, property];
  });

test("wrong keys and values are compile errors", () => {
  expect(typed).toBeTypeOf("function");
});
