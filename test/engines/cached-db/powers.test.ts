import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { SessionStore } from "../../../src/core/store.ts";
import { cachedDb } from "../../../src/engines/cached-db.ts";
import { db, type DbStore } from "../../../src/engines/db.ts";
import { memory } from "../../../src/engines/memory.ts";
import { caseContext, fakeClock } from "../../../src/testing.ts";
import { scene } from "../../faults/support.ts";

const { record, now } = caseContext();

describe("what the database can do, cachedDb can", () => {
  test("and nothing besides", () => {
    const powers = ["deleteExpired", "countExpired", "list", "listByUser", "deleteByUser", "migrate"];
    const has = (store: SessionStore): string[] => powers.filter((power) => power in store);
    const { read, create, update, touch, delete: remove } = memory();
    const plain: SessionStore = { name: "plain", atomic: false, read, create, update, touch, delete: remove };
    expect(has(cachedDb({ cache: memory(), db: db({ path: ":memory:" }) }))).toEqual(powers);
    expect(has(cachedDb({ cache: db({ path: ":memory:" }), db: plain }))).toEqual([]);
    expect(cachedDb({ cache: memory(), db: plain }).atomic).toBe(false);
  });

  test("sweeping leaves nothing expired in a cache that keeps it, and counts sessions only", async () => {
    const [cache, database] = [memory(), memory()];
    const store = cachedDb({ cache, db: database }) as unknown as typeof database;
    for (let count = 0; count < 5; count += 1) {
      const session = record();
      await store.create(session, now);
      await store.read(session.id, now);
    }
    const later = now + 2 * 3_600_000;
    expect(await store.countExpired?.(later)).toBe(5);
    expect(await store.deleteExpired(later, 2)).toBe(2);
    expect(await cache.countExpired?.(later)).toBe(0);
    expect(await store.deleteExpired(later, 0)).toBe(0);
    expect(await store.deleteExpired(later, 10)).toBe(3);
  });

  test("migrating makes the tables of both", async () => {
    const tables = (): DbStore => db({ path: ":memory:" }, { migrate: false });
    await using store = cachedDb({ cache: tables(), db: tables() });
    const { migrate } = store as unknown as DbStore;
    expect((await migrate({ dryRun: true })).sql?.length).toBeGreaterThan(2);
    const names = ["0001_session", "0001_session"];
    expect((await migrate()).migrations).toEqual(names);
    const session = record();
    await store.create(session, now);
    await store.read(session.id, now);
    expect(await store.read(session.id, now)).toEqual(session);
    expect((await migrate({ direction: "down" })).migrations).toEqual(names);
  });
});

test("both stores are disposed of, the database also when the cache fails at it", async () => {
  const ended: string[] = [];
  const disposable = (name: string, error?: Error): SessionStore & AsyncDisposable => ({
    ...memory(),
    async [Symbol.asyncDispose]() {
      ended.push(name);
      if (error) throw error;
    },
  });
  await cachedDb({ cache: disposable("cache", new Error("lost")), db: disposable("db") })[Symbol.asyncDispose]();
  expect(ended).toEqual(["cache", "db"]);
});

test("nothing in the cache opens a session, even where it is read as if it held sessions", async () => {
  const cache = memory();
  const { begin, peek, clock } = scene(cachedDb({ cache, db: memory() }));
  const { token, id } = await begin({ n: 1 });
  await peek(token);
  const entry = await cache.read(id, clock.now);
  expect(entry?.secretHash).not.toMatch(/^[\w-]{43}$/);
  expect(await scene(cache).peek(token)).toBeUndefined();
});

test("a record comes out of the cache as it went into the database", async () => {
  const text = fc.string({ unit: "binary" }).map((value) => value.replaceAll("\u0000", ""));
  const clock = fakeClock();
  await fc.assert(
    fc.asyncProperty(text, fc.option(text, { nil: undefined }), fc.nat(), async (payload, userId, age) => {
      const database = memory();
      const store = cachedDb({ cache: memory(), db: database });
      const session = record({ payload, createdAt: clock.now - age, ...(userId !== undefined && { userId }) });
      await store.create(session, clock.now);
      await store.read(session.id, clock.now);
      await database.delete(session.id);
      expect(await store.read(session.id, clock.now)).toEqual(session);
    }),
  );
});
