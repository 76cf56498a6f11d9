// Every order that the operations of two stores can come in while a session moves from one to the other.
import { describe, expect, test } from "vitest";
import { nextRevision } from "../../../src/core/revision.ts";
import type { SessionRecord, SessionStore } from "../../../src/core/store.ts";
import { memory, type MemoryStore } from "../../../src/engines/memory.ts";
import { migrating, type MigratingStore } from "../../../src/engines/migrating.ts";
import { Mark } from "../../../src/engines/migrating/mark.ts";
import { caseContext, faultyStore } from "../../../src/testing.ts";
import { type Choose, everyOrder, Scheduler, seededChoices } from "../../../src/testing/interleavings/scheduler.ts";

const { record, now } = caseContext();

/** One request, or one process: what it does with the store, step by step of the two stores behind. */
type Actor = (store: MigratingStore, id: string) => Promise<unknown>;

interface Outcome {
  readonly from: MemoryStore;
  readonly to: MemoryStore;
  readonly whole: MigratingStore;
  readonly id: string;
  readonly answers: unknown[];
  readonly trace: string;
}

async function together(
  actors: readonly Actor[],
  choose: Choose,
  { leftPlace = false, ...start }: Partial<SessionRecord> & { leftPlace?: boolean } = {},
): Promise<Outcome> {
  const [from, to] = [memory(), memory()];
  const first = record({ payload: "0", ...start });
  await from.create(first, now);
  if (leftPlace) await to.create(new Mark(1).placeFor(first, 0), now);
  const scheduler = new Scheduler();
  const answers: unknown[] = [];
  for (const [who, act] of actors.entries()) {
    const steps = (name: string, store: MemoryStore): MemoryStore => ({
      ...store,
      ...faultyStore(store, (call, proceed) => scheduler.step(who, `${call.verb} ${name}`, proceed)),
      deleteByUser: (...args) => scheduler.step(who, `deleteByUser ${name}`, () => store.deleteByUser(...args)),
    });
    const own = migrating({ from: steps("from", from), to: steps("to", to) });
    scheduler.start(async () => {
      try {
        answers[who] = await act(own, first.id);
      } catch (error) {
        answers[who] = error;
      }
    });
  }
  await scheduler.run(choose);
  const trace = scheduler.trace.join("\n");
  return { from, to, whole: migrating({ from, to }), id: first.id, answers, trace };
}

/** What the core does: compare and set, and when refused read again and try again. Answers how many it added. */
const increment: Actor = async (store, id) => {
  for (let tries = 0; tries < 20; tries += 1) {
    const current = await store.read(id, now, { fresh: true });
    if (current === undefined) return "gone";
    const revision = nextRevision(current.revision);
    const next = { ...current, revision, payload: String(Number(current.payload) + 1) };
    if (await store.update(next, current.revision, now)) return "added";
  }
  return "no turn";
};
const renew: Actor = async (store, id) => {
  const current = await store.read(id, now);
  return current && store.touch(id, current.revision, current.expiresAt + 1000, now);
};
const end: Actor = (store, id) => store.delete(id);
const look: Actor = async (store, id) => (await store.read(id, now))?.payload;
const signIn: Actor = async (store, id) => {
  for (let tries = 0; tries < 20; tries += 1) {
    const current = await store.read(id, now, { fresh: true });
    if (current === undefined) return "gone";
    const next = { ...current, revision: nextRevision(current.revision), userId: "ann" };
    if (await store.update(next, current.revision, now)) return "signed in";
  }
  return "no turn";
};

const summary = (store: SessionStore, id: string): Promise<string | undefined> =>
  store.read(id, now).then((found) => found && `${found.payload} ${found.secretHash}`);

describe("while sessions move", () => {
  test("two increments are two", async () => {
    for (let seed = 0; seed < 5000; seed += 1) {
      const { whole, id, answers, trace } = await together([increment, increment], seededChoices(seed));
      expect([trace, answers, (await whole.read(id, now))?.payload]).toEqual([trace, ["added", "added"], "2"]);
    }
  });

  test("a reader never finds it gone", async () => {
    await everyOrder(async (choose) => {
      const { answers, trace } = await together([increment, look], choose);
      expect([trace, ["0", "1"].includes(String(answers[1]))]).toEqual([trace, true]);
    });
    await everyOrder(async (choose) => {
      const { answers, trace } = await together([renew, look], choose);
      expect([trace, answers]).toEqual([trace, [true, "0"]]);
    });
  });

  test("three at once, in random orders: nothing is lost", async () => {
    for (let seed = 0; seed < 3000; seed += 1) {
      const { whole, id, answers, trace } = await together([increment, renew, increment], seededChoices(seed));
      const payload = (await whole.read(id, now))?.payload;
      expect([trace, answers, payload]).toEqual([trace, ["added", answers[1], "added"], "2"]);
    }
  });

  test("what was deleted stays deleted: a writer that comes across it leaves nothing behind", async () => {
    await everyOrder(async (choose) => {
      const { whole, from, to, id, trace } = await together([increment, end], choose);
      const left = [await whole.read(id, now), await summary(from, id), await summary(to, id)];
      expect([trace, ...left]).toEqual([trace, undefined, undefined, undefined]);
    });
    await everyOrder(async (choose) => {
      const { whole, id, trace } = await together([renew, end], choose);
      expect([trace, await whole.read(id, now)]).toEqual([trace, undefined]);
    });
  });

  test("nobody reads a session after its deletion was answered", async () => {
    const endThenLook: Actor = async (store, id) => {
      await store.delete(id);
      return (await look(store, id)) ?? "gone";
    };
    await everyOrder(async (choose) => {
      const { answers, trace } = await together([increment, endThenLook], choose);
      expect([trace, answers[1]]).toEqual([trace, "gone"]);
    });
    for (let seed = 0; seed < 3000; seed += 1) {
      const { answers, trace } = await together([increment, endThenLook, renew], seededChoices(seed));
      expect([trace, answers[1]]).toEqual([trace, "gone"]);
    }
  });

  test("a user's sessions end, wherever they are on their way", async () => {
    const revoke: Actor = (store) => store.deleteByUser?.("ann") ?? Promise.resolve();
    await everyOrder(async (choose) => {
      const { whole, id, trace } = await together([increment, revoke], choose, { userId: "ann" });
      expect([trace, await whole.read(id, now)]).toEqual([trace, undefined]);
    });
  });

  test("a sign-in that was acknowledged is found by the revocation that comes after it", async () => {
    const signInAndRevoke: Actor = async (store, id) => {
      await signIn(store, id);
      return store.deleteByUser?.("ann");
    };
    for (let seed = 0; seed < 3000; seed += 1) {
      const { whole, id, trace } = await together([signInAndRevoke, increment, renew], seededChoices(seed));
      expect([trace, await whole.read(id, now)]).toEqual([trace, undefined]);
    }
  });

  test("a sign-in that was decided before a revocation ends, also in the place that another mover had left", async () => {
    const revoke: Actor = async (store) => store.deleteByUser?.("ann");
    await everyOrder(async (choose) => {
      const { whole, id, trace } = await together([signIn, revoke], choose, { leftPlace: true });
      const decided = trace.indexOf("0 update from → true");
      const mayLive = trace.indexOf("1 deleteByUser from") < decided;
      const left = await whole.read(id, now);
      expect([trace, mayLive || left === undefined]).toEqual([trace, true]);
    });
  });

  test("a process killed at any moment of a move costs nobody a session, nor a write that was acknowledged", async () => {
    for (let lives = 0; lives < 12; lives += 1) {
      const [from, to] = [memory(), memory()];
      const first = record({ payload: "0" });
      await from.create(first, now);
      let steps = 0;
      const dying = (store: MemoryStore): SessionStore =>
        faultyStore(store, (_, proceed) => (++steps > lives ? new Promise(() => {}) : proceed()));
      void increment(migrating({ from: dying(from), to: dying(to) }), first.id);
      await new Promise(setImmediate);
      const survivor = migrating({ from, to });
      const seen = Number(await look(survivor, first.id));
      expect([0, 1]).toContain(seen);
      expect(await increment(survivor, first.id)).toBe("added");
      expect(await look(survivor, first.id)).toBe(String(seen + 1));
      await survivor.delete(first.id);
      expect(await look(survivor, first.id)).toBeUndefined();
    }
  });
});
