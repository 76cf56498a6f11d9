import { randomBytes } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import Database from "better-sqlite3";
import connectSqlite from "better-sqlite3-session-store";
import connectPgSimple from "connect-pg-simple";
import { RedisStore } from "connect-redis";
import session, { type Store } from "express-session";
import createMemoryStore from "memorystore";
import pg from "pg";
import { createClient } from "redis";
import connectFile from "session-file-store";
import { expect, onTestFinished, test } from "vitest";
import { db } from "../../src/engines/db.ts";
import { file } from "../../src/engines/file.ts";
import { memory } from "../../src/engines/memory.ts";
import { redis } from "../../src/engines/redis.ts";
import { after, before } from "./express.ts";
import type { Settings } from "./settings.ts";

const { COATCHECK_TEST_REDIS_URL: redisUrl, COATCHECK_TEST_POSTGRES_URL: postgresUrl } = process.env;

/** Both keep what a visitor has, in one place: neither minds the other. */
async function assertBothCount(store: Store, settings: Settings): Promise<void> {
  const old = await before({ store }, { "/": (request) => (request.session.views = (request.session.views ?? 0) + 1) });
  const now = await after(settings, {
    "/": (ours) => ours.update("views", (n = 0) => n + 1),
    "/out": (ours) => ours.flush(),
  });
  for (const site of [old, now, old, now]) await site.get();
  expect([(await old.get()).body, (await now.get()).body]).toEqual(["3", "3"]);
  await now.get("/out");
  expect((await old.get()).body).toBe("4");
}

test.skipIf(redisUrl === undefined)("new RedisStore({ client })", async () => {
  const client = await createClient({ url: redisUrl ?? "" }).connect();
  onTestFinished(() => client.destroy());
  await assertBothCount(new RedisStore({ client, ttl: 60 }), { engine: redis(client) });
});

test.skipIf(postgresUrl === undefined)("new (connectPgSimple(session))({ pool })", async () => {
  const schema = `t_${randomBytes(9).toString("hex")}`;
  const pool = new pg.Pool({ connectionString: postgresUrl, options: `-c search_path=${schema}` });
  onTestFinished(async () => {
    await pool.query(`drop schema ${schema} cascade`);
    await pool.end();
  });
  await pool.query(`create schema ${schema}`);
  await db(pool).migrate();
  await assertBothCount(new (connectPgSimple(session))({ pool, createTableIfMissing: true }), { engine: db(pool) });
});

test("new (connectSqlite(session))({ client })", async () => {
  const client = new Database(":memory:");
  onTestFinished(() => void client.close());
  await db(client).migrate();
  await assertBothCount(new (connectSqlite(session))({ client }), { engine: db(client) });
});

test("new (connectFile(session))({ path })", async () => {
  const [path, folder] = [ownFolder(), ownFolder()];
  const store = new (connectFile(session))({ path, retries: 0, reapInterval: -1, logFn: () => {} });
  await assertBothCount(store, { engine: file({ path: folder }) });
});

test("new (createMemoryStore(session))({ max })", async () => {
  const max = 10;
  await assertBothCount(new (createMemoryStore(session))({ max, checkPeriod: 0 }), { engine: memory({ max }) });
});

function ownFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "coatcheck-coming-from-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}
