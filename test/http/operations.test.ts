import { randomBytes } from "node:crypto";
import { expect } from "vitest";
import type { Routes } from "./harness-call.ts";
import { type App, onEveryAdapter, serve } from "./harness.ts";

const routes: Routes = {
  "/unused": (call) => call.send(200),
  "/read": async (call) => call.send(200, String((await call.session()).get("count"))),
  "/write": async (call) => {
    (await call.session()).update("count", (n = 0) => n + 1);
    call.send(200);
  },
  "/many": async (call) => {
    const session = await call.session();
    for (let i = 0; i < 20; i += 1) session.set(`own${i}`, i);
    session.data.theme = "dark";
    session.delete("own3");
    session.userId = "ann";
    session.setExpiry(3600);
    call.send(200);
  },
  "/login": async (call) => {
    const session = await call.session();
    session.cycleKey();
    session.userId = "ann";
    call.send(200);
  },
  "/logout": async (call) => {
    await (await call.session()).flush();
    call.send(200);
  },
  "/equal": async (call) => {
    const session = await call.session();
    session.set("count", 1);
    session.data.count = 1;
    session.set("theme", "dark").delete("theme");
    session.update("count", (n = 0) => n);
    session.userId = undefined;
    session.setExpiry(null);
    call.send(200);
  },
};

/** The store operations of one request. */
async function cost(app: App, path: string, cookie?: string): Promise<string[]> {
  app.operations.length = 0;
  await app.post(path, cookie);
  return [...app.operations];
}

const secrets = ["a secret of considerably more than 32 characters"];

onEveryAdapter("store operations", (adapter, promise) => {
  promise("of a request that does not use its session: none, whatever cookie it brings", async () => {
    await using app = await serve(adapter, routes, { secrets });
    const good = (await app.post("/write")).cookie;
    const cookies = {
      none: undefined,
      good,
      forged: `__Host-session=${randomBytes(16).toString("hex")}${good.slice(-65)}`,
      malformed: "__Host-session=x",
      expired: good,
    };
    for (const [kind, cookie] of Object.entries(cookies)) {
      if (kind === "expired") app.clock.advance({ days: 15 });
      expect([kind, await cost(app, "/unused", cookie)]).toEqual([kind, []]);
    }
  });

  promise("of a first read: none without a cookie, or with one that is malformed or forged", async () => {
    await using app = await serve(adapter, routes, { secrets });
    const good = (await app.post("/write")).cookie;
    expect(await cost(app, "/read")).toEqual([]);
    expect(await cost(app, "/read", "__Host-session=x")).toEqual([]);
    expect(await cost(app, "/read", `__Host-session=${"0".repeat(32)}${good.slice(-65)}`)).toEqual([]);
  });

  promise("of a first write: one create", async () => {
    await using app = await serve(adapter, routes);
    expect(await cost(app, "/write")).toEqual(["create"]);
    expect(await cost(app, "/many")).toEqual(["create"]);
    expect(await cost(app, "/login")).toEqual(["create"]);
  });

  promise("of a read: one read", async () => {
    await using app = await serve(adapter, routes);
    const { cookie } = await app.post("/write");
    expect(await cost(app, "/read", cookie)).toEqual(["read"]);
  });

  promise("of a write, however much of it: one read and one update", async () => {
    await using app = await serve(adapter, routes);
    const { cookie } = await app.post("/write");
    expect(await cost(app, "/write", cookie)).toEqual(["read", "update"]);
    expect(await cost(app, "/many", cookie)).toEqual(["read", "update"]);
  });

  promise("of a sign-in with a cycled key: one read and one update", async () => {
    await using app = await serve(adapter, routes);
    const { cookie } = await app.post("/write");
    expect(await cost(app, "/login", cookie)).toEqual(["read", "update"]);
    expect(await app.records.listByUser("ann", app.clock())).toHaveLength(1);
  });

  promise("of a sign-out: one read and one delete", async () => {
    await using app = await serve(adapter, routes);
    const { cookie } = await app.post("/write");
    expect(await cost(app, "/logout", cookie)).toEqual(["read", "delete"]);
  });

  promise("of changes that change nothing: one read", async () => {
    await using app = await serve(adapter, routes);
    const { cookie } = await app.post("/write");
    const reply = await app.post("/equal", cookie);
    expect(reply.setCookies).toEqual([]);
    expect(await cost(app, "/equal", cookie)).toEqual(["read"]);
  });

  promise("of twenty reads in a row: twenty reads and nothing else, and no cookie", async () => {
    await using app = await serve(adapter, routes);
    const visitor = app.visitor();
    await visitor.post("/write");
    app.operations.length = 0;
    for (let i = 0; i < 20; i += 1) {
      app.clock.advance({ seconds: 179 });
      expect((await visitor.get("/read")).setCookies).toEqual([]);
    }
    expect(app.operations).toEqual(Array.from({ length: 20 }, () => "read"));
  });

  for (const [idleTimeout, after] of [
    [1_209_600, 3600],
    [600, 60],
  ] as const) {
    promise(
      `of renewal (idle timeout ${idleTimeout} s): one touch, after ${after} s and no sooner, and only then a cookie`,
      async () => {
        await using app = await serve(adapter, routes, { idleTimeout });
        const visitor = app.visitor();
        await visitor.post("/write");
        app.operations.length = 0;
        app.clock.advance(after * 1000 - 1);
        expect((await visitor.get("/read")).setCookies).toEqual([]);
        app.clock.advance(1);
        expect((await visitor.get("/read")).setCookie).toContain(`Max-Age=${idleTimeout};`);
        expect((await visitor.get("/read")).setCookies).toEqual([]);
        expect(app.operations).toEqual(["read", "read", "touch", "read"]);
      },
    );
  }

  promise("of a write when renewal is due: the update renews, no touch beside it", async () => {
    await using app = await serve(adapter, routes);
    const { cookie } = await app.post("/write");
    app.clock.advance({ hours: 1 });
    expect(await cost(app, "/write", cookie)).toEqual(["read", "update"]);
    const { records } = await app.records.list(undefined, 2);
    expect(records).toMatchObject([{ renewedAt: app.clock(), expiresAt: app.clock() + 1_209_600_000 }]);
  });
});
