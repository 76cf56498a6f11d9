import type { Request } from "express";
import expressSession from "express-session";
import { expect, test } from "vitest";
import { memory } from "../../src/engines/memory.ts";
import { after, before, dataOf } from "./express.ts";
import { allOf } from "./site.ts";

/** The session as it came, and one that somebody has signed in to. */
const theirs = {
  "/": dataOf,
  "/in": (request: Request) => (request.session.user = "ann"),
};

test("req.session", async () => {
  const old = await before({}, theirs);
  await old.get("/in");
  expect((await old.get()).body).toBe('{"user":"ann"}');

  const now = await after(
    {},
    {
      "/in": (ours) => void ours.set("user", "ann"),
      async "/"(ours, { request: req, sessions }) {
        const session = await sessions.get(req);
        expect(session).toBe(ours);
        expect(await (req.session as unknown)).toBe(ours);
        expect(() => (req.session.user = "bob")).toThrow(TypeError);
        return session.data;
      },
    },
  );
  await now.get("/in");
  now.operations.length = 0;
  expect((await now.get()).body).toBe('{"user":"ann"}');
  await now.get("/unused");
  expect(now.operations).toEqual(["read"]);
});

test("req.session.user", async () => {
  const old = await before({}, { "/in": theirs["/in"], "/": (request) => request.session.user });
  await old.get("/in");
  expect((await old.get()).body).toBe("ann");
  const now = await after(
    {},
    { "/in": (ours) => void ours.set("user", "ann"), "/": (session) => [session.get("user"), session.data.user] },
  );
  await now.get("/in");
  expect((await now.get()).body).toBe('["ann","ann"]');
});

test('req.session.user = "ann"', async () => {
  const old = await before({}, { "/": (request) => (request.session.user = "ann") });
  await old.get();
  expect(old.store.calls).toEqual(["set"]);
  const now = await after(
    {},
    {
      "/": (session) => session.set("user", "ann").data,
      "/data": (session) => (session.data.user = "bob"),
      "/get": (session) => session.get("user"),
    },
  );
  await now.get();
  expect((await now.get("/get")).body).toBe("ann");
  await now.get("/data");
  expect((await now.get("/get")).body).toBe("bob");
  expect(now.operations).toEqual(["create", "read", "read", "update", "read"]);
});

test("delete req.session.user", async () => {
  const out = (request: Request): unknown => delete (request.session as { user?: string }).user;
  const old = await before({}, { ...theirs, "/out": out });
  await old.get("/in");
  await old.get("/out");
  expect((await old.get()).body).toBe("{}");
  const now = await after(
    {},
    {
      "/in": (ours) => void ours.set("user", "ann"),
      "/out": (session) => session.delete("user"),
      "/": ({ data }) => data,
    },
  );
  await now.get("/in");
  expect((await now.get("/out")).body).toBe("true");
  expect((await now.get()).body).toBe("{}");
});

test("req.session.views++", async () => {
  const all = allOf(20);
  const old = await before(
    {},
    {
      ...theirs,
      async "/count"(request) {
        const { session: loaded } = request;
        loaded.views ??= 0;
        const views = loaded.views;
        await all();
        loaded.views = views;
        loaded.views++;
      },
      "/views": (request) => request.session.views,
    },
  );
  await old.get("/in");
  await Promise.all(Array.from({ length: 20 }, () => old.get("/count")));
  expect((await old.get("/views")).body).toBe("1");

  const everybody = allOf(20);
  const now = await after(
    {},
    {
      "/in": (ours) => void ours.set("user", "ann"),
      async "/count"(session) {
        session.update("views", (n = 0) => n + 1);
        await everybody();
      },
      "/views": (ours) => ours.get("views"),
    },
  );
  await now.get("/in");
  await Promise.all(Array.from({ length: 20 }, () => now.get("/count")));
  expect((await now.get("/views")).body).toBe("20");
});

test('req.session.cart.push("coat")', async () => {
  const old = await before(
    {},
    {
      ...theirs,
      "/new": (request) => (request.session.cart = []),
      "/push": (request) => request.session.cart?.push("coat"),
    },
  );
  await old.get("/new");
  await old.get("/push");
  expect((await old.get()).body).toBe('{"cart":["coat"]}');
  const now = await after(
    {},
    {
      "/new": (ours) => void ours.set("cart", []),
      "/push": (session) => session.data.cart?.push("coat"),
      "/": ({ data }) => data,
    },
  );
  await now.get("/new");
  await now.get("/push");
  expect((await now.get()).body).toBe('{"cart":["coat"]}');
});

test("new session.MemoryStore()", async () => {
  const old = await before({ store: new expressSession.MemoryStore() }, theirs);
  await old.get("/in");
  expect((await old.get()).body).toBe('{"user":"ann"}');
  const now = await after(
    { engine: memory() },
    { "/in": (ours) => void ours.set("user", "ann"), "/": ({ data }) => data },
  );
  await now.get("/in");
  expect((await now.get()).body).toBe('{"user":"ann"}');
  const bounded = await after(
    { engine: memory({ max: 1 }) },
    { "/": (ours) => ours.update("views", (n = 0) => n + 1) },
  );
  await bounded.get();
  await fetch(bounded.url);
  expect((await bounded.get()).body).toBe("1");
});
