import { setTimeout } from "node:timers/promises";
import { inspect } from "node:util";
import { describe, expect, test, vi } from "vitest";
import type { SessionRecord, SessionStore } from "../../src/core/store.ts";
import { StoreUnavailable } from "../../src/core/errors.ts";
import { cachedDb } from "../../src/engines/cached-db.ts";
import { db } from "../../src/engines/db.ts";
import { memory } from "../../src/engines/memory.ts";
import { barrier, caseContext, operationLog } from "../../src/testing.ts";
import { faultyStore, type Intercept } from "../../src/testing/faulty-store.ts";
import { answered, request, scene } from "./support.ts";

const { record, revise, now } = caseContext();
const cacheTimeout = 0.05;

const fine: Intercept = (_, proceed) => proceed();
const down: Intercept = () => Promise.reject(new StoreUnavailable("The cache is down"));
const hangs: Intercept = () => new Promise(() => {});
const throwsAtOnce: Intercept = () => {
  throw new TypeError("client.get is not a function");
};

/** A cachedDb whose cache fails as `state.cache` says; what was asked of either store, and what the operator was told. */
function make(first: Intercept = fine) {
  const state = { cache: first };
  const [cache, database] = [memory(), memory()];
  const [cacheLog, dbLog] = [operationLog(), operationLog()];
  const told: string[] = [];
  const errors: Error[] = [];
  const store = cachedDb({
    cache: faultyStore(
      faultyStore(cache, (call, proceed) => state.cache(call, proceed)),
      cacheLog,
    ),
    db: faultyStore(database, dbLog),
    cacheTimeout,
    onCacheError: (error) => told.push(error.message) && errors.push(error),
  });
  return { state, cache, database, store, told, errors, asked: cacheLog.verbs, askedDb: dbLog.verbs };
}

/** Real time that a pause of the cache is over in, without waiting for it. */
function afterPause(): void {
  const later = performance.now() + 1100;
  vi.spyOn(performance, "now").mockReturnValue(later);
}

describe.each([
  ["is down", down],
  ["never answers", hangs],
  ["throws before it returns a promise", throwsAtOnce],
])("a cache that %s", (_, failure) => {
  test("from the start fails no request", async () => {
    const { store } = make(failure);
    const { sessions, begin, peek } = scene(store);
    const { token } = await begin({ n: 0 });
    const { unit, session } = await request(sessions, token);
    session.update("n", (n = 0) => n + 1);
    await unit.commit(answered);
    expect(await peek(token)).toEqual({ n: 1 });
    session.cycleKey();
    await session.save();
    expect(await peek(token)).toBeUndefined();

    const { token: next } = await begin({ n: 7 });
    expect(await peek(next)).toEqual({ n: 7 });
    await (await sessions.open(next)).flush();
    expect(await peek(next)).toBeUndefined();
  });

  test("all of a sudden fails no request, and is used again when it answers", async () => {
    const { state, store, asked } = make();
    const session = record();
    const changed = revise(session);
    await store.create(session, now);
    await store.read(session.id, now);
    state.cache = failure;
    expect(await store.read(session.id, now)).toEqual(session);
    expect(await store.update(changed, session.revision, now)).toBe(true);
    expect(await store.read(session.id, now)).toEqual(changed);

    state.cache = fine;
    afterPause();
    expect(await store.read(session.id, now)).toEqual(changed);
    asked.length = 0;
    expect(await store.read(session.id, now)).toEqual(changed);
    expect(asked).toEqual(["read"]);
  });

  test("is left out for a second, and then tried by one request, for which the others do not wait", async () => {
    const { store, asked } = make(failure);
    await store.read("a", now);
    asked.length = 0;
    await Promise.all(Array.from({ length: 10 }, () => store.read("a", now)));
    expect(asked).toEqual([]);
    afterPause();
    await Promise.all(Array.from({ length: 10 }, () => store.read("a", now)));
    expect(asked).toEqual(["read"]);
  });

  test("is told of when it is out for a second, once a minute, by a message without anything of a session", async () => {
    const { store, told } = make(failure);
    const session = record({ payload: "the payload" });
    await store.create(session, now);
    await store.read(session.id, now);
    expect(told).toEqual([]);
    afterPause();
    await store.read(session.id, now);
    await store.update(revise(session), session.revision, now);
    expect(told).toEqual([expect.stringContaining('cachedDb: The cache "memory" cannot be used')]);
    expect(told.join()).not.toContain("payload");
    expect(told.join()).not.toContain(session.secretHash);
  });
});

test("evictions go on while the cache is out, and no more of them than a hundred wait for an answer", async () => {
  const { store, asked } = make(hangs);
  await store.read("a", now);
  asked.length = 0;
  for (let count = 0; count < 300; count += 1) await store.delete(`x${count}`);
  expect(asked).toEqual(Array.from({ length: 100 }, () => "delete"));
});

test("a cache that is slow holds a request up for one timeout altogether", async () => {
  // Real time: the bound is on it. Each answer alone would be in time.
  const cache = faultyStore(memory(), async (_, proceed) => {
    await setTimeout(300);
    return proceed();
  });
  const log = operationLog();
  const store = cachedDb({ cache: faultyStore(cache, log), db: memory(), cacheTimeout: 0.5 });
  const begun = performance.now();
  expect(await store.read("a", now)).toBeUndefined();
  expect(performance.now() - begun).toBeLessThan(590);
  // The create was given up, and nothing asked after it.
  expect(log.verbs).toEqual(["read", "create"]);
});

test("a server that cannot be reached fails no request, and the operator is told without its password", async () => {
  const told: Error[] = [];
  const onCacheError = (error: Error): void => void told.push(error);
  const store = cachedDb({ cache: db("postgres://ann:pa55@127.0.0.1:1/shop"), db: memory(), onCacheError });
  const session = record();
  await store.create(session, now);
  expect(await store.read(session.id, now)).toEqual(session);
  afterPause();
  expect(await store.delete(session.id)).toBe(true);
  expect(told).toEqual([expect.any(StoreUnavailable)]);
  expect(told[0]?.message).not.toContain("pa55");
});

test("an operator's listener that throws decides over no request", async () => {
  const onCacheError = (): never => {
    throw new Error("the log is full");
  };
  const store = cachedDb({ cache: faultyStore(memory(), down), db: memory(), onCacheError });
  await store.read("a", now);
  afterPause();
  expect(await store.read("a", now)).toBeUndefined();
});

describe("a cache that", () => {
  test("refuses one session is used for the others", async () => {
    const { state, store, told, errors, asked } = make();
    const [long, short] = [record({ payload: "long".repeat(100) }), record()];
    for (const session of [long, short]) await store.create(session, now);
    state.cache = ({ verb, args }, proceed) =>
      verb === "update" && (args[0] as SessionRecord).payload.length > 400
        ? Promise.reject(Object.assign(new Error("object too large for cache"), { command: args }))
        : proceed();
    expect(await store.read(long.id, now)).toEqual(long);
    expect(await store.read(long.id, now)).toEqual(long);
    expect(told).toEqual(['cachedDb: The cache "memory" refused an entry.']);
    expect(errors[0]?.cause).toEqual(new Error("object too large for cache"));
    expect(inspect(errors, { depth: 10 })).not.toContain(long.payload);
    expect(await store.read(short.id, now)).toEqual(short);
    asked.length = 0;
    expect(await store.read(short.id, now)).toEqual(short);
    expect(asked).toEqual(["read"]);
  });

  test("fills late, after the write that it was too late for, brings nothing back", async () => {
    const { state, store, cache, asked } = make();
    const session = record();
    const changed = revise(session);
    await store.create(session, now);
    const network = barrier();
    state.cache = async ({ verb }, proceed) => {
      if (verb === "update") await network.arrive();
      return proceed();
    };
    // Given up, and still on its way.
    expect(await store.read(session.id, now)).toEqual(session);
    state.cache = fine;
    await cachedDb({ cache, db: store }).update(changed, session.revision, now);
    network.release();
    afterPause();
    expect(await store.read(session.id, now)).toEqual(changed);
    expect(asked).toContain("update");
  });

  const garbage: [string, (entry: SessionRecord) => Partial<SessionRecord>][] = [
    ["holds what cannot be read", () => ({ payload: "{not json}\n{}" })],
    ["holds no record", () => ({ payload: "[]\n{}" })],
    ["holds half a record", () => ({ payload: '{"id":"x"}\n{}' })],
    ["holds null", () => ({ payload: "null\n{}" })],
    ["holds nothing", () => ({ payload: "" })],
    ["holds another's entry", ({ payload }) => ({ payload: payload.replace(/"id":"\w+"/, '"id":"another"') })],
    [
      "holds what is not from us",
      ({ payload }) => ({ secretHash: "s".repeat(43), payload: payload.replace('"revision":"', '"revision":"forged') }),
    ],
  ];
  test.each(garbage)("%s is not believed, and put right", async (_, spoil) => {
    const { store, cache, asked, askedDb } = make();
    const session = record();
    await store.create(session, now);
    await store.read(session.id, now);
    const entry = await cache.read(session.id, now);
    if (entry === undefined) throw new Error("nothing was filled");
    await cache.update({ ...entry, ...spoil(entry) }, entry.revision, now);

    expect(await store.read(session.id, now)).toEqual(session);
    asked.length = askedDb.length = 0;
    expect(await store.read(session.id, now)).toEqual(session);
    expect([asked, askedDb]).toEqual([["read"], []]);
  });

  test("answers with another session's entry is not believed", async () => {
    const [mine, others] = [record(), record()];
    const cache = memory();
    const confused: SessionStore = { ...cache, read: (_, at) => cache.read(others.id, at) };
    const store = cachedDb({ cache: confused, db: memory(), onCacheError: () => {} });
    for (const session of [mine, others]) await store.create(session, now);
    await store.read(others.id, now);
    expect(await store.read(mine.id, now)).toEqual(mine);
  });
});
