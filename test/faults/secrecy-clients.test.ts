import { inspect } from "node:util";
import { GlideClient, Logger } from "@valkey/valkey-glide";
import { Redis } from "ioredis";
import { Redis as Valkey } from "iovalkey";
import { createClient } from "redis";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { startDeadline } from "../../src/core/deadline.ts";
import type { SessionStore } from "../../src/core/store.ts";
import { cache } from "../../src/engines/cache.ts";
import { db } from "../../src/engines/db.ts";
import { memcached } from "../../src/engines/memcached.ts";
import { redis } from "../../src/engines/redis.ts";
import { caseContext } from "../../src/testing.ts";
import { mariadbUrl, mysqlPool, ownName, pgPool, postgresUrl } from "../engines/db/server.ts";
import { memcachedUrl, ownPrefix } from "../engines/memcached/server.ts";
import { programs, startRedis, tell } from "../engines/redis/server.ts";
import { errorOf } from "./support.ts";

const { record, revise, now } = caseContext();
const secretHash = "canary-of-the-hash".padEnd(43, "x");
const stored = record({ payload: "old-canary", secretHash });
const refused = "x-canary-of-the-data";
Logger.init("off");

/** What of two writes that fail is in their errors, as a logger prints them whole. */
async function shownOf(store: SessionStore, payload = refused): Promise<readonly string[]> {
  const writes = [
    () => store.create(record({ payload, secretHash }), now),
    () => store.update(revise(stored, { payload }), stored.revision, now),
  ];
  const shown: string[] = [];
  for (const write of writes) {
    const error = await errorOf(write());
    if (!(error instanceof Error && error.cause instanceof Error)) throw new Error("A write did not fail");
    const text = `${inspect(error, { depth: 10 })}${JSON.stringify([error, error.cause])}`;
    shown.push(...(text.match(/canary-of-the-\w+/g) ?? []));
  }
  return shown;
}

describe.skipIf(programs === undefined)("a write that Redis refuses, shown as a logger shows errors", () => {
  let port: number;
  beforeAll(async () => {
    if (programs === undefined) return;
    const server = await startRedis();
    port = server.port;
    await using store = redis(server.url);
    await store.create(stored, now);
    await tell(port, "CONFIG", "SET", "maxmemory", "1");
  });

  test("by redis, and with a URL", async () => {
    const client = createClient({ url: `redis://127.0.0.1:${port}` });
    await client.connect();
    afterAll(() => client.destroy());
    expect(await shownOf(redis(client))).toEqual([]);
    await using own = redis(`redis://127.0.0.1:${port}`);
    expect(await shownOf(own)).toEqual([]);
  });

  test.each([
    ["ioredis", () => new Redis(port)],
    ["iovalkey", () => new Valkey(port)],
  ])("by %s, which hangs the command on it", async (_, connect) => {
    const client = connect();
    afterAll(() => client.disconnect());
    expect(await shownOf(redis(client))).toEqual([]);
  });

  test("by valkey-glide", async () => {
    const client = await GlideClient.createClient({ addresses: [{ host: "127.0.0.1", port }] });
    afterAll(() => client.close());
    expect(await shownOf(redis(client))).toEqual([]);
  });
});

describe("a write that a database refuses, shown as a logger shows errors", () => {
  test.skipIf(postgresUrl === undefined)("by pg, which shows the row", async () => {
    const [pool, table] = [pgPool(), ownName()];
    const store = db(pool, { table, migrate: true });
    await store.create(stored, now);
    await pool.query(`alter table ${table} add check (payload not like 'x%')`);
    expect(await shownOf(store)).toEqual([]);
  });

  test.skipIf(mariadbUrl === undefined).each([true, false])(
    "by mysql2, which shows the statement (prepare: %s)",
    async (prepare) => {
      const [pool, table] = [mysqlPool(), ownName()];
      const store = db(pool, { table, migrate: true, prepare });
      await store.create(stored, now);
      await pool.promise().query(`alter table ${table} add check (payload not like 'x%')`);
      expect(await shownOf(store)).toEqual([]);
    },
  );
});

test.skipIf(memcachedUrl === undefined)("a write that memcached refuses shows nothing of it", async () => {
  await using store = memcached(memcachedUrl, { prefix: ownPrefix() });
  await store.create(stored, now);
  expect(await shownOf(store, refused.repeat(100_000))).toEqual([]);
});

test("what anybody else's cache or store throws is passed on without what hangs on it", async () => {
  const cause = Object.assign(new AggregateError([carrying("EPIPE")], "cut off"), {
    args: [refused],
  });
  cause.cause = Object.assign(new Error("first"), { cause });
  const failing = async (): Promise<never> => {
    throw cause;
  };
  const get = async (): Promise<undefined> => undefined;
  const errors = [
    await errorOf(cache({ get, set: failing, delete: failing }).create(record(), now)),
    await errorOf(startDeadline(1000, "mine").run(failing)),
  ];
  for (const error of errors) {
    const shown = inspect(error, { depth: 10 });
    expect(shown).not.toContain("canary");
    for (const kept of ["cut off", "EPIPE", "first", "secrecy-clients.test.ts"]) expect(shown).toContain(kept);
  }
});

function carrying(code: string): Error {
  return Object.assign(new Error(`failed with ${code}`), { code, sql: refused, command: { args: [refused] } });
}
