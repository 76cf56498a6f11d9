import { Keyv } from "keyv";
import { createStorage } from "unstorage";
import fsDriver from "unstorage/drivers/fs";
import nullDriver from "unstorage/drivers/null";
import { afterEach, describe, expect, test, vi } from "vitest";
import { StoreUnavailable } from "../../src/core/errors.ts";
import { cache } from "../../src/engines/cache.ts";
import type { Cache, CacheStore } from "../../src/engines/cache.ts";
import { barrier, caseContext } from "../../src/testing.ts";
import { atomicCache, DownAdapter, plainCache } from "../engines/cache/caches.ts";
import { errorOf, scene } from "./support.ts";

const HOUR = 3_600_000;
const { record, revise, now } = caseContext();

function altering(): Cache {
  const honest = plainCache();
  return { ...honest, set: (key, value, ttl) => honest.set(key, value.toUpperCase(), ttl) };
}

function everyVerb(store: CacheStore): Promise<unknown>[] {
  const one = record();
  return [
    store.read(one.id, now),
    store.create(one, now),
    store.update(revise(one), one.revision, now),
    store.touch(one.id, one.revision, now + HOUR, now),
    store.delete(one.id),
  ].map(errorOf);
}

describe("Keyv, whose store is away", () => {
  test.each(["nobody listens", "the application listens, as it is told to"])("is an outage when %s", async (who) => {
    const keyv = new Keyv({ store: new DownAdapter() });
    const heard: unknown[] = [];
    const listener = (error: unknown): void => void heard.push(error);
    if (who !== "nobody listens") keyv.on("error", listener);
    const before = keyv.listeners("error").length;

    for (const error of await Promise.all(everyVerb(cache(keyv)))) {
      expect(error).toBeInstanceOf(StoreUnavailable);
      expect(String(error)).toMatch(/The cache engine: \w+ of the cache failed with ECONNRESET\./);
      expect(String(error)).not.toContain("the-payload");
      expect((error as StoreUnavailable).cause).toBeInstanceOf(Error);
    }
    // The application hears what it heard, and of its own calls it is told as before, beside ours and afterwards.
    expect(heard).toHaveLength(before * 5);
    expect(keyv.listeners("error")).toHaveLength(before);
    const ours = errorOf(cache(keyv).read("a", now));
    const beside = await errorOf(keyv.get("its own"));
    await ours;
    const afterwards = await errorOf(keyv.get("its own"));
    const told = who === "nobody listens";
    expect([beside instanceof Error, afterwards instanceof Error]).toEqual([told, told]);
  });

  test("for one write only: the request is told, and nobody is signed out", async () => {
    const keyv = new Keyv();
    keyv.on("error", () => {});
    const { sessions, begin, peek } = scene(cache(keyv));
    const { token } = await begin({ n: 1 });
    const working = keyv.store;
    keyv.store = new DownAdapter();
    expect(await errorOf(sessions.open(token))).toBeInstanceOf(StoreUnavailable);
    keyv.store = working;
    expect(await peek(token)).toEqual({ n: 1 });
  });

  test("a session that is really missing is missing, after an outage too", async () => {
    const keyv = new Keyv();
    keyv.on("error", () => {});
    const store = cache(keyv);
    const working = keyv.store;
    keyv.store = new DownAdapter();
    expect(await errorOf(store.read("a", now))).toBeInstanceOf(StoreUnavailable);
    keyv.store = working;
    expect(await store.read("a", now)).toBeUndefined();
    expect(await store.delete("a")).toBe(false);
  });
});

describe("a cache that does not keep what it is given is found out at the first write", () => {
  test.each<[what: string, make: () => Promise<Cache | ReturnType<typeof createStorage>>]>([
    [
      "unstorage that only reads",
      async () => createStorage({ driver: fsDriver({ base: "/nowhere", readOnly: true }) }),
    ],
    ["unstorage without a place", async () => createStorage({ driver: nullDriver() })],
    ["an object that is late", async () => ({ ...plainCache(), get: async () => undefined })],
    ["an object that alters texts", async () => altering()],
  ])("%s", async (_, make) => {
    const store = cache(await make());
    const error = await errorOf(store.create(record(), now));
    expect(error).toBeInstanceOf(StoreUnavailable);
    expect(String(error)).toContain("did not give back what had just been written");
  });

  test("an object that says so", async () => {
    const error = await errorOf(cache({ ...plainCache(), set: async () => false }).create(record(), now));
    expect(String(error)).toContain("set of the cache answered that nothing was kept");
  });
});

test.each<[what: string, answer: unknown]>([
  ["redis's OK", "OK"],
  ["1", 1],
  ["null", null],
  ["nothing", undefined],
])("an atomic cache that answers %s where yes or no is wanted is refused, not believed", async (_, answer) => {
  const wrong = (async () => answer) as () => Promise<boolean>;
  const store = cache({ ...atomicCache(), add: wrong, compareAndSet: wrong, delete: wrong });
  for (const error of [await errorOf(store.create(record(), now)), await errorOf(store.delete("a"))]) {
    expect(error).toBeInstanceOf(StoreUnavailable);
    expect(String(error)).toContain("to answer true or false, got");
  }
});

test("something else under the key is named and left alone", async () => {
  const texts = new Map<string, string>();
  for (const target of [plainCache(texts), atomicCache(texts)]) {
    texts.set("coatcheck:a", "the application's own");
    const store = cache(target);
    const one = record({ id: "a" });
    for (const error of [
      await errorOf(store.read("a", now)),
      await errorOf(store.update(one, one.revision, now)),
      await errorOf(store.touch("a", one.revision, now + HOUR, now)),
    ]) {
      expect(error).toBeInstanceOf(StoreUnavailable);
      expect(String(error)).toContain('under the key "coatcheck:a" is something that it did not write');
    }
    expect(await store.create(one, now)).toBe(false);
    expect(texts.get("coatcheck:a")).toBe("the application's own");
  }
});

// As unstorage's files do it: cut to nothing, then written. One process at least never sees that.
test("what is read beside a write is the old session or the new one, never half of one", async () => {
  const texts = new Map<string, string>();
  const pause = barrier();
  const halfway: Cache = {
    ...plainCache(texts),
    get: (key) => texts.get(key),
    async set(key, value) {
      texts.set(key, value.slice(0, -1));
      await pause.arrive();
      texts.set(key, value);
    },
  };
  const created = record();
  const next = revise(created);
  await cache(plainCache(texts)).create(created, now);
  const store = cache(halfway);
  const before = store.read(created.id, now);
  const updating = store.update(next, created.revision, now);
  await pause.arrived();
  const beside = store.read(created.id, now);
  pause.release();
  expect([await before, await updating, await beside]).toEqual([created, true, next]);
});

describe("a call that never ends", () => {
  afterEach(() => vi.useRealTimers());

  test.each<[what: string, make: (get: Cache["get"]) => Cache]>([
    ["one that cannot compare", (get) => ({ ...plainCache(), get })],
    ["one that can", (get) => ({ ...atomicCache(), get })],
  ])("is an outage after five seconds, and keeps nobody from the session afterwards: %s", async (_, make) => {
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
    let hangs = true;
    const store = cache(make(() => (hangs ? new Promise<never>(() => {}) : undefined)));
    let settled = false;
    const stuck = errorOf(store.read("a", now)).finally(() => (settled = true));
    const next = errorOf(store.read("a", now));
    hangs = false;
    await vi.advanceTimersByTimeAsync(4_999);
    expect(settled).toBe(false);
    await vi.advanceTimersByTimeAsync(1);
    expect(await stuck).toBeInstanceOf(StoreUnavailable);
    expect(await next).toSatisfy((error) => error === undefined || error instanceof StoreUnavailable);
    expect(await store.read("a", now)).toBeUndefined();
    expect(vi.getTimerCount()).toBe(0);
  });
});
