import express from "express";
import { expect, test } from "vitest";
import { expressStore } from "../../src/engines/express-store.ts";
import { memory } from "../../src/engines/memory.ts";
import { coatcheck } from "../../src/http/adapters/express.ts";
import { createSessions } from "../../src/index.ts";
import { after, before, LoggedStore } from "./express.ts";
import type { DataSession } from "./settings.ts";
import { serve, Site } from "./site.ts";

const https = { "x-forwarded-proto": "https" };

test("secret: [newest, older]", async () => {
  const [newest, older] = ["n".repeat(32), "o".repeat(32)];
  const store = new LoggedStore();
  const theirs = { "/": (request: express.Request) => (request.session.views = (request.session.views ?? 0) + 1) };
  const old = await before({ store, secret: older }, theirs);
  await old.get();
  expect((await (await before({ store, secret: [newest, older] }, theirs)).continue(old).get()).body).toBe("2");
  expect((await (await before({ store, secret: [newest] }, theirs)).continue(old).get()).body).toBe("1");

  const engine = memory();
  const count = { "/": (session: DataSession) => session.update("views", (n = 0) => n + 1) };
  const now = await after({ engine, secrets: [older] }, count);
  await now.get();
  expect((await (await after({ engine, secrets: [newest, older] }, count)).continue(now).get()).body).toBe("2");
  expect((await (await after({ engine, secrets: [newest] }, count)).continue(now).get()).body).toBe("1");
  expect(() => createSessions({ engine, secrets: ["too short"] })).toThrow("at least 32 characters");
});

test('name: "sid"', async () => {
  const theirs = { "/": (request: express.Request) => (request.session.user = "ann") };
  expect((await (await before({}, theirs)).get()).cookie?.name).toBe("connect.sid");
  expect((await (await before({ name: "sid" }, theirs)).get()).cookie?.name).toBe("sid");
  const signIn = { "/": (session: DataSession) => void session.set("user", "ann") };
  expect((await (await after({}, signIn)).get()).cookie?.name).toBe("__Host-session");
  expect((await (await after({ cookie: { name: "sid" } }, signIn)).get()).cookie?.name).toBe("sid");
});

test("store", async () => {
  const store = new LoggedStore();
  const old = await before({ store }, { "/": (request) => (request.session.user = "ann") });
  await old.get();
  expect(store.calls).toEqual(["set"]);

  store.calls.length = 0;
  const now = await after(
    { engine: expressStore(store) },
    { "/": (session) => session.update("views", (n = 0) => n + 1) },
  );
  await now.get();
  expect((await now.get()).body).toBe("2");
  expect(store.calls).toContain("set");
});

test("resave: true", async () => {
  const old = await before(
    { resave: true },
    { "/": (request) => request.session.user ?? null, "/in": (request) => (request.session.user = "ann") },
  );
  await old.get("/in");
  old.store.calls.length = 0;
  await old.get();
  expect(old.store.calls).toEqual(["get", "set"]);

  const now = await after(
    {},
    { "/": (session) => session.get("user"), "/in": (session) => void session.set("user", "ann") },
  );
  await now.get("/in");
  now.operations.length = 0;
  await now.get();
  await now.get("/in");
  expect(now.operations).toEqual(["read", "read"]);
});

test("saveUninitialized: true", async () => {
  const old = await before({ saveUninitialized: true }, { "/": (request) => request.session.user ?? null });
  expect((await old.get()).cookie?.name).toBe("connect.sid");
  expect(old.store.calls).toEqual(["set"]);

  const now = await after({}, { "/": (session) => session.get("user") });
  expect((await now.get()).cookie).toBeUndefined();
  expect(now.operations).toEqual([]);
});

test("rolling: true", async () => {
  const routes = {
    "/": (request: express.Request) => request.session.user ?? null,
    "/in": (request: express.Request) => (request.session.user = "ann"),
  };
  const old = await before({ rolling: true, cookie: { maxAge: 60_000 } }, routes);
  await old.get("/in");
  expect((await old.get()).cookie?.expires).toBeInstanceOf(Date);
  const still = await before({ cookie: { maxAge: 60_000 } }, routes);
  await still.get("/in");
  still.store.calls.length = 0;
  expect((await still.get()).cookie).toBeUndefined();
  expect(still.store.calls).toEqual(["get", "touch"]);

  const now = await after(
    { renew: "always", idleTimeout: 60 },
    { "/": (session) => session.get("user"), "/in": (session) => void session.set("user", "ann") },
  );
  await now.get("/in");
  now.clock.advance({ seconds: 1 });
  expect((await now.get()).cookie?.maxAge).toBe(60);
  expect((await now.get("/unused")).cookie).toBeUndefined();
  const byDefault = await after(
    { idleTimeout: 60 },
    { "/": (session) => session.get("user"), "/in": (session) => void session.set("user", "ann") },
  );
  await byDefault.get("/in");
  byDefault.clock.advance({ seconds: 5 });
  expect((await byDefault.get()).cookie).toBeUndefined();
  byDefault.clock.advance({ seconds: 1 });
  expect((await byDefault.get()).cookie?.maxAge).toBe(60);
});

test('unset: "destroy"', async () => {
  const old = await before(
    { unset: "destroy" },
    {
      "/in": (request) => (request.session.user = "ann"),
      "/out": (request) => void Reflect.deleteProperty(request, "session"),
    },
  );
  await old.get("/in");
  old.store.calls.length = 0;
  await old.get("/out");
  expect(old.store.calls).toEqual(["get", "destroy"]);

  const now = await after(
    {},
    {
      "/in": (session) => void session.set("user", "ann"),
      "/hide": (_session, { request }) => void Reflect.deleteProperty(request, "session"),
      async "/out"(session) {
        await session.flush();
      },
    },
  );
  await now.get("/in");
  now.operations.length = 0;
  await now.get("/hide");
  expect(now.operations).toEqual(["read"]);
  await now.get("/out");
  expect(now.operations).toEqual(["read", "read", "delete"]);
});

test("genid", async () => {
  const old = await before(
    { genid: () => "of my own" },
    { "/": (request) => (request.session.user = request.session.id) },
  );
  expect((await old.get()).body).toBe("of my own");

  const engine = memory();
  const routes = {
    "/": async (session: DataSession) => {
      session.update("views", (n = 0) => n + 1);
      await session.save();
      return `${session.id} ${session.get("views")}`;
    },
  };
  const now = await after({ engine, namespace: "shop" }, routes);
  expect((await now.get()).body).toMatch(/^[0-9a-f]{32} 1$/);
  expect((await now.get()).body).toMatch(/ 2$/);
  const other = await after({ engine, namespace: "admin" }, routes);
  expect((await other.continue(now).get()).body).toMatch(/ 1$/);
});

test("proxy: true", async () => {
  const theirs = { "/": (request: express.Request) => (request.session.user = "ann") };
  const old = await before({ proxy: true, cookie: { secure: true } }, theirs);
  expect((await old.get("/", https)).cookie?.secure).toBe(true);
  expect((await (await before({ cookie: { secure: true } }, theirs)).get("/", https)).cookie).toBeUndefined();

  const app = express();
  app.set("trust proxy", 1);
  const now = await after({ cookie: { secure: "auto" } }, { "/": (session) => void session.set("user", "ann") }, app);
  expect((await now.get("/", https)).cookie?.secure).toBe(true);
  const alone = await after({ cookie: { secure: "auto" } }, { "/": (session) => void session.set("user", "ann") });
  expect((await alone.get("/", https)).cookie?.secure).toBeUndefined();
});

test("cookie: (req) => options", async () => {
  const old = await before(
    { cookie: (request) => ({ path: request.path.startsWith("/admin") ? "/admin" : "/shop" }) },
    { "/shop/": (request) => (request.session.user = "ann"), "/admin/": (request) => (request.session.user = "root") },
  );
  expect((await old.get("/shop/")).cookie?.path).toBe("/shop");
  expect((await old.get("/admin/")).cookie?.path).toBe("/admin");

  const [shopSessions, adminSessions] = ["/shop", "/admin"].map((path) =>
    createSessions<{ user: string }>({ engine: memory(), cookie: { path } }),
  );
  if (shopSessions === undefined || adminSessions === undefined) throw new Error("Expected two.");
  const [shop, admin] = [express.Router(), express.Router()];
  shop.use(coatcheck(shopSessions));
  shop.get("/", async (request, response) => {
    (await shopSessions.get(request)).set("user", "ann");
    response.end();
  });
  admin.use(coatcheck(adminSessions));
  admin.get("/", async (request, response) => {
    (await adminSessions.get(request)).set("user", "root");
    response.end();
  });
  const now = new Site(await serve(express().use("/shop", shop).use("/admin", admin)));
  expect((await now.get("/shop/")).cookie?.path).toBe("/shop");
  expect((await now.get("/admin/")).cookie?.path).toBe("/admin");
  // @ts-expect-error a function
  expect(() => createSessions({ engine: memory(), cookie: () => ({}) })).toThrow(
    "expected an object of cookie options",
  );
});
