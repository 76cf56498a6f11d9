import { Keyv } from "keyv";
import { createStorage } from "unstorage";
import memoryDriver from "unstorage/drivers/memory";
import { describe, expect, test } from "vitest";
import { cache } from "../../../src/engines/cache.ts";
import type { Cache } from "../../../src/engines/cache.ts";
import { barrier, caseContext } from "../../../src/testing.ts";
import { atomicCache, plainCache } from "./caches.ts";

const HOUR = 3_600_000;

/** The cache, with a list of what it was asked. */
function listing<C extends Cache>(target: C): { on: C; asked: () => string } {
  const calls: string[] = [];
  const on = Object.fromEntries(
    Object.entries(target).map(([name, method]) => [
      name,
      (...args: unknown[]): unknown => {
        calls.push(name);
        return (method as (...args: unknown[]) => unknown)(...args);
      },
    ]),
  ) as unknown as C;
  return { on, asked: () => calls.splice(0).join(" ") };
}

describe("what a cache is asked", () => {
  test.each<[what: string, make: () => Cache, create: string, update: string, end: string]>([
    ["that can compare", atomicCache, "add", "get compareAndSet", "delete"],
    ["that cannot", plainCache, "get set", "get set", "get delete"],
  ])("%s", async (_, make, create, update, end) => {
    const { on, asked } = listing(make());
    const store = cache(on);
    const { record, revise, now } = caseContext();
    const created = record();
    const { id, revision, expiresAt } = created;
    // The first write ever is read back, where nothing vouches for it.
    await store.create(record(), now);
    asked();
    await store.create(created, now);
    expect(asked()).toBe(create);
    await store.read(id, now);
    expect(asked()).toBe("get");
    await store.touch(id, revision, expiresAt, now);
    expect(asked()).toBe("get");
    await store.touch(id, revision, expiresAt + HOUR, now);
    expect(asked()).toBe(update);
    await store.update(revise(created), "another", now);
    expect(asked()).toBe("get");
    await store.update(revise(created), revision, now);
    expect(asked()).toBe(update);
    await store.delete(id);
    expect(asked()).toBe(end);
  });
});

test("lifetimes are whole seconds for objects, milliseconds for Keyv, and never less than a minute", async () => {
  const { record, now } = caseContext();
  const given: number[] = [];
  const take = (ttl: number): boolean => given.push(ttl) > 0;
  const texts = new Map<string, string>();
  const object: Cache = { ...plainCache(texts), set: (key, value, ttl) => take(ttl) && void texts.set(key, value) };
  const keyv = new Keyv();
  keyv.onHook("before:set", (data: { ttl: number }) => void take(data.ttl));
  const driver = memoryDriver();
  const storage = createStorage({
    driver: { ...driver, setItem: (key, value, { ttl }) => take(ttl) && driver.setItem?.(key, value, {}) },
  });
  for (const target of [object, keyv, storage]) {
    await cache(target).create(record({ expiresAt: now + 1500 }), now);
    await cache(target).create(record({ expiresAt: now - HOUR }), now);
  }
  expect(given).toEqual([62, 60, 62_000, 60_000, 62, 60]);
});

test("a delete that says false is believed only where the session is gone", async () => {
  const { record, now } = caseContext();
  const plain = plainCache();
  let deletes = (_key: string): unknown => undefined;
  const store = cache({ ...plain, delete: async (key: string) => (await deletes(key), false) });
  const created = record();
  await store.create(created, now);
  await expect(store.delete(created.id)).rejects.toThrow(
    "delete of the cache answered false, and the session is still",
  );
  deletes = (key) => plain.delete(key);
  expect(await store.delete(created.id)).toBe(false);
  expect(await store.read(created.id, now)).toBeUndefined();
});

test("a cache that compares badly is given up, not asked for ever", async () => {
  const { record, revise, now } = caseContext();
  const store = cache({ ...atomicCache(), compareAndSet: async () => false });
  const created = record();
  await store.create(created, now);
  await expect(store.update(revise(created), created.revision, now)).rejects.toThrow("refused 100 times in a row");
});

test("turns are shared by the stores of a process on one cache", async () => {
  const { record, revise, now } = caseContext();
  const shared = plainCache();
  const [one, other] = [cache(shared), cache(shared)];
  const created = record();
  await one.create(created, now);
  const answers = await Promise.all(
    [one, other, one, other].map((store) => store.update(revise(created), created.revision, now)),
  );
  expect(answers.filter(Boolean)).toHaveLength(1);
});

// The reason for `atomic: false`. Should this ever fail, the store promises too little, and the docs say too much.
test("two processes on a cache that cannot compare overwrite each other, and bring back what was ended", async () => {
  const { record, revise, now } = caseContext();
  const texts = new Map<string, string>();
  const [one, other] = [cache(plainCache(texts)), cache(plainCache(texts))];
  const created = record();
  await one.create(created, now);
  const update = (store: typeof one): Promise<boolean> => store.update(revise(created), created.revision, now);
  expect(await Promise.all([update(one), update(other)])).toEqual([true, true]);

  const pause = barrier();
  const held = plainCache(texts);
  const slow = cache({ ...held, set: (key, value, ttl) => pause.arrive().then(() => held.set(key, value, ttl)) });
  const again = record();
  await one.create(again, now);
  const updating = slow.update(revise(again), again.revision, now);
  await pause.arrived();
  expect(await other.delete(again.id)).toBe(true);
  pause.release();
  expect(await updating).toBe(true);
  expect(await other.read(again.id, now)).toBeDefined();
});
