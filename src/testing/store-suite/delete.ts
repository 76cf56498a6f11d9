import type { StoreCase } from "./case.ts";
import { check, checkGone, checkStored, given } from "./check.ts";

export const deleteCases: readonly StoreCase[] = [
  {
    name: "delete: true, then false",
    async run(store, { record, now }) {
      const { id } = await given(store, record(), now);
      check(await store.delete(id), true, "delete of an existing record answers true: this call removed it");
      check(await store.delete(id), false, "delete of a deleted record answers false, and throws nothing");
    },
  },
  {
    name: "delete: a missing record is false",
    async run(store, { record }) {
      check(await store.delete(record().id), false, "delete of what never was answers false, and throws nothing");
    },
  },
  {
    name: "delete: the record is gone",
    async run(store, { record, now }) {
      const { id } = await given(store, record(), now);
      await store.delete(id);
      await checkGone(store, id, now, "read after delete answers undefined");
      check(
        await store.read(id, now, { fresh: true }),
        undefined,
        "read after delete answers undefined, also when asked for a fresh one",
      );
    },
  },
  {
    name: "delete: removes an expired record, too",
    async run(store, { record, now }) {
      const { id, expiresAt } = await given(store, record(), now);
      await store.read(id, expiresAt + 1);
      check(await store.delete(id), true, "an expired record is still there to be deleted, and delete answers true");
      check(await store.create(record({ id }), now), true, "delete frees the id of an expired record");
    },
  },
  {
    name: "delete: leaves other records alone",
    async run(store, { record, now }) {
      const neighbour = await given(store, record(), now);
      await given(store, record({ id: `${neighbour.id}0` }), now);
      await store.delete(`${neighbour.id}0`);
      await checkStored(store, neighbour, now, "delete removes only the record it names");
    },
  },
];
