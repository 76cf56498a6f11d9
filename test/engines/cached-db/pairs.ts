import { afterAll, expect, test } from "vitest";
import { cachedDb } from "../../../src/engines/cached-db.ts";
import type { CachedDbStore } from "../../../src/engines/cached-db.ts";
import { db } from "../../../src/engines/db.ts";
import { memcached } from "../../../src/engines/memcached.ts";
import { memory } from "../../../src/engines/memory.ts";
import { redis } from "../../../src/engines/redis.ts";
import type { MakeStore } from "../../../src/testing.ts";
import { mariadbUrl, ownName, postgresUrl } from "../db/server.ts";
import { memcachedUrl } from "../memcached/server.ts";
import { ownPrefix, redisUrl } from "../redis/server.ts";

const FAR_FUTURE = 1e14;

/** `undefined` where the server is missing. */
type Make = MakeStore | undefined;

/** What cachedDb is proven on. One line each. */
const pairs: readonly [name: string, makeCache: Make, makeDb: Make][] = [
  ["memory over memory", memory, memory],
  ["memory over SQLite", memory, () => db({ path: ":memory:" })],
  ["Redis over PostgreSQL", on(redis, redisUrl), tableOn(postgresUrl)],
  ["memcached over MariaDB", on(memcached, memcachedUrl), tableOn(mariadbUrl)],
];

/** Those whose servers are there; the others fail the run with COATCHECK_REQUIRE=all. */
export function pairsAtHand(): [name: string, make: () => Promise<CachedDbStore>][] {
  return pairs.flatMap(([name, makeCache, makeDb]) => {
    const isThere = makeCache !== undefined && makeDb !== undefined;
    test.skipIf(!isThere)(`${name}: has its servers`, () => expect(isThere).toBe(true));
    if (!isThere) return [];
    const make = async (): Promise<CachedDbStore> => cachedDb({ cache: await makeCache(), db: await makeDb() });
    return [[`cachedDb, ${name}`, make]];
  });
}

function on(engine: typeof redis | typeof memcached, url: string | undefined): Make {
  return url === undefined ? undefined : () => engine(url, { prefix: ownPrefix() });
}

/** A table of its own, made once and emptied each time: making one takes MariaDB longer than a case. */
function tableOn(url: string | undefined): Make {
  if (url === undefined) return undefined;
  const options = { table: ownName(), migrate: true };
  let used = false;
  afterAll(async () => {
    if (!used) return;
    await using store = db(url, options);
    await store.migrate({ direction: "down" });
  });
  return async () => {
    used = true;
    const store = db(url, options);
    await store.deleteExpired(FAR_FUTURE, 10_000);
    return store;
  };
}
