import { Keyv } from "keyv";
import { LRUCache } from "lru-cache";
import { createStorage } from "unstorage";
import { describe, expect, test } from "vitest";
import { InvalidOption } from "../../../src/core/errors.ts";
import type { CacheStore } from "../../../src/engines/cache.ts";
import { cache } from "../../../src/engines/cache.ts";
import { caseContext } from "../../../src/testing.ts";
import { atomicCache, plainCache } from "./caches.ts";

/** As settings that are not written in TypeScript come. */
const loosely = cache as (target?: unknown, options?: unknown) => CacheStore;

describe("cache() is refused at the call, saying what was expected and found", () => {
  const noAdd = { ...plainCache(), compareAndSet() {} };
  const clients = { get() {}, set() {}, delete() {} };
  test.each<[what: string, target: unknown, options: unknown, ...said: string[]]>([
    ["a URL", "redis://127.0.0.1", undefined, "an object with get, set and delete", "a string"],
    ["null", null, undefined, "null"],
    ["a client of redis", { get() {}, set() {}, del() {} }, undefined, "the keys get, set, del"],
    ["a client of memcached", { ...clients, gets() {} }, undefined, "memcached()"],
    ["a Keyv of version 4", { ...clients, on() {}, off() {}, _getKeyPrefix() {} }, undefined, "a Keyv older than that"],
    ["a Set", new Set(), undefined, "an instance of Set"],
    ["half of atomic", noAdd, undefined, "both add and compareAndSet", "compareAndSet alone"],
    ["an unknown option", undefined, { ttl: 1 }, 'expected prefix, max, got "ttl"'],
    ["options that are none", undefined, [], "options: expected an object, got an array"],
    ["an empty prefix", undefined, { prefix: "" }, "options.prefix: expected 1 to 100"],
    ["a prefix that unstorage cuts at", undefined, { prefix: "app?" }, '"app?"'],
    ["a prefix that leaves its folder", undefined, { prefix: "../" }, '"../"'],
    ["a max of 0", undefined, { max: 0 }, "a positive whole number of sessions, got 0"],
    ["a max of a cache that is there", new Keyv(), { max: 1 }, "options.max means nothing"],
  ])("%s", (_, target, options, ...said) => {
    expect(() => loosely(target, options)).toThrow(InvalidOption);
    for (const part of said) expect(() => loosely(target, options)).toThrow(part);
  });
});

test.each<[what: string, target: unknown, atomic: boolean]>([
  ["nothing", undefined, true],
  ["an object with add and compareAndSet", atomicCache(), true],
  ["an object without", plainCache(), false],
  ["a Keyv", new Keyv(), false],
  ["a Storage of unstorage", createStorage(), false],
  ["a Map", new Map(), false],
  ["an LRUCache", new LRUCache({ max: 10 }), false],
])("of %s the store says whether it is atomic", (_, target, atomic) => {
  expect(loosely(target)).toMatchObject({ name: "cache", atomic });
});

test("cache({ max }) lets the least recently used session go", async () => {
  const { record, now } = caseContext();
  const store = cache(undefined, { max: 2 });
  const [first, second, third] = [record(), record(), record()];
  await store.create(first, now);
  await store.create(second, now);
  await store.read(first.id, now);
  await store.create(third, now);
  expect(await store.read(second.id, now)).toBeUndefined();
  expect(await store.read(first.id, now)).toEqual(first);
});

test("two prefixes on one cache never meet", async () => {
  const { record, now } = caseContext();
  const shared = createStorage();
  const [one, other] = [cache(shared, { prefix: "one:" }), cache(shared, { prefix: "other:" })];
  const created = record({ id: "a" });
  await one.create(created, now);
  expect(await other.read("a", now)).toBeUndefined();
  expect(await other.delete("a")).toBe(false);
  expect(await one.read("a", now)).toEqual(created);
  expect(await shared.getKeys()).toEqual(["one:a"]);
});
