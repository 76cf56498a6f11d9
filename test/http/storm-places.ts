// Where the sessions of a storm live, said in words that can be handed to another process.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { isMigratable } from "../../src/core/store.ts";
import { cachedDb } from "../../src/engines/cached-db.ts";
import { db } from "../../src/engines/db.ts";
import { file } from "../../src/engines/file.ts";
import { memcached } from "../../src/engines/memcached.ts";
import { redis } from "../../src/engines/redis.ts";
import type { SessionStore } from "../../src/index.ts";

interface Shared {
  readonly url: string;
  /** Nobody else's table, prefix or folder. */
  readonly name: string;
}

const engines = {
  sqlite: ({ name }: Shared) => db({ path: join(name, "sessions.sqlite") }),
  file: ({ name }: Shared) => file({ path: name }),
  sql: ({ url, name }: Shared) => db(url, { table: name }),
  redis: ({ url, name }: Shared) => redis(url, { prefix: `${name}:` }),
  memcached: ({ url, name }: Shared) => memcached(url, { prefix: `${name}:` }),
  // The database's URL, a space, and the cache's.
  cachedDb: ({ url, name }: Shared) => {
    const [dbUrl = "", cacheUrl = ""] = url.split(" ");
    const cache = cacheUrl.startsWith("redis") ? redis : memcached;
    return cachedDb({ cache: cache(cacheUrl, { prefix: `${name}:` }), db: db(dbUrl, { table: name }) });
  },
} satisfies Record<string, (shared: Shared) => SessionStore>;

export interface Place extends Shared {
  readonly engine: keyof typeof engines;
}

export function storeAt(place: Place): SessionStore & Partial<AsyncDisposable> {
  return engines[place.engine](place);
}

let count = 0;
const ownName = (): string => `storm_${process.pid}_${Date.now().toString(36)}_${(count += 1)}`;

const {
  COATCHECK_TEST_POSTGRES_URL: postgres,
  COATCHECK_TEST_MARIADB_URL: mariadb,
  COATCHECK_TEST_REDIS_URL: redisUrl,
  COATCHECK_TEST_MEMCACHED_URL: memcachedUrl,
} = process.env;

/** Engines that every process of a host can reach; `undefined` where a server is missing. */
export const places: readonly [kind: string, make: (() => Place) | undefined][] = [
  ["an SQLite file", () => ({ engine: "sqlite", url: "", name: ownFolder() })],
  ["files", () => ({ engine: "file", url: "", name: ownFolder() })],
  ["PostgreSQL", on("sql", postgres)],
  ["MariaDB", on("sql", mariadb)],
  ["Redis", on("redis", redisUrl)],
  ["memcached", on("memcached", memcachedUrl)],
  ["Redis over PostgreSQL", on("cachedDb", postgres, redisUrl)],
  ["memcached over MariaDB", on("cachedDb", mariadb, memcachedUrl)],
];

function on(engine: Place["engine"], ...urls: (string | undefined)[]): (() => Place) | undefined {
  return urls.includes(undefined) ? undefined : () => ({ engine, url: urls.join(" "), name: ownName() });
}

function ownFolder(): string {
  return mkdtempSync(join(tmpdir(), "coatcheck-storms-"));
}

/** Makes what has to be there before the first request: nothing that a request should wait for. */
export async function prepare(place: Place): Promise<void> {
  await using used = use(place);
  if (isMigratable(used.store)) await used.store.migrate();
}

export async function cleanUp(place: Place): Promise<void> {
  {
    await using used = use(place);
    if (place.url !== "" && isMigratable(used.store)) await used.store.migrate({ direction: "down" });
  }
  if (place.url === "") rmSync(place.name, { recursive: true, force: true });
}

function use(place: Place): { readonly store: SessionStore } & AsyncDisposable {
  const store = storeAt(place);
  return { store, [Symbol.asyncDispose]: async () => store[Symbol.asyncDispose]?.() };
}
