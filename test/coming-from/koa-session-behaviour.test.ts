import { setImmediate } from "node:timers/promises";
import { expect, test } from "vitest";
import { barrier } from "../../src/testing.ts";
import { after, before, quiet, type TheirContext } from "./koa.ts";
import type { DataSession } from "./settings.ts";
import { allOf } from "./site.ts";

const theirs = {
  "/in": (ctx: TheirContext) => (ctx.session.user = "ann"),
  "/": (ctx: TheirContext) => ctx.session.user ?? "nobody",
};
const ours = {
  "/in": (session: DataSession) => void session.set("user", "ann"),
  "/": (session: DataSession) => session.get("user", "nobody"),
};
const plain = { signed: false };

test("ctx.session.commit()", async () => {
  const old = await before(
    { ...plain, autoCommit: false },
    {
      ...theirs,
      "/in": async (ctx) => {
        ctx.session.user = "ann";
        await ctx.session.commit();
      },
    },
  );
  await old.get("/in");
  expect((await old.get()).body).toBe("ann");
  const now = await after({}, { ...ours, "/in": async (session) => await session.set("user", "ann").save() });
  await now.get("/in");
  expect((await now.get()).body).toBe("ann");
  const twice = await after(
    {},
    {
      async "/"(session) {
        session.set("user", "ann");
        await session.save();
        await session.save();
      },
    },
  );
  await twice.get();
  expect(twice.operations).toEqual(["create"]);
});

test("ctx.session.regenerate()", async () => {
  const id = (ctx: TheirContext): unknown => ctx.session.externalKey;
  const old = await before(plain, { ...theirs, "/id": id, "/renew": (ctx) => ctx.session.regenerate() });
  await old.get("/in");
  const { body: key } = await old.get("/id");
  const left = old.cookies;
  await old.get("/renew");
  expect((await old.get()).body).toBe("ann");
  expect((await old.get("/id")).body).not.toBe(key);
  expect(await (await fetch(old.url, { headers: { cookie: left } })).text()).toBe("nobody");
  expect(old.store.calls).toContain("destroy");

  const now = await after({}, { ...ours, "/id": (session) => session.id, "/renew": (session) => session.cycleKey() });
  await now.get("/in");
  const { body: kept } = await now.get("/id");
  const stolen = now.cookies;
  now.operations.length = 0;
  await now.get("/renew");
  expect(now.operations).toEqual(["read", "update"]);
  expect((await now.get("/id")).body).toBe(kept);
  expect((await now.get()).body).toBe("ann");
  expect(await (await fetch(now.url, { headers: { cookie: stolen } })).text()).toBe("nobody");
});

test("ctx.session.toJSON()", async () => {
  const old = await before(plain, { ...theirs, "/": (ctx) => ctx.session.toJSON() });
  await old.get("/in");
  expect((await old.get()).body).toBe('{"user":"ann"}');
  const now = await after(
    {},
    { ...ours, "/": (session) => ({ ...session.data }), "/log": (session) => JSON.stringify(session) },
  );
  await now.get("/in");
  expect((await now.get()).body).toBe('{"user":"ann"}');
  expect((await now.get("/log")).body).toMatch(/^\{"id":"[0-9a-f]{32}","isNew":false\}$/);
});

test("ctx.sessionOptions", async () => {
  const old = await before({ ...plain, key: "sid" }, { "/": (ctx) => ctx.sessionOptions.key });
  expect((await old.get()).body).toBe("sid");
  const now = await after({ cookie: { name: "sid" } }, { "/": (_, { sessions }) => sessions.options.cookie.name });
  expect((await now.get()).body).toBe("sid");
  const { sessions } = now;
  expect(Object.isFrozen(sessions.options)).toBe(true);
});

test('app.on("session:missed"), app.on("session:expired"), app.on("session:invalid")', async () => {
  const heard: string[] = [];
  const app = quiet();
  for (const name of ["session:missed", "session:expired", "session:invalid"]) app.on(name, () => heard.push(name));
  const old = await before(
    { ...plain, valid: (_: unknown, { user }: { user?: string }) => user !== "mallory" },
    theirs,
    app,
  );
  const ask = async (value: object | undefined): Promise<void> => {
    old.store.kept.clear();
    if (value !== undefined) old.store.kept.set("key", JSON.stringify(value));
    await fetch(old.url, { headers: { cookie: "koa.sess=key" } });
    // It tells a turn later.
    await setImmediate();
  };
  await ask(undefined);
  await ask({ _expire: 1 });
  await ask({ user: "mallory" });
  expect(heard).toEqual(["session:missed", "session:expired", "session:invalid"]);

  const now = await after({}, ours);
  const told: string[] = [];
  for (const name of ["created", "cycled", "flushed", "revoked", "interrupted", "unsaved", "failed"] as const) {
    now.sessions.on(name, () => told.push(name));
  }
  const response = await fetch(now.url, { headers: { cookie: `__Host-session=${"0".repeat(32)}${"a".repeat(43)}` } });
  expect(await response.text()).toBe("nobody");
  expect(now.operations).toEqual(["read"]);
  expect(told).toEqual([]);
});

test("a request that does not use its session", async () => {
  const old = await before(plain, theirs);
  await old.get("/in");
  old.store.calls.length = 0;
  await old.get("/unused");
  expect(old.store.calls).toEqual(["get"]);
  const now = await after({}, ours);
  await now.get("/in");
  now.operations.length = 0;
  await now.get("/unused");
  expect(now.operations).toEqual([]);
});

test("twenty increments at once", async () => {
  const all = allOf(20);
  const old = await before(plain, {
    ...theirs,
    "/count": async ({ session }) => {
      const { views = 0 } = session;
      await all();
      session.views = views + 1;
    },
    "/views": ({ session }) => session.views,
  });
  await old.get("/in");
  await Promise.all(Array.from({ length: 20 }, () => old.get("/count")));
  expect((await old.get("/views")).body).toBe("1");
  const everybody = allOf(20);
  const now = await after(
    {},
    {
      ...ours,
      async "/count"(session) {
        session.update("views", (n = 0) => n + 1);
        await everybody();
      },
      "/views": (session) => session.get("views"),
    },
  );
  await now.get("/in");
  await Promise.all(Array.from({ length: 20 }, () => now.get("/count")));
  expect((await now.get("/views")).body).toBe("20");
});

test("a logout while a slow request runs", async () => {
  const pause = barrier();
  const old = await before(plain, {
    ...theirs,
    "/slow": async ({ session }) => {
      session.views = 1;
      await pause.arrive();
    },
    "/out": (ctx) => void Object.assign(ctx, { session: null }),
  });
  await old.get("/in");
  const copy = old.cookies;
  const slow = old.post("/slow");
  await pause.arrived();
  await old.get("/out");
  pause.release();
  expect((await slow).status).toBe(200);
  expect(await (await fetch(old.url, { headers: { cookie: copy } })).text()).toBe("ann");

  const wait = barrier();
  const now = await after(
    {},
    {
      ...ours,
      async "/slow"(session) {
        session.set("views", 1);
        await wait.arrive();
      },
      "/out": (session) => session.flush(),
    },
  );
  await now.get("/in");
  const stolen = now.cookies;
  const late = now.post("/slow");
  await wait.arrived();
  await now.get("/out");
  wait.release();
  expect((await late).status).toBe(400);
  expect(await (await fetch(now.url, { headers: { cookie: stolen } })).text()).toBe("nobody");
});

test("a middleware that throws", async () => {
  for (const [options, kept] of [
    [plain, "bob"],
    [{ ...plain, store: undefined }, "ann"],
  ] as const) {
    const old = await before(options, {
      ...theirs,
      "/broken": ({ session }) => {
        session.user = "bob";
        throw new Error("broken");
      },
    });
    await old.get("/in");
    expect((await old.get("/broken")).status).toBe(500);
    expect((await old.get()).body).toBe(kept);
  }
  const now = await after(
    {},
    {
      ...ours,
      "/broken"(session) {
        session.set("user", "bob");
        throw new Error("broken");
      },
    },
  );
  await now.get("/in");
  expect((await now.get("/broken")).status).toBe(500);
  expect((await now.get()).body).toBe("ann");
});
