import type { Request } from "express";
import { expect, test } from "vitest";
import { barrier, faultyStore } from "../../src/testing.ts";
import { memory } from "../../src/engines/memory.ts";
import { after, before, dataOf, LoggedStore } from "./express.ts";
import { called } from "./site.ts";

/** The session as it came, and one that somebody has signed in to. */
const theirs = {
  "/": dataOf,
  "/in": (request: Request) => (request.session.user = "ann"),
};

test("req.session.regenerate(callback)", async () => {
  const old = await before(
    {},
    { ...theirs, "/renew": (request) => called((done) => request.session.regenerate(done)) },
  );
  await old.get("/in");
  await old.get("/renew");
  expect((await old.get()).body).toBe("{}");

  const now = await after(
    {},
    {
      "/in": (ours) => void ours.set("user", "ann"),
      "/renew": (session) => session.cycleKey(),
      "/": ({ data }) => data,
      async "/new"(session) {
        await session.flush();
        session.set("theme", "dark");
      },
    },
  );
  await now.get("/in");
  const stolen = now.cookies;
  now.operations.length = 0;
  expect((await now.get("/renew")).cookie?.name).toBe("__Host-session");
  expect(now.operations).toEqual(["read", "update"]);
  expect((await now.get()).body).toBe('{"user":"ann"}');
  expect(await (await fetch(now.url, { headers: { cookie: stolen } })).text()).toBe("{}");
  await now.get("/new");
  expect((await now.get()).body).toBe('{"theme":"dark"}');
});

test("req.session.destroy(callback)", async () => {
  const old = await before(
    {},
    {
      ...theirs,
      async "/out"(request) {
        await called((done) => request.session.destroy(done));
        return typeof request.session;
      },
    },
  );
  await old.get("/in");
  const out = await old.get("/out");
  expect(out.body).toBe("undefined");
  expect(out.cookie).toBeUndefined();

  const now = await after(
    {},
    {
      "/in": (ours) => void ours.set("user", "ann"),
      async "/out"(session) {
        await session.flush();
        return [session.isNew, session.data];
      },
    },
  );
  await now.get("/in");
  const ended = await now.get("/out");
  expect(ended.body).toBe("[true,{}]");
  expect(ended.cookie).toMatchObject({ name: "__Host-session", value: "", maxAge: 0 });
  expect(now.operations.at(-1)).toBe("delete");
});

test("req.session = null", async () => {
  const old = await before({}, { ...theirs, "/out": (request) => Object.assign(request, { session: null }) && "out" });
  await old.get("/in");
  await old.get("/out");
  // `unset` is "keep" by default.
  expect((await old.get()).body).toBe('{"user":"ann"}');

  const now = await after(
    {},
    {
      "/in": (ours) => void ours.set("user", "ann"),
      async "/out"(session, { request: req }) {
        expect(() => Object.assign(req, { session: null })).toThrow(TypeError);
        await session.flush();
      },
      "/": ({ data }) => data,
    },
  );
  await now.get("/in");
  expect((await now.get("/out")).status).toBe(200);
  expect((await now.get()).body).toBe("{}");
});

test("req.session.reload(callback)", async () => {
  const old = await before(
    {},
    {
      ...theirs,
      async "/again"(request) {
        request.session.user = "bob";
        await called((done) => request.session.reload(done));
        return request.session.user;
      },
    },
  );
  await old.get("/in");
  expect((await old.get("/again")).body).toBe("ann");
  const now = await after(
    {},
    {
      "/in": (ours) => void ours.set("user", "ann"),
      async "/again"(session) {
        session.set("user", "bob");
        await session.reload();
        return session.get("user");
      },
    },
  );
  await now.get("/in");
  expect((await now.get("/again")).body).toBe("ann");
});

test("req.session.save(callback)", async () => {
  const gate = barrier();
  const store = new LoggedStore();
  const set = store.set.bind(store);
  store.set = (...args) => void gate.arrive().then(() => set(...args));
  const old = await before(
    { store },
    {
      "/": (request, response) => {
        request.session.user = "ann";
        response.redirect("/");
      },
      "/save": (request) => called((done) => request.session.save(done)),
    },
  );
  const redirect = await fetch(old.url, { redirect: "manual" });
  expect([redirect.status, store.calls]).toEqual([302, []]);
  gate.release();
  await redirect.text();
  await old.get("/save");
  expect(store.calls).toEqual(["set", "set"]);

  const order: string[] = [];
  const engine = faultyStore(memory(), async (_call, proceed) => {
    const done = await proceed();
    await new Promise(setImmediate);
    order.push("saved");
    return done;
  });
  const now = await after(
    { engine },
    {
      "/"(session, { response }) {
        session.set("user", "ann");
        response.redirect("/");
      },
      async "/save"(session) {
        session.set("user", "bob");
        await session.save();
        order.push("goes on");
      },
    },
  );
  order.push(`redirect ${(await fetch(now.url, { redirect: "manual" })).status}`);
  expect(order.splice(0)).toEqual(["saved", "redirect 302"]);
  await now.get("/save");
  expect(order).toEqual(["saved", "goes on"]);
});
