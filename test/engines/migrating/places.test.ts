// What a move that was cut short leaves behind, and stores that mind what they are given.
import { describe, expect, test } from "vitest";
import { nextRevision } from "../../../src/core/revision.ts";
import type { SessionRecord, SessionStore } from "../../../src/core/store.ts";
import { memory, type MemoryStore } from "../../../src/engines/memory.ts";
import { migrating, type MigratingStore } from "../../../src/engines/migrating.ts";
import { caseContext, faultyStore, type StoreCall } from "../../../src/testing.ts";

const { record, now } = caseContext();
const [MINUTE, HOUR] = [60_000, 3_600_000];

/** The process that has this store is killed where `isLast` says so: its call is made, or is not, and nobody hears of it. */
function dying(store: MemoryStore, isLast: (call: StoreCall) => "before" | "after" | undefined): MemoryStore {
  let dead = false;
  return faultyStore(store, async (call, proceed) => {
    const when = isLast(call);
    if (!dead && when === "after") await proceed();
    dead ||= when !== undefined;
    return dead ? new Promise(() => {}) : proceed();
  });
}

const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** A session as it is after this process has written it, if it may. */
async function change(store: SessionStore, id: string, changes: Partial<SessionRecord>, at = now): Promise<boolean> {
  const current = await store.read(id, at, { fresh: true });
  if (current === undefined) return false;
  return store.update({ ...current, ...changes, revision: nextRevision(current.revision) }, current.revision, at);
}

describe("a place that was left in the new store", () => {
  test("by a write that would have shortened the session does not keep later ones out once that time is over", async () => {
    const [from, to] = [memory(), memory()];
    const first = record({ expiresAt: now + HOUR });
    await from.create(first, now);
    const dead = migrating({ from: dying(from, ({ verb }) => (verb === "update" ? "before" : undefined)), to });
    void change(dead, first.id, { expiresAt: now + MINUTE });
    await settled();

    const later = now + 2 * MINUTE;
    expect(await change(migrating({ from, to }), first.id, { payload: "later" }, later)).toBe(true);
    expect((await to.read(first.id, later))?.payload).toBe("later");
  });

  test("and is taken by another mover lasts as long as what it is for", async () => {
    const [from, to] = [memory(), memory()];
    const first = record({ expiresAt: now + HOUR });
    await from.create(first, now);
    const cutShort = migrating({ from: dying(from, ({ verb }) => (verb === "update" ? "before" : undefined)), to });
    void change(cutShort, first.id, { expiresAt: now + MINUTE });
    await settled();
    const decided = migrating({ from: dying(from, ({ verb }) => (verb === "update" ? "after" : undefined)), to });
    void change(decided, first.id, { payload: "decided", expiresAt: now + 5 * HOUR });
    await settled();

    const later = now + 4 * HOUR;
    const whole = migrating({ from, to });
    expect((await whole.read(first.id, later))?.payload).toBe("decided");
    expect(await change(whole, first.id, {}, later)).toBe(true);
    expect((await to.read(first.id, later))?.payload).toBe("decided");
  });

  test("under another user's name is put under the right one before it is filled", async () => {
    const [from, to] = [memory(), memory()];
    const first = record();
    await from.create(first, now);
    const seen: (string | undefined)[] = [];
    // Ann's sign-in is decided. Meanwhile a slower one has made the place its own.
    let meanwhile = async (): Promise<void> => {
      meanwhile = async () => {};
      void change(slower, first.id, { userId: "bob" });
      await settled();
    };
    const slower = migrating({ from: dying(from, ({ verb }) => (verb === "update" ? "before" : undefined)), to });
    const watched = faultyStore(to, async (call, proceed) => {
      if (call.verb === "update") seen.push((await to.listByUser("ann", now))[0]?.userId);
      return proceed();
    });
    const signingIn = migrating({
      from: faultyStore(from, async (call, proceed) => {
        if (call.verb === "update") await meanwhile();
        return proceed();
      }),
      to: watched,
    });
    expect(await change(signingIn, first.id, { userId: "ann" })).toBe(true);
    // Refused by a place that is not its own; made it so; filled it.
    expect(seen.slice(-3)).toEqual([undefined, undefined, "ann"]);
    expect((await to.read(first.id, now))?.userId).toBe("ann");
  });
});

test("a session too large for the new store is refused before it moves, and may get smaller", async () => {
  const [from, inner] = [memory(), memory()];
  const to = faultyStore(inner, ({ args: [given] }, proceed) => {
    const { payload = "" } = Object(given) as Partial<SessionRecord>;
    if (payload.length > 1000) throw new Error("too large");
    return proceed();
  });
  const whole = migrating({ from, to });
  const first = record({ payload: "x".repeat(2000) });
  await from.create(first, now);
  await expect(whole.touch(first.id, first.revision, first.expiresAt + HOUR, now)).rejects.toThrow("too large");
  expect(await whole.read(first.id, now)).toEqual(first);
  expect(await change(whole, first.id, { payload: "small" })).toBe(true);
  expect((await inner.read(first.id, now))?.payload).toBe("small");
});

test("neither store is given a secret hash that is longer than one", async () => {
  const lengths = new Set<number>();
  const watched = (store: MemoryStore): MemoryStore =>
    faultyStore(store, ({ args: [given] }, proceed) => {
      const { secretHash } = Object(given) as Partial<SessionRecord>;
      if (secretHash !== undefined) lengths.add(secretHash.length);
      return proceed();
    });
  const from = watched(memory());
  const first = record({ secretHash: "h".repeat(43) });
  await from.create(first, now);
  expect(await change(migrating({ from, to: watched(memory()) }), first.id, {})).toBe(true);
  expect([...lengths]).toEqual([43]);
});

describe("a move inside a move", () => {
  const nestings: [string, (a: MemoryStore, b: MemoryStore, c: MemoryStore) => MigratingStore][] = [
    ["from", (a, b, c) => migrating({ from: migrating({ from: a, to: b }), to: c })],
    ["to", (a, b, c) => migrating({ from: a, to: migrating({ from: b, to: c }) })],
  ];

  test.each(nestings)("(%s): a process killed at any moment costs nobody a session, nor a write", async (_, nested) => {
    for (let lives = 0; lives < 30; lives += 1) {
      const stores = [memory(), memory(), memory()] as const;
      const [a, b, c] = stores;
      const first = record({ payload: "before" });
      await a.create(first, now);
      let steps = 0;
      const [x, y, z] = stores.map((store) => dying(store, () => (++steps > lives ? "before" : undefined)));
      let acknowledged = false;
      if (x && y && z) {
        void change(nested(x, y, z), first.id, { payload: "after" }).then((answer) => (acknowledged = answer));
      }
      await settled();
      const survivor = nested(a, b, c);
      const seen = await survivor.read(first.id, now);
      expect([lives, acknowledged ? ["after"] : ["before", "after"]]).toEqual([
        lives,
        expect.arrayContaining([seen?.payload]),
      ]);
      expect(seen?.secretHash).toBe(first.secretHash);
      expect([lives, await change(survivor, first.id, { payload: "last" })]).toEqual([lives, true]);
      expect((await survivor.read(first.id, now))?.payload).toBe("last");
      await survivor.delete(first.id);
      expect([await survivor.read(first.id, now), await a.read(first.id, now)]).toEqual([undefined, undefined]);
    }
  });
});
