import { Hono } from "hono";
import { cors } from "hono/cors";
import { HTTPException } from "hono/http-exception";
import { describe, expect, test, vi } from "vitest";
import { coatcheck } from "../../src/http/adapters/hono.ts";
import { type Sessions, StoreUnavailable } from "../../src/index.ts";
import { fails } from "../../src/testing.ts";
import type { Data } from "./harness-call.ts";
import { cookieOf, setUp } from "./hono-parts.ts";

describe("an error", () => {
  const write = async (sessions: Sessions<Data>, carrier: object): Promise<void> => {
    (await sessions.get(carrier)).set("count", 1);
  };

  test("while saving goes to onError, whose answer is no 200 and has nothing of the one that failed", async () => {
    const { sessions, app } = setUp(fails("create"));
    app.onError((error, c) => c.text(error.name));
    app.post("/", async (c) => {
      await write(sessions, c);
      c.header("ETag", '"1"');
      c.header("Set-Cookie", "own=1");
      return c.redirect("/next");
    });
    const reply = await app.request("/", { method: "POST" });
    expect([reply.status, await reply.text()]).toEqual([503, "StoreUnavailable"]);
    expect([...reply.headers.keys()].sort()).toEqual(["content-type", "vary"]);
  });

  test("while saving keeps what outer middlewares had set before, as CORS does", async () => {
    const { sessions } = setUp(fails("create"));
    const app = new Hono().use(cors({ origin: "https://shop.example", credentials: true })).use(coatcheck(sessions));
    app.onError((error, c) => c.text(error.name));
    app.post("/", async (c) => {
      await write(sessions, c);
      return c.text("written");
    });
    const reply = await app.request("/", { method: "POST", headers: { origin: "https://shop.example" } });
    expect(reply.status).toBe(503);
    expect(reply.headers.get("access-control-allow-origin")).toBe("https://shop.example");
    expect(reply.headers.get("vary")?.split(", ").sort()).toEqual(["Cookie", "Origin"]);
  });

  test("without onError is answered by its status and logged, while saving and while loading", async () => {
    const log = vi.spyOn(console, "error").mockImplementation(() => {});
    const { sessions, app } = setUp((call, proceed) => {
      if (call.verb === "create" || call.verb === "read") throw new Error("down");
      return proceed();
    });
    app.all("/", async (c) => {
      await write(sessions, c);
      return c.text("written");
    });
    expect((await app.request("/", { method: "POST" })).status).toBe(503);
    const cookie = `__Host-session=${"0".repeat(32)}${"A".repeat(43)}`;
    const reply = await app.request("/", { headers: { cookie } });
    expect([reply.status, await reply.text(), reply.headers.get("vary")]).toEqual([503, "", "Cookie"]);
    expect(log.mock.calls.flat()).toEqual([expect.any(StoreUnavailable), expect.any(StoreUnavailable)]);
  });

  test("while saving goes to onError of the sub-app that mounted it", async () => {
    const { sessions } = setUp(fails("create"));
    const shop = new Hono().use(coatcheck(sessions)).onError((error, c) => c.text(`shop: ${error.name}`, 503));
    shop.post("/", async (c) => {
      (await c.var.session).set("count", 1);
      return c.text("written");
    });
    const app = new Hono().onError((_error, c) => c.text("outer", 500)).route("/shop", shop);
    expect(await (await app.request("/shop", { method: "POST" })).text()).toBe("shop: StoreUnavailable");
  });

  test("that is an HTTPException below 500 keeps the changes, one above drops them", async () => {
    const { sessions, app } = setUp();
    app.post("/:status", async (c) => {
      await write(sessions, c);
      throw new HTTPException(c.req.param("status") === "401" ? 401 : 500, { message: "refused" });
    });
    const refused = await app.request("/401", { method: "POST" });
    expect([refused.status, await refused.text(), cookieOf(refused)]).toEqual([401, "refused", expect.any(String)]);
    expect(cookieOf(refused)).not.toBe("");
    const failed = await app.request("/500", { method: "POST" });
    expect([failed.status, failed.headers.getSetCookie()]).toEqual([500, []]);
  });

  test("thrown by notFound drops the changes, sends a cycled key and says Vary", async () => {
    const { sessions, app } = setUp();
    app.onError((error, c) => c.text(error.message, 500));
    app.notFound(async (c) => {
      const session = await sessions.get(c);
      if (session.get("count") === undefined) return c.text(`none ${session.set("count", 1).size}`, 404);
      session.set("count", 2).cycleKey();
      throw new Error("in notFound");
    });
    const first = await app.request("/a");
    expect([first.status, await first.text()]).toEqual([404, "none 1"]);
    const second = await app.request("/b", { headers: { cookie: cookieOf(first) } });
    expect([second.status, await second.text(), second.headers.get("vary")]).toEqual([500, "in notFound", "Cookie"]);
    expect(cookieOf(second)).not.toBe(cookieOf(first));
    const session = await sessions.open(cookieOf(second).slice("__Host-session=".length));
    expect(session.get("count")).toBe(1);
  });

  test("that is no Error passes by: Hono answers none of them, so nothing is saved that could not be told", async () => {
    const { sessions, app, operations } = setUp();
    app.post("/", async (c) => {
      const session = await sessions.get(c);
      session.set("count", 1).cycleKey();
      // oxlint-disable-next-line typescript/only-throw-error -- somebody does
      throw "no error";
    });
    await expect(Promise.resolve(app.request("/", { method: "POST" }))).rejects.toBe("no error");
    expect(operations).toEqual([]);
  });
});
