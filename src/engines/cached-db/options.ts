import { InvalidOption } from "../../core/errors.ts";
import type { SessionStore } from "../../core/store.ts";

/** What `cachedDb` is made of. Both stores are handed over: disposing of the engine disposes of them. */
export interface CachedDbOptions {
  /**
   * The store that is asked first, such as `redis(url)`. It has to compare and set, and to have a prefix or a table that
   * nothing else uses: what cachedDb finds there that is not its own, it removes.
   */
  readonly cache: SessionStore;
  /** The store that decides: whatever it holds is the session, such as `db(url)`. */
  readonly db: SessionStore;
  /**
   * Seconds for which the cache is believed. After that an entry is compared with the database, which is how a session
   * that somebody removed there by hand, or whose eviction failed, comes to its end.
   * @default 60
   */
  readonly maxStale?: number;
  /**
   * Seconds that one use of a session waits for the cache altogether; a read that fills it waits up to this once more.
   * Then it goes on with the database alone.
   * @default 0.25
   */
  readonly cacheTimeout?: number;
  /**
   * Told, at most once a minute, why the cache could not be used for a second or more, or not for one session. The default
   * writes one line to the console. It must not throw; what it throws is dropped.
   */
  readonly onCacheError?: (error: Error) => void;
}

export type CheckedOptions = Required<CachedDbOptions>;

const verbs = ["read", "create", "update", "touch", "delete"] as const;
const names = ["cache", "db", "maxStale", "cacheTimeout", "onCacheError"] satisfies (keyof CachedDbOptions)[];

/** Takes `unknown`, because settings are often not written in TypeScript. @throws InvalidOption */
export function checkOptions(given: unknown): CheckedOptions {
  if (typeof given !== "object" || given === null) {
    throw new InvalidOption(`cachedDb(): expected an object with cache and db, got ${kindOf(given)}.`);
  }
  for (const name of Object.keys(given)) {
    if (!names.includes(name as keyof CachedDbOptions)) {
      throw new InvalidOption(`cachedDb(): expected ${names.join(", ")}, got "${name}".`);
    }
  }
  const { cache, db, maxStale = 60, cacheTimeout = 0.25, onCacheError = logError } = given as CachedDbOptions;
  checkStore("cache", cache);
  checkStore("db", db);
  if (cache === db) {
    throw new InvalidOption(
      "cachedDb({ cache, db }): expected two stores, got one twice. What is removed from the cache would be gone.",
    );
  }
  if (!cache.atomic) {
    throw new InvalidOption(
      `cachedDb({ cache }): expected a store that can compare and set (atomic: true), got "${cache.name}", which cannot: ` +
        "a slow request would put an old session over a newer one. Use redis, memcached or memory.",
    );
  }
  checkSeconds("maxStale", maxStale);
  checkSeconds("cacheTimeout", cacheTimeout);
  if (typeof onCacheError !== "function") {
    throw new InvalidOption(`cachedDb({ onCacheError }): expected a function, got ${kindOf(onCacheError)}.`);
  }
  return { cache, db, maxStale, cacheTimeout, onCacheError };
}

function checkStore(name: "cache" | "db", store: unknown): void {
  const has = (key: string): boolean =>
    typeof store === "object" && store !== null && typeof Reflect.get(store, key) === "function";
  if (verbs.every(has)) return;
  // Never the value: it may be a URL with a password in it.
  const found = typeof store === "function" ? "a function (an engine without a store?)" : kindOf(store);
  throw new InvalidOption(
    `cachedDb({ ${name} }): expected a store, such as ${name === "db" ? "db(url)" : "redis(url)"}, got ${found}.`,
  );
}

/** A day at most: whoever wants to wait longer has mistaken seconds for milliseconds. */
function checkSeconds(name: "maxStale" | "cacheTimeout", value: unknown): void {
  if (typeof value === "number" && value >= 0.001 && value <= 86_400) return;
  const found = typeof value === "number" ? String(value) : kindOf(value);
  throw new InvalidOption(`cachedDb({ ${name} }): expected seconds, from 0.001 to 86400, got ${found}.`);
}

function kindOf(value: unknown): string {
  if (value === undefined) return "nothing";
  if (value === null) return "null";
  return typeof value === "object" ? "an object" : `a ${typeof value}`;
}

function logError(error: Error): void {
  // oxlint-disable-next-line no-console -- nobody asked to be told, and a cache that fails in silence is found by its bill
  console.error(error.message);
}
