import type { StoreCase } from "./case.ts";
import { HOUR } from "./case.ts";
import { check, checkGone, checkStored, given, winners } from "./check.ts";

export const createCases: readonly StoreCase[] = [
  {
    name: "create: true once, then false",
    async run(store, { record, now }) {
      const created = record();
      check(await store.create(created, now), true, "create of an unused id answers true: this call inserted it");
      check(await store.create(created, now), false, "create of a taken id answers false, also with the same record");
    },
  },
  {
    name: "create: never overwrites",
    async run(store, { record, now }) {
      const first = await given(store, record(), now);
      check(await store.create(record({ id: first.id }), now), false, "create of a taken id answers false");
      await checkStored(store, first, now, "create never overwrites: the first record stays as it was");
    },
  },
  {
    name: "create: an expired record still holds its id",
    async run(store, { record, now }) {
      const expired = await given(store, record(), now);
      const later = expired.expiresAt + 1;
      const second = record({ id: expired.id, createdAt: later, renewedAt: later, expiresAt: later + HOUR });
      check(
        await store.create(second, later),
        false,
        "the id is taken by a live or an expired record, until it is deleted",
      );
      await checkGone(store, expired.id, later, "a refused create does not make an expired record live");
    },
  },
  {
    name: "create: a record past its deadline is never seen",
    async run(store, { record, now }) {
      const past = record({ createdAt: now - HOUR, renewedAt: now - HOUR, expiresAt: now });
      // Whether the store keeps it is the store's business.
      await store.create(past, now);
      await checkGone(store, past.id, now, "a record created with expiresAt <= now is not live");
    },
  },
  {
    name: "create: the id is free again after delete",
    async run(store, { record, now }) {
      const first = await given(store, record({ userId: "ada" }), now);
      await store.delete(first.id);
      const second = record({ id: first.id, createdAt: now + 1 });
      check(await store.create(second, now), true, "create after delete answers true: the id is free");
      await checkStored(store, second, now, "nothing of a deleted record is left in the one created after it");
    },
  },
  {
    name: "create: ten at once, exactly one wins",
    atomic: true,
    async run(store, { record, now }) {
      const { id } = record();
      const rivals = Array.from({ length: 10 }, () => record({ id }));
      const won = winners(await Promise.all(rivals.map((rival) => store.create(rival, now))));
      check(won.length, 1, "of ten creates of one id at once exactly one answers true");
      for (const rival of rivals.filter((_, index) => won.includes(index))) {
        await checkStored(store, rival, now, "the record of the create that answered true is the one that is kept");
      }
    },
  },
];
