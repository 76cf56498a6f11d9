import { expect, test } from "vitest";
import { InvalidOption } from "../../../src/core/errors.ts";
import { cachedDb, type CachedDbOptions } from "../../../src/engines/cached-db.ts";
import { memory } from "../../../src/engines/memory.ts";

const [cache, db] = [memory(), memory()];

test.each<[string, unknown, string]>([
  ["nothing", undefined, "expected an object with cache and db, got nothing"],
  ["null", null, "expected an object with cache and db, got null"],
  ["no cache", { db }, "cachedDb({ cache }): expected a store, such as redis(url), got nothing"],
  ["no database", { cache }, "cachedDb({ db }): expected a store, such as db(url), got nothing"],
  [
    "a URL",
    { cache: "redis://ann:pa55@cache", db },
    "cachedDb({ cache }): expected a store, such as redis(url), got a string",
  ],
  [
    "an engine without a store",
    { cache, db: () => ({}) },
    "cachedDb({ db }): expected a store, such as db(url), got a function",
  ],
  [
    "half a store",
    { cache, db: { read: () => {} } },
    "cachedDb({ db }): expected a store, such as db(url), got an object",
  ],
  ["one store twice", { cache, db: cache }, "expected two stores, got one twice"],
  [
    "a cache that cannot compare",
    { cache: { ...cache, name: "plain", atomic: false }, db },
    'got "plain", which cannot',
  ],
  ["an unknown option", { cache, db, ttl: 1 }, 'expected cache, db, maxStale, cacheTimeout, onCacheError, got "ttl"'],
  ["no staleness", { cache, db, maxStale: 0 }, "cachedDb({ maxStale }): expected seconds, from 0.001 to 86400, got 0"],
  ["milliseconds", { cache, db, maxStale: 600_000 }, "got 600000"],
  ["not a number", { cache, db, maxStale: Number.NaN }, "got NaN"],
  [
    "a text",
    { cache, db, cacheTimeout: "1" },
    "cachedDb({ cacheTimeout }): expected seconds, from 0.001 to 86400, got a string",
  ],
  ["no listener", { cache, db, onCacheError: true }, "cachedDb({ onCacheError }): expected a function, got a boolean"],
])("%s is refused at the call", (_, options, message) => {
  const call = (): unknown => cachedDb(options as CachedDbOptions);
  expect(call).toThrow(InvalidOption);
  expect(call).toThrow(message);
  expect(call).not.toThrow("pa55");
});

test("an option that is undefined counts as left out", () => {
  expect(cachedDb({ cache, db, maxStale: undefined, cacheTimeout: undefined } as unknown as CachedDbOptions).name).toBe(
    "cachedDb",
  );
});
