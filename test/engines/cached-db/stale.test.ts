import { describe, expect, test, vi } from "vitest";
import { cachedDb } from "../../../src/engines/cached-db.ts";
import type { SessionStore } from "../../../src/core/store.ts";
import { memory } from "../../../src/engines/memory.ts";
import { answersLate, barrier, caseContext, faultyStore, losesReply } from "../../../src/testing.ts";
import { answered, request, scene } from "../../faults/support.ts";

const { record, revise, now } = caseContext();
const MAX_STALE = 60_000;
const onCacheError = (): void => {};

/** Two processes on one database and one cache; the first can be cut off from the cache. */
function twoProcesses(db: SessionStore = memory()) {
  const cache = memory();
  const line = { isCut: false };
  const cuttable = faultyStore(cache, (_, proceed) => (line.isCut ? Promise.reject(new Error("cut off")) : proceed()));
  const cutOff = cachedDb({ cache: cuttable, db, onCacheError });
  const other = cachedDb({ cache, db, onCacheError });
  return { cutOff, other, line, cache, db };
}

describe("a process that is cut off from the cache", () => {
  test("reads its own write at once, others after maxStale at the latest", async () => {
    const { cutOff, other, line } = twoProcesses();
    const old = record();
    const changed = revise(old);
    await cutOff.create(old, now);
    await other.read(old.id, now);
    line.isCut = true;
    expect(await cutOff.update(changed, old.revision, now + 1)).toBe(true);

    expect(await cutOff.read(old.id, now + 1)).toEqual(changed);
    expect(await other.read(old.id, now + MAX_STALE - 1)).toEqual(old);
    expect(await other.read(old.id, now + MAX_STALE)).toEqual(changed);
  });

  test("reads its own write also when it reaches the cache again, before the pause is over and after", async () => {
    const { cutOff, other, line } = twoProcesses();
    const old = record();
    const changed = revise(old);
    await cutOff.create(old, now);
    await other.read(old.id, now);
    line.isCut = true;
    await cutOff.update(changed, old.revision, now);
    line.isCut = false;

    expect(await cutOff.read(old.id, now)).toEqual(changed);
    // A write reaches the cache in the pause, too: nobody waits for it.
    expect(await cutOff.touch(old.id, changed.revision, now + 2, now)).toBe(true);
    expect(await other.read(old.id, now)).toEqual(changed);
  });

  test("its deleted session is gone for itself at once, for others after maxStale at the latest", async () => {
    const { cutOff, other, line } = twoProcesses();
    const session = record();
    await cutOff.create(session, now);
    await other.read(session.id, now);
    line.isCut = true;
    expect(await cutOff.delete(session.id)).toBe(true);

    expect(await cutOff.read(session.id, now)).toBeUndefined();
    expect(await other.read(session.id, now + MAX_STALE - 1)).toEqual(session);
    expect(await other.update(revise(session), session.revision, now + MAX_STALE - 1)).toBe(false);
    expect(await other.read(session.id, now + MAX_STALE - 1)).toBeUndefined();
  });

  test("lets nobody build on what is old: a refused write is made again on the newest data", async () => {
    const { cutOff, other, line, db } = twoProcesses();
    const [first, second] = [scene(cutOff), scene(other)];
    const { token, id } = await first.begin({ n: 0 });
    await second.peek(token);
    line.isCut = true;
    for (const at of [first, second, first, second]) {
      const { unit, session } = await request(at.sessions, token);
      session.update("n", (n = 0) => n + 1);
      await unit.commit(answered);
    }
    expect(JSON.parse((await db.read(id, first.clock.now))?.payload ?? "")).toMatchObject({ data: { n: 4 } });
  });

  test("reads its own writes when they are more than it can remember", async () => {
    const { cutOff, other, line } = twoProcesses();
    const old = record();
    const changed = revise(old);
    await cutOff.create(old, now);
    await other.read(old.id, now);
    line.isCut = true;
    await cutOff.update(changed, old.revision, now);
    for (let count = 0; count < 10_001; count += 1) await cutOff.delete(`x${count}`);
    line.isCut = false;
    // After the pause, when the cache is asked again.
    const later = performance.now() + 2000;
    vi.spyOn(performance, "now").mockReturnValue(later);
    expect(await cutOff.read(old.id, now)).toEqual(changed);
  });
});

describe("an eviction", () => {
  test("that is confirmed settles only what was owed when it was sent", async () => {
    const { cache, db } = twoProcesses();
    const pause = barrier();
    // The first answer is on its way for long, and the second call never arrives.
    const slow = faultyStore(cache, answersLate("delete", pause, 1));
    const failing = faultyStore(slow, ({ verb, nth }, proceed) =>
      verb === "delete" && nth === 2 ? Promise.reject(new Error("cut off")) : proceed(),
    );
    const store = cachedDb({ cache: failing, db, cacheTimeout: 600, onCacheError });
    const first = record();
    const newest = revise(first);
    await store.create(first, now);
    const between = revise(first);
    const writing = store.update(between, first.revision, now);
    await pause.arrived();
    await cachedDb({ cache, db }).read(first.id, now);
    await store.update(newest, between.revision, now);
    pause.release();
    await writing;
    expect(await store.read(first.id, now)).toEqual(newest);
  });

  test("follows a write whose reply was lost: it may have been made", async () => {
    const session = record();
    const { other, cache, db } = twoProcesses();
    const writer = cachedDb({ cache, db: faultyStore(db, losesReply("delete")) });
    await other.create(session, now);
    await other.read(session.id, now);
    await expect(writer.delete(session.id)).rejects.toThrow("lost its reply");
    expect(await other.read(session.id, now)).toBeUndefined();
  });

  test("of all of a user's sessions follows their end, and the one that is kept stays", async () => {
    const { other, db } = twoProcesses();
    const [ended, kept] = [record({ userId: "ada" }), record({ userId: "ada" })];
    for (const session of [ended, kept]) {
      await other.create(session, now);
      await other.read(session.id, now);
    }
    const store = other as unknown as ReturnType<typeof memory>;
    expect(await store.deleteByUser("ada", kept.id)).toBe(1);
    expect(await other.read(ended.id, now)).toBeUndefined();
    await db.delete(kept.id);
    expect(await other.read(kept.id, now)).toEqual(kept);
  });
});

test("what is removed in the database by hand ends within maxStale", async () => {
  const { other, db } = twoProcesses();
  const session = record();
  await other.create(session, now);
  await other.read(session.id, now);
  await db.delete(session.id);
  expect(await other.read(session.id, now + MAX_STALE - 1)).toEqual(session);
  expect(await other.read(session.id, now + MAX_STALE)).toBeUndefined();
});

test("a session ends when it expires, not when its entry does", async () => {
  const { other, db } = twoProcesses();
  const session = record({ expiresAt: now + 5000 });
  await other.create(session, now);
  await other.read(session.id, now);
  expect(await other.read(session.id, now + 4999)).toEqual(session);
  expect(await other.read(session.id, now + 5000)).toBeUndefined();
  expect(await db.read(session.id, now + 4999)).toEqual(session);
});
