import { Hono, type MiddlewareHandler } from "hono";
import { compress } from "hono/compress";
import { etag } from "hono/etag";
import { streamSSE } from "hono/streaming";
import { describe, expect, test, vi } from "vitest";
import { memory } from "../../src/engines/memory.ts";
import { coatcheck } from "../../src/http/adapters/hono.ts";
import { createSessions, InvalidOption, type Sessions, type StoreUnavailable } from "../../src/index.ts";
import { barrier, fails, startsLate } from "../../src/testing.ts";
import type { Data } from "./harness-call.ts";
import { setUp } from "./hono-parts.ts";

describe("c.var.session", () => {
  test("is the session that sessions.get gives for the context, its request and the raw one", async () => {
    const { sessions, app, operations } = setUp();
    app.get("/", async (c) => {
      const session = await c.var.session;
      const same = [await c.get("session"), await sessions.get(c), await sessions.get(c.req)];
      session.set("count", 1);
      return c.json([...same, await sessions.get(c.req.raw)].map((other) => other === session));
    });
    expect(await (await app.request("/")).json()).toEqual([true, true, true, true]);
    expect(operations).toEqual(["create"]);
  });

  test("costs nothing unread, and refuses what would be lost", async () => {
    const { app, operations } = setUp();
    app.get("/", (c) => {
      const promise: object = c.var.session;
      expect(() => Object.assign(promise, { count: 1 })).toThrow(TypeError);
      return c.text(Object.keys(c.var).join());
    });
    const reply = await app.request("/", { headers: { cookie: `__Host-session=${"0".repeat(75)}` } });
    expect(await reply.text()).toBe("session");
    expect([reply.headers.has("vary"), operations]).toEqual([false, []]);
  });

  test("is a promise in all its ways", async () => {
    const { sessions, app } = setUp(fails("read"));
    const ended = vi.fn<() => void>();
    app.get("/", async (c) => {
      const code = await c.var.session.catch((error: unknown) => (error as StoreUnavailable).code);
      await c.var.session.finally(ended).catch(() => undefined);
      return c.json([code, Object.prototype.toString.call(c.var.session)]);
    });
    const session = await sessions.open();
    await session.set("count", 1).save();
    const reply = await app.request("/", { headers: { cookie: `__Host-session=${sessions.token(session)}` } });
    expect(await reply.json()).toEqual(["STORE_UNAVAILABLE", "[object Promise]"]);
    expect(ended).toHaveBeenCalledOnce();
  });

  test("is absent with property: false", async () => {
    const sessions = createSessions<Data>({ engine: memory(), property: false });
    const app = new Hono().use(coatcheck(sessions)).get("/", (c) => c.text(String("session" in c.var)));
    expect(await (await app.request("/")).text()).toBe("false");
  });
});

describe("mounted", () => {
  test("twice, in sub-apps and under a base path, it acts once", async () => {
    const { sessions, app, operations } = setUp();
    const inner = new Hono().basePath("/v1").use(coatcheck(sessions)).use(coatcheck(sessions));
    inner.post("/count", async (c) => {
      const { session } = c.var;
      return c.text(String((await session).update("count", (n = 0) => n + 1)));
    });
    const reply = await app.route("/api", inner).request("/api/v1/count", { method: "POST" });
    expect([await reply.text(), reply.headers.getSetCookie().length]).toEqual(["1", 1]);
    expect(operations).toEqual(["create"]);
  });

  test("in an app and in another that it hands its request to, it is one session", async () => {
    const { sessions, app, operations } = setUp();
    const inner = new Hono().use(coatcheck(sessions));
    inner.post("/", async (c) => {
      (await sessions.get(c)).set("count", 1);
      return c.text(String((await c.var.session) === (await sessions.get(c.req.raw))));
    });
    app.use(async (c, next) => {
      (await c.var.session).set("theme", "dark");
      await next();
    });
    app.all("/", (c) => inner.fetch(c.req.raw));
    const reply = await app.request("/", { method: "POST" });
    expect([await reply.text(), reply.headers.getSetCookie().length]).toEqual(["true", 1]);
    expect(operations).toEqual(["create"]);
  });

  test("it takes a Request that is sent twice for two requests", async () => {
    const { sessions, app, operations } = setUp();
    app.post("/", async (c) => c.text(String((await sessions.get(c)).update("count", (n = 0) => n + 1))));
    const request = new Request("http://shop.example/", { method: "POST" });
    for (const _ of [1, 2]) expect((await app.request(request)).headers.getSetCookie()).toHaveLength(1);
    expect(operations).toEqual(["create", "create"]);
  });

  test("on a path of its own, it leaves the others alone", async () => {
    const { sessions } = setUp();
    const app = new Hono().use("/in/*", coatcheck(sessions));
    app.all("*", async (c) =>
      c.text(
        await sessions.get(c).then(
          () => "a session",
          (error: Error) => error.name,
        ),
      ),
    );
    expect(await (await app.request("/in/a")).text()).toBe("a session");
    expect(await (await app.request("/out")).text()).toBe("NotMounted");
  });

  test("with what createSessions did not make, it throws at once", () => {
    expect(() => coatcheck({} as Sessions<Data>)).toThrow(InvalidOption);
  });
});

describe("beside other middlewares", () => {
  const page = "a page ".repeat(400);

  test.each(["before", "after"])("compress %s it", async (where) => {
    const { sessions } = setUp();
    const app = new Hono();
    if (where === "before") app.use(compress());
    app.use(coatcheck(sessions));
    if (where === "after") app.use(compress());
    app.get("/", async (c) => {
      (await sessions.get(c)).set("count", 1);
      return c.text(page);
    });
    const reply = await app.request("/", { headers: { "accept-encoding": "gzip" } });
    expect(reply.headers.get("content-encoding")).toBe("gzip");
    expect(reply.headers.get("vary")?.split(", ").sort()).toEqual(["Accept-Encoding", "Cookie"]);
    expect(reply.headers.getSetCookie()).toHaveLength(1);
    const unpacked = reply.body?.pipeThrough(new DecompressionStream("gzip")) ?? null;
    expect(await new Response(unpacked).text()).toBe(page);
  });

  test("etag after it: a 304 carries the cookie too", async () => {
    const { sessions, app } = setUp();
    app.use(etag()).get("/", async (c) => {
      (await sessions.get(c)).update("count", (n = 0) => n + 1);
      return c.text(page);
    });
    const tag = (await app.request("/")).headers.get("etag") ?? "";
    const reply = await app.request("/", { headers: { "if-none-match": tag } });
    expect([reply.status, reply.headers.getSetCookie().length]).toEqual([304, 1]);
  });

  test("what those around it and those within it do to c.res stays", async () => {
    const { sessions } = setUp();
    const marking =
      (name: string): MiddlewareHandler =>
      async (c, next) => {
        await next();
        c.res.headers.append("Vary", name);
        c.header("Set-Cookie", `${name}=1`, { append: true });
      };
    const app = new Hono().use(marking("outer")).use(coatcheck(sessions)).use(marking("inner"));
    app.get("/", async (c) => {
      (await sessions.get(c)).set("count", 1);
      return c.text("written");
    });
    const { headers } = await app.request("/");
    expect(headers.get("vary")).toBe("inner, Cookie, outer");
    expect(headers.getSetCookie()).toEqual(["inner=1", expect.stringMatching(/^__Host-session=/), "outer=1"]);
  });

  test("a response whose headers cannot be changed gets them all the same", async () => {
    const { sessions, app } = setUp();
    app.get("/", async (c) => {
      (await sessions.get(c)).set("count", 1);
      return Response.redirect("http://shop.example/next", 303);
    });
    const reply = await app.request("/");
    expect([reply.status, reply.headers.getSetCookie().length]).toEqual([303, 1]);
  });
});

test("streamSSE sends its first event after the commit, and unsaved changes made later are reported", async () => {
  const pause = barrier();
  const { sessions, app } = setUp(startsLate("create", pause));
  const late = barrier();
  app.get("/", async (c) => {
    const session = await sessions.get(c);
    session.set("count", 1);
    return streamSSE(c, async (stream) => {
      await stream.writeSSE({ data: "one" });
      await late.gate;
      session.set("count", 2);
      await stream.writeSSE({ data: "two" });
    });
  });
  const unsaved = new Promise((resolve) => sessions.on("unsaved", resolve));
  let answered = false;
  const pending = Promise.resolve(app.request("/")).then((response) => {
    answered = true;
    return response;
  });
  await pause.arrived();
  expect(answered).toBe(false);
  pause.release();
  const reply = await pending;
  expect(reply.headers.getSetCookie()).toHaveLength(1);
  late.release();
  expect(await reply.text()).toBe("data: one\n\ndata: two\n\n");
  expect(await unsaved).toHaveProperty("id");
});

test('with secure: "auto" goes by the address of the request, never by a header', async () => {
  const sessions = createSessions<Data>({ engine: memory(), cookie: { secure: "auto" } });
  const app = new Hono().use(coatcheck(sessions)).get("/", async (c) => {
    (await c.var.session).set("count", 1);
    return c.text("written");
  });
  const headers = { "X-Forwarded-Proto": "https", Host: "https://shop.example" };
  const replies = [await app.request("https://shop.example/"), await app.request("http://shop.example/", { headers })];
  expect(replies.map((reply) => reply.headers.getSetCookie().join().includes("; Secure"))).toEqual([true, false]);
});
