import { expect, test } from "vitest";
import { after, before, type TheirContext } from "./koa.ts";
import type { DataSession } from "./settings.ts";

const theirs = {
  "/in": (ctx: TheirContext) => (ctx.session.user = "ann"),
  "/": (ctx: TheirContext) => ctx.session.user ?? "nobody",
};
const ours = {
  "/in": (session: DataSession) => void session.set("user", "ann"),
  "/": (session: DataSession) => session.get("user", "nobody"),
};
const plain = { signed: false };

test("ctx.session", async () => {
  const old = await before(plain, { ...theirs, "/": (ctx) => ctx.session });
  await old.get("/in");
  expect((await old.get()).body).toContain('"user":"ann"');
  const now = await after(
    {},
    {
      ...ours,
      async "/same"(session, { ctx, sessions }) {
        return [session === (await sessions.get(ctx)), session === (await ctx["session"])];
      },
    },
  );
  await now.get("/in");
  now.operations.length = 0;
  expect((await now.get("/same")).body).toBe("[true,true]");
  await now.get("/unused");
  expect(now.operations).toEqual(["read"]);
});

test("ctx.session.user", async () => {
  const old = await before(plain, { ...theirs, "/": (ctx) => ctx.session.user });
  await old.get("/in");
  expect((await old.get()).body).toBe("ann");
  const now = await after({}, { ...ours, "/": (session) => [session.get("user"), session.data.user] });
  await now.get("/in");
  expect((await now.get()).body).toBe('["ann","ann"]');
});

test('ctx.session.user = "ann"', async () => {
  const old = await before(plain, { ...theirs, "/in": (ctx) => (ctx.session.user = "ann") });
  await old.get("/in");
  expect((await old.get()).body).toBe("ann");
  const now = await after(
    {},
    { ...ours, "/in": (session) => session.set("user", "ann").data, "/data": (session) => (session.data.user = "bob") },
  );
  await now.get("/in");
  expect((await now.get()).body).toBe("ann");
  await now.get("/data");
  expect((await now.get()).body).toBe("bob");
});

test('ctx.session = { user: "ann" }', async () => {
  const old = await before(plain, {
    "/dark": ({ session }) => (session.theme = "dark"),
    "/in": (ctx) => Object.assign(ctx, { session: { user: "ann" } }) && "",
    "/": ({ session }) => session.toJSON(),
  });
  await old.get("/dark");
  await old.get("/in");
  expect((await old.get()).body).toBe('{"user":"ann"}');
  const now = await after(
    {},
    {
      "/dark": (session) => void session.set("theme", "dark"),
      "/in"(session, { ctx }) {
        expect(() => Object.assign(ctx, { session: { user: "ann" } })).toThrow(TypeError);
        session.clear();
        session.update({ user: "ann" });
      },
      "/": ({ data }) => data,
    },
  );
  await now.get("/dark");
  await now.get("/in");
  expect((await now.get()).body).toBe('{"user":"ann"}');
});

test("ctx.session = null", async () => {
  const order: string[] = [];
  const old = await before(plain, {
    ...theirs,
    "/out": (ctx) => {
      Object.assign(ctx, { session: null });
      order.push(...old.store.calls.splice(0));
    },
  });
  await old.get("/in");
  old.store.calls.length = 0;
  const out = await old.get("/out");
  expect([order, old.store.calls]).toEqual([["get"], ["destroy"]]);
  expect(out.cookie?.value).toBe("");
  const now = await after(
    {},
    {
      ...ours,
      async "/out"(session) {
        await session.flush();
        return now.operations;
      },
    },
  );
  await now.get("/in");
  const ended = await now.get("/out");
  expect(ended.body).toBe('["create","read","delete"]');
  expect(ended.cookie).toMatchObject({ value: "", maxAge: 0 });
});

test("ctx.session.isNew", async () => {
  const old = await before(plain, { ...theirs, "/new": (ctx) => ctx.session.isNew });
  const now = await after({}, { ...ours, "/new": (session) => session.isNew });
  for (const site of [old, now]) {
    expect((await site.get("/new")).body).toBe("true");
    await site.get("/in");
    expect((await site.get("/new")).body).toBe("false");
  }
});

test("ctx.session.length", async () => {
  const old = await before(plain, { ...theirs, "/": (ctx) => ctx.session.length });
  const now = await after({}, { ...ours, "/": (session) => session.size });
  for (const site of [old, now]) {
    expect((await site.get()).body).toBe("0");
    await site.get("/in");
    expect((await site.get()).body).toBe("1");
  }
});

test("ctx.session.populated", async () => {
  const old = await before(plain, { ...theirs, "/": (ctx) => ctx.session.populated });
  const now = await after({}, { ...ours, "/": (session) => session.size > 0 });
  for (const site of [old, now]) {
    expect((await site.get()).body).toBe("false");
    await site.get("/in");
    expect((await site.get()).body).toBe("true");
  }
});

test("ctx.session.maxAge", async () => {
  const old = await before({ ...plain, maxAge: 60_000 }, { "/": (ctx) => ctx.session.maxAge });
  expect((await old.get()).body).toBe("60000");
  const now = await after({ idleTimeout: 60 }, { "/": (session) => session.getExpiryAge() });
  expect((await now.get()).body).toBe("60");
});

test("ctx.session.maxAge = 60_000", async () => {
  const old = await before(plain, {
    "/": (ctx) => {
      ctx.session.user = "ann";
      ctx.session.maxAge = 60_000;
    },
  });
  expect(Number((await old.get()).cookie?.expires) - Date.now()).toBeGreaterThan(50_000);
  const now = await after(
    {},
    {
      "/"(session) {
        session.set("user", "ann");
        session.setExpiry(60);
      },
    },
  );
  expect((await now.get()).cookie?.maxAge).toBe(60);
});

test("ctx.session.externalKey", async () => {
  const old = await before(plain, { ...theirs, "/id": (ctx) => ctx.session.externalKey });
  await old.get("/in");
  expect(old.cookies).toBe(`koa.sess=${(await old.get("/id")).body}`);
  const now = await after({}, { ...ours, "/id": (session) => session.id });
  expect((await now.get("/id")).body).toBe("null");
  await now.get("/in");
  const { body: id } = await now.get("/id");
  expect(await (await fetch(now.url, { headers: { cookie: `__Host-session=${id}` } })).text()).toBe("nobody");
});

test("ctx.session.save()", async () => {
  const old = await before(plain, { "/": (ctx) => ctx.session.save() });
  expect((await old.get()).cookie?.name).toBe("koa.sess");
  expect(old.store.calls).toContain("set");
  const now = await after(
    {},
    {
      async "/"(session) {
        await session.save();
        return session.isNew;
      },
      async "/in"(session) {
        session.set("user", "ann");
        await session.save();
        return session.isNew;
      },
    },
  );
  expect((await now.get()).body).toBe("true");
  expect((await now.get("/in")).body).toBe("false");
  expect(now.operations).toEqual(["create"]);
});

test("ctx.session.manuallyCommit()", async () => {
  const old = await before(
    { ...plain, autoCommit: false },
    {
      ...theirs,
      "/in": async (ctx) => {
        ctx.session.user = "ann";
        await ctx.session.manuallyCommit();
      },
    },
  );
  await old.get("/in");
  expect((await old.get()).body).toBe("ann");
  const now = await after(
    {},
    {
      ...ours,
      async "/in"(session) {
        session.set("user", "ann");
        await session.save();
        return session.modified;
      },
    },
  );
  expect((await now.get("/in")).body).toBe("false");
  expect((await now.get()).body).toBe("ann");
});
