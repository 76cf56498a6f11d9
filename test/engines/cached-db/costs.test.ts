import { beforeEach, describe, expect, test } from "vitest";
import { cachedDb } from "../../../src/engines/cached-db.ts";
import { memory } from "../../../src/engines/memory.ts";
import { caseContext } from "../../../src/testing.ts";
import { faultyStore } from "../../../src/testing/faulty-store.ts";
import type { Instant, SessionStore } from "../../../src/core/store.ts";

const { record, revise, now } = caseContext();
const HOUR = 3_600_000;
const calls: string[] = [];

function counted<S extends SessionStore>(store: S, name: string): S {
  return faultyStore(store, ({ verb }, proceed) => {
    calls.push(`${name} ${verb}`);
    return proceed();
  });
}

/** The operations of one call, in their order. */
async function cost(work: Promise<unknown>): Promise<string[]> {
  await work;
  return calls.splice(0);
}

describe("what a call costs", () => {
  const make = () => cachedDb({ cache: counted(memory(), "cache"), db: counted(memory(), "db"), maxStale: 60 });
  const session = record({ userId: "ada" });
  const { id, revision, expiresAt } = session;
  let store = make();
  const read = (at: Instant = now): Promise<unknown> => store.read(id, at);
  beforeEach(async () => {
    store = make();
    await store.create(session, now);
    calls.length = 0;
  });

  test("a read that the cache answers: one operation on the cache, none on the database", async () => {
    await read();
    calls.length = 0;
    expect(await cost(read())).toEqual(["cache read"]);
    expect(await cost(read(now + 59_999))).toEqual(["cache read"]);
    expect(await store.read(id, now)).toEqual(session);
  });

  test("a read that fills the cache: one on the database, which is asked after the lease was taken", async () => {
    expect(await cost(read())).toEqual(["cache read", "cache create", "db read", "cache update"]);
  });

  test("a read of what has to be checked again: one on the database, and one compare-and-set", async () => {
    await read();
    calls.length = 0;
    expect(await cost(read(now + 60_000))).toEqual(["cache read", "db read", "cache update"]);
    expect(await cost(read(now + 119_999))).toEqual(["cache read"]);
    expect(await cost(read(now + 120_000))).toEqual(["cache read", "db read", "cache update"]);
  });

  test("an entry by a clock that is ahead is checked: nobody knows its age", async () => {
    await read(now + 5000);
    calls.length = 0;
    expect(await cost(read(now))).toEqual(["cache read", "db read", "cache update"]);
    expect(await cost(read(now))).toEqual(["cache read"]);
  });

  test("a read of what does not exist leaves nothing in the cache", async () => {
    const forged = (): Promise<unknown> => store.read("forged", now);
    const operations = ["cache read", "cache create", "db read", "cache delete"];
    expect(await cost(forged())).toEqual(operations);
    expect(await cost(forged())).toEqual(operations);
  });

  test("a fresh read: the database and nothing else", async () => {
    await read();
    calls.length = 0;
    expect(await cost(store.read(id, now, { fresh: true }))).toEqual(["db read"]);
  });

  test("a write: the database, and then one removal from the cache", async () => {
    expect(await cost(store.update(revise(session), revision, now))).toEqual(["db update", "cache delete"]);
    expect(await cost(store.touch(id, revision, expiresAt + HOUR, now))).toEqual(["db touch", "cache delete"]);
    expect(await cost(store.delete(id))).toEqual(["db delete", "cache delete"]);
  });

  test("a write that was refused removes what may have led to it", async () => {
    expect(await cost(store.update(revise(session), "stale", now))).toEqual(["db update", "cache delete"]);
    expect(await cost(store.touch(id, "stale", expiresAt + HOUR, now))).toEqual(["db touch", "cache delete"]);
    expect(await cost(store.delete("nothing"))).toEqual(["db delete", "cache delete"]);
  });

  test("a new session: the database and nothing else", async () => {
    expect(await cost(store.create(record(), now))).toEqual(["db create"]);
  });

  test("ending a user's sessions: two on the database, and one removal each", async () => {
    await store.create(record({ userId: "ada" }), now);
    await store.create(record({ userId: "grace" }), now);
    calls.length = 0;
    const ended = (store as unknown as ReturnType<typeof memory>).deleteByUser("ada", id);
    expect(await cost(ended)).toEqual(["db listByUser", "db deleteByUser", "cache delete"]);
  });
});
