import fastify, { type FastifyRequest } from "fastify";
import type { SetCookie } from "cookie";
import { expect, test } from "vitest";
import { expressStore } from "../../src/engines/express-store.ts";
import { memory } from "../../src/engines/memory.ts";
import { type CookieOptions, createSessions, type SessionsOptions } from "../../src/index.ts";
import { LoggedStore } from "./express.ts";
import { after, before, secret } from "./fastify.ts";
import type { DataSession, Settings } from "./settings.ts";

const https = { "x-forwarded-proto": "https" };
const count = (request: FastifyRequest): number => (request.session.views = (request.session.views ?? 0) + 1);
const ourCount = (session: DataSession): number => session.update("views", (n = 0) => n + 1);

/** The cookie of somebody's first change. */
async function theirCookie(cookie: object, path = "/"): Promise<SetCookie | undefined> {
  const old = await before({ cookie: { secure: false, ...cookie } }, { [path]: count });
  return (await old.get(path)).cookie;
}

async function ourCookie(settings: Settings, headers = {}, app = fastify()): Promise<SetCookie | undefined> {
  return (await (await after(settings, { "/": ourCount }, app)).get("/", headers)).cookie;
}

test("secret: [newest, older]", async () => {
  const [newest, older] = ["n".repeat(32), "o".repeat(32)];
  const store = new LoggedStore();
  const old = await before({ store: store as never, secret: older }, { "/": count });
  await old.get();
  const then = await before({ store: store as never, secret: [newest, older] }, { "/": count });
  expect((await then.continue(old).get()).body).toBe("2");
  const without = await before({ store: store as never, secret: [newest] }, { "/": count });
  expect((await without.continue(old).get()).body).toBe("1");

  const engine = memory();
  const now = await after({ engine, secrets: [older] }, { "/": ourCount });
  await now.get();
  const later = await after({ engine, secrets: [newest, older] }, { "/": ourCount });
  expect((await later.continue(now).get()).body).toBe("2");
  expect((await (await after({ engine, secrets: [newest] }, { "/": ourCount })).continue(now).get()).body).toBe("1");
});

test('secret: signer, algorithm: "sha512"', async () => {
  const signer = {
    sign: (value: string) => `mine.${value}`,
    unsign: () => ({ valid: false, renew: false, value: null }),
  };
  expect((await (await before({ secret: signer }, { "/": count })).get()).cookie?.value).toMatch(/^mine\./);
  const long = await before({ secret, algorithm: "sha512" }, { "/": count });
  expect(String((await long.get()).cookie?.value).length).toBeGreaterThan(100);
  for (const name of ["secret", "algorithm"]) {
    expect(() => createSessions({ [name]: "sha512" })).toThrow(`there is no option "${name}"`);
  }
});

test('cookieName: "sid"', async () => {
  expect((await (await before({}, { "/": count })).get()).cookie?.name).toBe("sessionId");
  expect((await (await before({ cookieName: "sid" }, { "/": count })).get()).cookie?.name).toBe("sid");
  expect((await ourCookie({}))?.name).toBe("__Host-session");
  expect((await ourCookie({ cookie: { name: "sid" } }))?.name).toBe("sid");
});

test('cookiePrefix: "s:"', async () => {
  const old = await before({ cookiePrefix: "s:" }, { "/": count });
  expect(decodeURIComponent((await old.get()).cookie?.value ?? "")).toMatch(/^s:/);
  expect((await ourCookie({}))?.value).toMatch(/^[0-9a-f]{32}/);
  expect(() => createSessions({ cookiePrefix: "s:" } as SessionsOptions)).toThrow('there is no option "cookiePrefix"');
});

test("store", async () => {
  const store = new LoggedStore();
  const old = await before({ store: store as never }, { "/": count });
  await old.get();
  expect(store.calls).toEqual(["set"]);
  store.calls.length = 0;
  const now = await after({ engine: expressStore(store) }, { "/": ourCount });
  await now.get();
  expect((await now.get()).body).toBe("2");
  expect(store.calls).toContain("set");
});

test("saveUninitialized: true", async () => {
  for (const options of [{ saveUninitialized: true }, { saveUninitialized: undefined as unknown as boolean }]) {
    const old = await before(options, {});
    expect((await old.get("/unused")).cookie?.name).toBe("sessionId");
    expect(old.store.calls).toEqual(["set"]);
  }
  const now = await after({}, { "/": (session) => session.get("views") });
  expect((await now.get()).cookie).toBeUndefined();
  expect(now.operations).toEqual([]);
});

test("rolling: true", async () => {
  for (const options of [{}, { rolling: true }]) {
    const old = await before(options, { "/": count });
    await old.get();
    old.store.calls.length = 0;
    expect((await old.get("/unused")).cookie?.name).toBe("sessionId");
    expect(old.store.calls).toEqual(["get", "set"]);
  }
  const now = await after(
    { renew: "always", idleTimeout: 60 },
    { "/in": ourCount, "/": (session) => session.get("views") },
  );
  await now.get("/in");
  now.clock.advance({ seconds: 1 });
  expect((await now.get("/unused")).cookie).toBeUndefined();
  expect((await now.get()).cookie?.maxAge).toBe(60);
});

test("rolling: false", async () => {
  const old = await before({ rolling: false }, { "/": count });
  await old.get();
  expect((await old.get("/unused")).cookie).toBeUndefined();
  const now = await after(
    { renew: "on-write", idleTimeout: 60 },
    { "/in": ourCount, "/": (session) => session.get("views") },
  );
  await now.get("/in");
  now.clock.advance({ seconds: 59 });
  expect((await now.get()).cookie).toBeUndefined();
  expect((await now.get("/in")).cookie?.maxAge).toBe(60);
});

test("idGenerator", async () => {
  const old = await before({ idGenerator: () => "of my own" }, { "/": (request) => request.session.sessionId });
  expect((await old.get()).body).toBe("of my own");
  const engine = memory();
  const now = await after({ engine, namespace: "shop" }, { "/": ourCount });
  await now.get();
  expect((await now.get()).body).toBe("2");
  const other = await after({ engine, namespace: "admin" }, { "/": ourCount });
  expect((await other.continue(now).get()).body).toBe("1");
});

test("cookie.maxAge: 3_600_000", async () => {
  const theirs = await theirCookie({ maxAge: 3_600_000 });
  expect(Number(theirs?.expires) - Date.now()).toBeGreaterThan(3_500_000);
  const byDefault = await theirCookie({});
  expect(byDefault?.expires ?? byDefault?.maxAge).toBeUndefined();
  expect((await ourCookie({}))?.maxAge).toBe(1_209_600);
  const now = await after({ idleTimeout: 3600 }, { "/": ourCount });
  expect((await now.get()).cookie?.maxAge).toBe(3600);
  now.clock.advance({ seconds: 3600 });
  expect((await now.get()).body).toBe("1");
});

test("cookie.expires", async () => {
  const expires = new Date(Date.now() + 10_000);
  expect(Number((await theirCookie({ expires }))?.expires)).toBe(Math.floor(Number(expires) / 1000) * 1000);
  const now = await after({ absoluteTimeout: 28_800 }, { "/": ourCount });
  expect((await now.get()).cookie?.maxAge).toBe(28_800);
  now.clock.advance({ hours: 7 });
  expect((await now.get()).body).toBe("2");
  now.clock.advance({ hours: 1 });
  expect((await now.get()).body).toBe("1");
});

test('cookie.path: "/shop"', async () => {
  const old = await before({ cookie: { path: "/shop", secure: false } }, { "/shop": count, "/other": count });
  expect((await old.get("/shop")).cookie?.path).toBe("/shop");
  expect(await old.get("/other")).toMatchObject({ body: "1", cookie: undefined });
  const now = await after({ cookie: { path: "/shop" } }, { "/shop": ourCount, "/other": (session) => session.isNew });
  expect((await now.get("/shop")).cookie?.path).toBe("/shop");
  expect((await now.get("/other")).body).toBe("true");
});

test('cookie.domain: "shop.example"', async () => {
  expect((await theirCookie({ domain: "shop.example" }))?.domain).toBe("shop.example");
  const ours = await ourCookie({ cookie: { domain: "shop.example" } });
  expect(ours).toMatchObject({ name: "session", domain: "shop.example" });
});

test("cookie.httpOnly: false", async () => {
  expect((await theirCookie({}))?.httpOnly).toBe(true);
  expect((await theirCookie({ httpOnly: false }))?.httpOnly).toBeUndefined();
  expect((await ourCookie({}))?.httpOnly).toBe(true);
  expect((await ourCookie({ cookie: { httpOnly: false } }))?.httpOnly).toBeUndefined();
});

test("cookie.secure: true", async () => {
  for (const cookie of [{}, { secure: true }]) {
    const old = await before({ cookie }, { "/": count });
    expect((await old.get()).cookie).toBeUndefined();
    expect(old.store.calls).toEqual([]);
  }
  const now = await after({}, { "/": ourCount });
  expect((await now.get()).cookie?.secure).toBe(true);
  expect(now.operations).toEqual(["create"]);
});

test('cookie.secure: "auto"', async () => {
  const app = fastify({ trustProxy: true });
  const old = await before({ cookie: { secure: "auto" } }, { "/": count }, app);
  expect((await old.get("/", https)).cookie?.secure).toBe(true);
  expect((await theirCookie({ secure: "auto" }))?.secure).toBeUndefined();
  const behind = await ourCookie({ cookie: { secure: "auto" } }, https, fastify({ trustProxy: true }));
  expect(behind?.secure).toBe(true);
  expect((await ourCookie({ cookie: { secure: "auto" } }, https))?.secure).toBeUndefined();
});

test('cookie.sameSite: "strict"', async () => {
  expect((await theirCookie({}))?.sameSite).toBeUndefined();
  expect((await theirCookie({ sameSite: "strict" }))?.sameSite).toBe("strict");
  expect((await ourCookie({}))?.sameSite).toBe("lax");
  expect((await ourCookie({ cookie: { sameSite: "strict" } }))?.sameSite).toBe("strict");
});

test("cookie.partitioned: true", async () => {
  expect((await theirCookie({ partitioned: true }))?.partitioned).toBe(true);
  expect((await ourCookie({ cookie: { partitioned: true } }))?.partitioned).toBe(true);
});

test("cookie.priority, cookie.encode, cookie.signed", async () => {
  const theirs = await theirCookie({ priority: "high", encode: () => "mine", signed: false });
  expect(theirs?.priority).toBeUndefined();
  expect(theirs?.value).toContain(".");
  for (const name of ["priority", "encode", "signed"]) {
    const cookie: CookieOptions = { [name]: "high" };
    expect(() => createSessions({ cookie })).toThrow(`there is no option "${name}"`);
  }
});
