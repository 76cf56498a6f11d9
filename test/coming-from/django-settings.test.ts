import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { SetCookie } from "cookie";
import { expect, onTestFinished, test } from "vitest";
import { devalue } from "../../src/codecs/devalue.ts";
import { cache } from "../../src/engines/cache.ts";
import { cachedDb } from "../../src/engines/cached-db.ts";
import { db } from "../../src/engines/db.ts";
import { file } from "../../src/engines/file.ts";
import { memory } from "../../src/engines/memory.ts";
import { signedCookies } from "../../src/engines/signed-cookies.ts";
import { createSessions, type SessionsOptions } from "../../src/index.ts";
import { after } from "./express.ts";
import type { DataSession, Settings } from "./settings.ts";

const count = (session: DataSession): number => session.update("views", (n = 0) => n + 1);
const routes = { "/": count, "/read": (session: DataSession) => session.get("views") };

/** Two requests of one visitor. */
async function counted(settings: Settings): Promise<string> {
  const site = await after(settings, routes);
  await site.get();
  return (await site.get()).body;
}

async function cookieWith(settings: Settings): Promise<SetCookie | undefined> {
  return (await (await after(settings, routes)).get()).cookie;
}

function ownFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "coatcheck-django-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

test('SESSION_ENGINE = "…backends.db"', async () => {
  const path = join(ownFolder(), "sessions.sqlite");
  expect(await counted({ engine: db({ path }) })).toBe("2");
  expect(existsSync(path)).toBe(true);
});

test('SESSION_ENGINE = "…backends.cached_db"', async () => {
  const path = join(ownFolder(), "sessions.sqlite");
  expect(await counted({ engine: cachedDb({ cache: memory(), db: db({ path }) }) })).toBe("2");
});

test('SESSION_ENGINE = "…backends.cache"', async () => {
  expect(await counted({ engine: cache() })).toBe("2");
});

test('SESSION_ENGINE = "…backends.file"', async () => {
  const folder = ownFolder();
  expect(await counted({ engine: file({ path: folder }) })).toBe("2");
});

test('SESSION_ENGINE = "…backends.signed_cookies"', async () => {
  const secrets = ["a secret of thirty-two characters"];
  expect(await counted({ engine: signedCookies(), secrets })).toBe("2");
  const short = await after(
    { engine: signedCookies(), secrets },
    { ...routes, "/": (session) => session.set("user", "ann").setExpiry(60), "/read": ({ data }) => data.user },
  );
  await short.get();
  short.clock.advance({ seconds: 60 });
  expect((await short.get("/read")).body).toBe("null");
  const long = Array.from({ length: 9000 }, (_, i) => i).join("");
  const large = await after({ engine: signedCookies(), secrets }, { "/": (session) => void session.set("user", long) });
  expect((await large.get()).status).toBe(500);
});

test('SESSION_COOKIE_NAME = "sessionid"', async () => {
  expect((await cookieWith({}))?.name).toBe("__Host-session");
  expect((await cookieWith({ cookie: { name: "sessionid" } }))?.name).toBe("sessionid");
});

test("SESSION_COOKIE_AGE = 3600", async () => {
  expect((await cookieWith({}))?.maxAge).toBe(1_209_600);
  const site = await after({ idleTimeout: 3600 }, routes);
  expect((await site.get()).cookie?.maxAge).toBe(3600);
  site.clock.advance({ seconds: 3599 });
  expect((await site.get("/read")).cookie?.maxAge).toBe(3600);
  site.clock.advance({ seconds: 3599 });
  expect((await site.get("/read")).body).toBe("1");
  site.clock.advance({ seconds: 3600 });
  expect((await site.get("/read")).body).toBe("null");
});

test('SESSION_COOKIE_DOMAIN = "shop.example"', async () => {
  expect((await cookieWith({ cookie: { domain: "shop.example" } }))?.domain).toBe("shop.example");
});

test('SESSION_COOKIE_PATH = "/shop"', async () => {
  expect((await cookieWith({ cookie: { path: "/shop" } }))?.path).toBe("/shop");
});

test("SESSION_COOKIE_SECURE = True", async () => {
  expect((await cookieWith({}))?.secure).toBe(true);
  expect((await cookieWith({ cookie: { secure: "auto" } }))?.secure).toBeUndefined();
});

test("SESSION_COOKIE_HTTPONLY = False", async () => {
  expect((await cookieWith({}))?.httpOnly).toBe(true);
  expect((await cookieWith({ cookie: { httpOnly: false } }))?.httpOnly).toBeUndefined();
});

test('SESSION_COOKIE_SAMESITE = "Strict"', async () => {
  expect((await cookieWith({}))?.sameSite).toBe("lax");
  expect((await cookieWith({ cookie: { sameSite: "strict" } }))?.sameSite).toBe("strict");
});

test("SESSION_EXPIRE_AT_BROWSER_CLOSE = True", async () => {
  const cookie = await cookieWith({ expireAtBrowserClose: true });
  expect(cookie?.maxAge ?? cookie?.expires).toBeUndefined();
});

test("SESSION_SAVE_EVERY_REQUEST = True", async () => {
  const site = await after({ renew: "always", idleTimeout: 60 }, routes);
  await site.get("/read");
  expect(site.operations).toEqual([]);
  await site.get();
  site.clock.advance({ seconds: 1 });
  site.operations.length = 0;
  expect((await site.get("/unused")).cookie).toBeUndefined();
  expect((await site.get("/read")).cookie?.maxAge).toBe(60);
  expect(site.operations).toEqual(["read", "touch"]);
});

test("SESSION_SAVE_EVERY_REQUEST = False", async () => {
  const site = await after({ renew: "on-write", idleTimeout: 60 }, routes);
  await site.get();
  site.clock.advance({ seconds: 59 });
  expect((await site.get("/read")).cookie).toBeUndefined();
  expect((await site.get()).cookie?.maxAge).toBe(60);
  const usual = await after({ idleTimeout: 60 }, routes);
  await usual.get();
  usual.clock.advance({ seconds: 5 });
  expect((await usual.get("/read")).cookie).toBeUndefined();
  usual.clock.advance({ seconds: 1 });
  expect((await usual.get("/read")).cookie?.maxAge).toBe(60);
});

test("SESSION_FILE_PATH = folder", async () => {
  const folder = join(ownFolder(), "made", "when missing");
  expect(await counted({ engine: file({ path: folder }) })).toBe("2");
  expect(existsSync(folder)).toBe(true);
});

test('SESSION_CACHE_ALIAS = "sessions"', async () => {
  const caches = { default: new Map<string, string>(), sessions: new Map<string, string>() };
  expect(await counted({ engine: cache(caches.sessions) })).toBe("2");
  expect([caches.default.size, caches.sessions.size]).toEqual([0, 1]);
});

test("SESSION_SERIALIZER", async () => {
  const site = await after(
    { codec: devalue() },
    {
      "/": (session) => void session.set("theme", new Map([["dark", 1]]) as unknown as string),
      "/read": ({ data }) => (data.theme as unknown) instanceof Map,
    },
  );
  await site.get();
  expect((await site.get("/read")).body).toBe("true");
});

test("SECRET_KEY, SECRET_KEY_FALLBACKS = [older]", async () => {
  const [newest, older] = ["n".repeat(32), "o".repeat(32)];
  const engine = memory();
  const site = await after({ engine, secrets: [older] }, routes);
  await site.get();
  const both = await after({ engine, secrets: [newest, older] }, routes);
  expect((await both.continue(site).get()).body).toBe("2");
  expect((await (await after({ engine, secrets: [newest] }, routes)).continue(site).get()).body).toBe("1");
});

test("USE_TZ", async () => {
  const site = await after({}, { "/": (session) => session.getExpiryDate().getTime() });
  expect((await site.get()).body).toBe(String(site.clock() + 1_209_600_000));
  expect(() => createSessions({ USE_TZ: true } as SessionsOptions)).toThrow('there is no option "USE_TZ"');
});

test("no absolute timeout", async () => {
  const site = await after({ absoluteTimeout: 28_800 }, routes);
  await site.get();
  for (let hours = 1; hours < 8; hours += 1) {
    site.clock.advance({ hours: 1 });
    expect((await site.get("/read")).body).toBe("1");
  }
  site.clock.advance({ hours: 1 });
  expect((await site.get("/read")).body).toBe("null");
});
