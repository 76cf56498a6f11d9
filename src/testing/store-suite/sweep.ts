import type { Instant, SessionRecord, SessionStore, SweepableStore } from "../../core/store.ts";
import { isSweepable } from "../../core/store.ts";
import type { StoreCase, StoreCaseContext } from "./case.ts";
import { HOUR } from "./case.ts";
import { check, checkStored, checkThat, given } from "./check.ts";
import { interleavings } from "./interleave.ts";

export const sweepCases: readonly StoreCase[] = [
  sweep("sweep: removes the expired and only them", async (store, { record, now }) => {
    const expired = await many(store, record, now, 3);
    const alive = await given(store, record({ expiresAt: now + HOUR + 1 }), now);
    check(
      await store.deleteExpired(now + HOUR, 100),
      3,
      "deleteExpired removes records with expiresAt <= now and answers how many",
    );
    await checkStored(store, alive, now + HOUR, "deleteExpired leaves live records alone");
    for (const { id } of expired) {
      check(await store.delete(id), false, "a swept record is gone, so delete answers false");
    }
  }),
  sweep("sweep: finds nothing to do", async (store, { record, now }) => {
    check(await store.deleteExpired(now, 100), 0, "deleteExpired on an empty store answers 0");
    const alive = await given(store, record(), now);
    check(await store.deleteExpired(alive.expiresAt - 1, 100), 0, "deleteExpired answers 0 while every record is live");
    await checkStored(store, alive, now, "deleteExpired leaves live records alone");
  }),
  sweep("sweep: honours the limit", async (store, { record, now }) => {
    await many(store, record, now, 5);
    const batches = [];
    for (let batch = 0; batch < 4; batch += 1) batches.push(await store.deleteExpired(now + HOUR, 2));
    check(batches, [2, 2, 1, 0], "deleteExpired removes at most limit records a call, and the rest in later calls");
  }),
  sweep("sweep: goes by the expiry of today", async (store, { record, revise, now }) => {
    const touched = await given(store, record(), now);
    await store.touch(touched.id, touched.revision, now + 2 * HOUR, now);
    const shortened = await given(store, record(), now);
    await store.update(revise(shortened, { expiresAt: now + 1000 }), shortened.revision, now);
    check(
      await store.deleteExpired(now + HOUR - 1, 100),
      1,
      "deleteExpired takes a record whose expiry an update shortened",
    );
    check(
      await store.deleteExpired(now + HOUR, 100),
      0,
      "deleteExpired leaves a record whose expiry a touch moved forward",
    );
    check(
      (await store.read(touched.id, now + HOUR))?.id,
      touched.id,
      "a touched record outlives its first expiry, sweep or no sweep",
    );
  }),
  sweep("sweep: frees the ids", async (store, { record, now }) => {
    const [expired] = await many(store, record, now, 1);
    await store.deleteExpired(now + HOUR, 100);
    check(await store.create(record({ id: expired?.id ?? "" }), now), true, "a swept record's id is free again");
  }),
  sweep("sweep: two at once add up", async (store, { record, now }) => {
    const expired = await many(store, record, now, 20);
    const counts = await Promise.all([store.deleteExpired(now + HOUR, 15), store.deleteExpired(now + HOUR, 15)]);
    checkThat(Math.max(...counts) <= 15, "each of two sweeps at once honours its limit of 15", counts);
    let left = 0;
    for (const { id } of expired) left += (await store.delete(id)) ? 1 : 0;
    check(
      counts[0] + counts[1] + left,
      20,
      "two sweeps at once count each record they removed exactly once, between them",
    );
  }),
  sweep(
    "sweep: against a renewal takes nothing that was renewed",
    async (store, { record, now }) => {
      for (const together of interleavings) {
        // A node whose clock is a millisecond behind still sees the record alive.
        const { id, revision, expiresAt } = await given(store, record(), now);
        const [renewed] = await together(
          () => store.touch(id, revision, expiresAt + HOUR, expiresAt - 1),
          () => store.deleteExpired(expiresAt, 100),
        );
        const found = await store.read(id, expiresAt);
        check(
          found !== undefined,
          renewed,
          "a touch that answered true survives a sweep at the same time; one that came too late answers false",
        );
        await store.delete(id);
      }
    },
    true,
  ),
];

function sweep(
  name: string,
  run: (store: SweepableStore, context: StoreCaseContext) => Promise<void>,
  atomic?: true,
): StoreCase {
  return {
    name,
    power: "sweepable",
    ...(atomic && { atomic }),
    run(store, context) {
      if (!isSweepable(store)) throw new TypeError(`${name} needs a store with deleteExpired`);
      return run(store, context);
    },
  };
}

/** Records that live for an hour. */
async function many(
  store: SessionStore,
  record: StoreCaseContext["record"],
  now: Instant,
  count: number,
): Promise<SessionRecord[]> {
  const records = Array.from({ length: count }, () => record());
  for (const each of records) await given(store, each, now);
  return records;
}
