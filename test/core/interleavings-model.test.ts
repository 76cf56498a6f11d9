import { describe, expect, test } from "vitest";
import type { SessionRecord, SessionStore } from "../../src/core/store.ts";
import { memory } from "../../src/engines/memory.ts";
import { whatIsWrong } from "../../src/testing/interleavings/model.ts";
import type { Program } from "../../src/testing/interleavings/programs.ts";
import { type Run, runTogether } from "../../src/testing/interleavings/run.ts";
import { everyOrder, Scheduler, seededChoices } from "../../src/testing/interleavings/scheduler.ts";

// A judge that never says no proves nothing: each of these stores breaks one promise, and must be found out.

interface Flaw {
  readonly flaw: string;
  readonly programs: readonly Program[];
  readonly spoil: (store: SessionStore) => Partial<SessionStore>;
}

const flaws: readonly Flaw[] = [
  {
    flaw: "an update that overwrites whatever is there loses the other's",
    programs: [["updateN"], ["updateN"]],
    spoil: (store) => ({ update: (record, _, now) => overwrite(store, record, now) }),
  },
  {
    flaw: "an update that overwrites loses another key, too",
    programs: [["setA"], ["setB"]],
    spoil: (store) => ({ update: (record, _, now) => overwrite(store, record, now) }),
  },
  {
    flaw: "an update that creates brings a flushed session back",
    programs: [["setB"], ["flush"]],
    spoil: (store) => ({
      update: async (record, expected, now) =>
        (await store.update(record, expected, now)) || (await store.create(record, now)),
    }),
  },
  {
    flaw: "an update that keeps the old key leaves a cycled key alive",
    programs: [["cycleKey"], ["read"]],
    spoil: (store) => ({
      update: async (record, expected, now) =>
        store.update({ ...record, secretHash: (await store.read(record.id, now))?.secretHash ?? "" }, expected, now),
    }),
  },
  {
    flaw: "a touch that writes back what was read long ago undoes a write",
    programs: [["later"], ["updateN"]],
    spoil: (store) => {
      const first = new Map<string, SessionRecord>();
      return {
        async read(id, now) {
          const record = await store.read(id, now);
          if (record !== undefined && !first.has(id)) first.set(id, record);
          return record;
        },
        async touch(id, expected, expiresAt, now) {
          const record = first.get(id);
          return record === undefined
            ? store.touch(id, expected, expiresAt, now)
            : overwrite(store, { ...record, expiresAt }, now);
        },
      };
    },
  },
  {
    flaw: "a delete that only says so leaves the session open",
    programs: [["flush"], ["read"]],
    spoil: () => ({ delete: async () => true }),
  },
];

async function overwrite(store: SessionStore, record: SessionRecord, now: number): Promise<boolean> {
  const current = await store.read(record.id, now);
  return current !== undefined && store.update(record, current.revision, now);
}

async function complaints(store: SessionStore, programs: readonly Program[]): Promise<string[]> {
  const found: string[] = [];
  await everyOrder(async (choose) => {
    const wrong = whatIsWrong(await runTogether(store, programs, choose));
    if (wrong !== undefined) found.push(wrong);
  });
  return found;
}

describe("the model of requests at once", () => {
  test.each(flaws)("finds out: $flaw", async ({ programs, spoil }) => {
    expect(await complaints(memory(), programs), "the sound store").toEqual([]);
    const store = memory();
    expect(await complaints({ ...store, ...spoil(store) }, programs), "the flawed store").not.toEqual([]);
  });

  test("refuses what no order explains: an increment that was acknowledged and is not there", async () => {
    const run = await aRun();
    expect(whatIsWrong(run)).toBeUndefined();
    expect(whatIsWrong({ ...run, opens: new Map([[run.token, { a: "a from the start", n: 1 }]]) })).toBe(
      "no order of the requests explains it",
    );
  });

  test("refuses a session that ends too early, or too late", async () => {
    const run = await aRun();
    const [earliest, latest] = run.mayEnd;
    expect(whatIsWrong({ ...run, expiresAt: earliest - 1 })).toMatch("shortened");
    expect(whatIsWrong({ ...run, expiresAt: latest + 1 })).toMatch("lives longer");
  });
});

function aRun(): Promise<Run> {
  return runTogether(memory(), [["updateN"], ["updateN"]], () => 0);
}

describe("the scheduler", () => {
  test("tries every order of two actors of two steps once: six", async () => {
    const orders = new Set<string>();
    const runs = await everyOrder(async (choose) => {
      const scheduler = new Scheduler();
      for (const actor of [1, 2]) {
        scheduler.start(async () => {
          await scheduler.step(actor, "reads", () => undefined);
          await scheduler.step(actor, "writes", () => undefined);
        });
      }
      await scheduler.run(choose);
      orders.add(scheduler.trace.join(", "));
    });
    expect(runs).toBe(6);
    expect(orders.size).toBe(6);
  });

  test("repeats a run from its seed", async () => {
    const traceOf = async (seed: number): Promise<readonly string[]> =>
      (await runTogether(memory(), [["updateN"], ["setA"], ["cycleKey"]], seededChoices(seed))).trace;
    expect(await traceOf(7)).toEqual(await traceOf(7));
    const traces = await Promise.all([1, 2, 3, 4, 5, 6].map(async (seed) => (await traceOf(seed)).join()));
    expect(new Set(traces).size).toBeGreaterThan(1);
  });
});
