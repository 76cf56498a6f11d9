import type { CountableStore } from "../../core/store.ts";
import { isCountable } from "../../core/store.ts";
import type { StoreCase, StoreCaseContext } from "./case.ts";
import { HOUR } from "./case.ts";
import { check, checkStored, given } from "./check.ts";

export const countCases: readonly StoreCase[] = [
  count("count: the expired and only them", async (store, { record, now }) => {
    check(await store.countExpired(now), 0, "countExpired of an empty store answers 0");
    for (let ended = 0; ended < 3; ended += 1) await given(store, record(), now);
    await given(store, record({ expiresAt: now + HOUR + 1 }), now);
    check(await store.countExpired(now + HOUR - 1), 0, "countExpired answers 0 while every record is live");
    check(await store.countExpired(now + HOUR), 3, "countExpired counts records with expiresAt <= now");
  }),
  count("count: removes nothing", async (store, { record, now }) => {
    const ended = await given(store, record(), now);
    const alive = await given(store, record({ expiresAt: now + 2 * HOUR }), now);
    await store.countExpired(now + HOUR);
    await checkStored(store, alive, now + HOUR, "countExpired leaves live records alone");
    check(await store.delete(ended.id), true, "countExpired leaves expired records where they are");
  }),
  count("count: agrees with the sweep", async (store, { record, now }) => {
    for (let ended = 0; ended < 5; ended += 1) await given(store, record(), now);
    const counts = [await store.countExpired(now + HOUR)];
    await store.deleteExpired(now + HOUR, 2);
    counts.push(await store.countExpired(now + HOUR));
    await store.deleteExpired(now + HOUR, 100);
    await given(store, record({ expiresAt: now + 2 * HOUR }), now);
    counts.push(await store.countExpired(now + HOUR));
    check(counts, [5, 3, 0], "countExpired answers how many records are left for deleteExpired, whatever its limit");
  }),
];

function count(name: string, run: (store: CountableStore, context: StoreCaseContext) => Promise<void>): StoreCase {
  return {
    name,
    power: "countable",
    run(store, context) {
      if (!isCountable(store)) throw new TypeError(`${name} needs a store with countExpired`);
      return run(store, context);
    },
  };
}
