import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import session from "express-session";
import { CookieJar } from "tough-cookie";
import { afterAll, describe, expect, test } from "vitest";
import { devalue } from "../../src/codecs/devalue.ts";
import { encrypted } from "../../src/codecs/encrypted.ts";
import type { EngineFactory } from "../../src/core/engine.ts";
import { storeEngine } from "../../src/core/store-engine.ts";
import { cache } from "../../src/engines/cache.ts";
import { cachedDb } from "../../src/engines/cached-db.ts";
import { db } from "../../src/engines/db.ts";
import { expressStore } from "../../src/engines/express-store.ts";
import { file } from "../../src/engines/file.ts";
import { memcached } from "../../src/engines/memcached.ts";
import { memory } from "../../src/engines/memory.ts";
import { migrating } from "../../src/engines/migrating.ts";
import { redis } from "../../src/engines/redis.ts";
import { signedCookies } from "../../src/engines/signed-cookies.ts";
import type { Sessions, SessionStore } from "../../src/index.ts";
import { createTestSession, openTestSession, type TestSession } from "../../src/testing.ts";
import { mariadbUrl, ownName, postgresUrl } from "../engines/db/server.ts";
import { ownPrefix, redisUrl } from "../engines/redis/server.ts";
import type { Routes } from "../http/harness-call.ts";
import { adapterNamed, type AppOptions, serve } from "../http/harness.ts";

interface Row {
  readonly name: string;
  readonly runs?: boolean;
  readonly options: () => AppOptions;
}

const folder = mkdtempSync(join(tmpdir(), "coatcheck-test-session-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const secrets = ["s".repeat(32), "t".repeat(32)];
const memcachedUrl = process.env["COATCHECK_TEST_MEMCACHED_URL"];
const sqlite = (): ReturnType<typeof db> => db({ path: ":memory:" });
const onServer = (name: string, url: string | undefined, engine: (url: string) => SessionStore): Row => ({
  name,
  runs: url !== undefined,
  options: () => ({ engine: engine(url ?? "") }),
});

/** Cookie values that no header carries as they are: a browser has them as they were encoded. */
const oddValues: EngineFactory = (settings) => {
  const plain = storeEngine(memory())(settings);
  const odd = " %;=é";
  const unwrap = (cookie: string): string => (cookie.endsWith(odd) ? cookie.slice(0, -odd.length) : "");
  const wrap = <S extends { readonly cookie: string | undefined }>(snapshot: S): S =>
    snapshot.cookie === undefined ? snapshot : { ...snapshot, cookie: snapshot.cookie + odd };
  return {
    ...plain,
    recognizes: (cookie) => plain.recognizes(unwrap(cookie)),
    async open(cookie, now) {
      const opened = await plain.open(unwrap(cookie), now);
      return opened && wrap(opened);
    },
    async commit(change, now) {
      const outcome = await plain.commit(change, now);
      return outcome.kind === "saved" ? { ...outcome, snapshot: wrap(outcome.snapshot) } : outcome;
    },
  };
};

const rows: readonly Row[] = [
  { name: "memory", options: () => ({}) },
  { name: "db, SQLite", options: () => ({ engine: sqlite() }) },
  { name: "file", options: () => ({ engine: file({ path: folder }) }) },
  { name: "cache", options: () => ({ engine: cache() }) },
  { name: "cachedDb", options: () => ({ engine: cachedDb({ cache: memory(), db: sqlite() }) }) },
  { name: "expressStore", options: () => ({ engine: expressStore(new session.MemoryStore()) }) },
  { name: "migrating", options: () => ({ engine: migrating({ from: memory(), to: memory() }) }) },
  {
    name: "migrating out of cookies",
    options: () => ({ engine: migrating({ from: signedCookies(), to: memory() }), secrets }),
  },
  { name: "signedCookies", options: () => ({ engine: signedCookies(), secrets }) },
  { name: "signedCookies, encrypted", options: () => ({ engine: signedCookies({ encrypt: true }), secrets }) },
  onServer("db, PostgreSQL", postgresUrl, (url) => db(url, { table: ownName(), migrate: true })),
  onServer("db, MariaDB", mariadbUrl, (url) => db(url, { table: ownName(), migrate: true })),
  onServer("redis", redisUrl, (url) => redis(url, { prefix: ownPrefix() })),
  onServer("memcached", memcachedUrl, (url) => memcached(url, { prefix: ownPrefix() })),

  { name: "tagged tokens", options: () => ({ secrets }) },
  { name: "a namespace", options: () => ({ namespace: "shop" }) },
  { name: "a sealing codec", options: () => ({ codec: encrypted(secrets, { codec: devalue() }) }) },
  { name: "a cookie of another name", options: () => ({ cookie: { name: "$h'op*%7E" } }) },
  { name: "a cookie for http", options: () => ({ cookie: { secure: false } }) },
  { name: 'secure: "auto"', options: () => ({ cookie: { secure: "auto" } }) },
  { name: "cookie values to be encoded", options: () => ({ engine: oddValues }) },
];

const routes: Routes = {
  "/read": async (call) => call.send(200, `count: ${(await call.session()).get("count", 0)}`),
  "/add": async (call) => {
    (await call.session()).update("count", (n = 0) => n + 1);
    call.send(200);
  },
  "/login": async (call) => {
    const visitor = await call.session();
    visitor.userId = "ada";
    visitor.cycleKey();
    call.send(200);
  },
};

describe.each(rows)("a test session: $name", ({ runs = true, options }) => {
  test.skipIf(!runs)("its header opens it, and a response's cookie is what a browser would send back", async () => {
    await using app = await serve(adapterNamed("node https"), routes, options());
    const { sessions } = app;
    const visitor = await createTestSession(sessions, { count: 5, theme: "dark" });

    expect(await app.get("/read", visitor.cookie)).toMatchObject({ body: "count: 5", setCookies: [] });
    const added = await app.post("/add", visitor.headers.cookie);
    // A session in the cookie has moved to another one; every other one is where it was.
    const now = added.setCookies.length > 0 ? await openAs(sessions, added.setCookies) : visitor;
    expect(await app.get("/read", now.cookie)).toMatchObject({ body: "count: 6" });
    expect((await sessions.open(now.token)).data).toEqual({ count: 6, theme: "dark" });

    const login = await app.post("/login", now.cookie);
    const ada = await openAs(sessions, login.setCookies);
    expect({ userId: ada.session.userId, id: ada.id, data: ada.session.data }).toEqual({
      userId: "ada",
      id: now.id,
      data: { count: 6, theme: "dark" },
    });
    expect(ada.token).not.toBe(now.token);

    const jar = new CookieJar();
    jar.setCookieSync(login.setCookie, `https://127.0.0.1:${app.port}/`);
    expect(ada.cookie).toBe(jar.getCookieStringSync(`https://127.0.0.1:${app.port}/`));
    expect(ada.headers).toEqual({ cookie: ada.cookie });
  });
});

const openAs = <D>(sessions: Sessions<D>, lines: readonly string[]): Promise<TestSession<D>> =>
  openTestSession(sessions, { headers: { "set-cookie": lines } });
