import type { SessionRecord } from "../../core/store.ts";
import type { StoreCase } from "./case.ts";
import { HOUR } from "./case.ts";
import { check, checkGone, checkRecord, checkStored, given } from "./check.ts";

const scribbles: Partial<SessionRecord> = {
  payload: "scribbled",
  revision: "scribbled",
  expiresAt: 0,
  userId: "mallory",
};

/** `Reflect.set`, because a store may well answer with frozen records. */
function scribbleOn(record: SessionRecord): void {
  for (const [key, value] of Object.entries(scribbles)) Reflect.set(record, key, value);
}

export const readCases: readonly StoreCase[] = [
  {
    name: "read: a missing record is undefined",
    async run(store, { record, now }) {
      await given(store, record(), now);
      await checkGone(
        store,
        record().id,
        now,
        "read of an id that never existed answers undefined, and throws nothing",
      );
    },
  },
  {
    name: "read: gives back every field that was created",
    async run(store, { record, now }) {
      const anonymous = await given(store, record(), now);
      const owned = await given(store, record({ userId: "ada" }), now);
      await checkStored(
        store,
        anonymous,
        now,
        "read gives back what create was given; without a user userId is undefined",
      );
      await checkStored(store, owned, now, "read gives back what create was given, userId included");
    },
  },
  {
    name: "read: an expired record is undefined",
    async run(store, { record, now }) {
      const { id, expiresAt } = await given(store, record(), now);
      await checkGone(
        store,
        id,
        expiresAt + 1,
        "read of an expired record answers undefined, as if it had never existed",
      );
      const fresh = await store.read(id, expiresAt + 1, { fresh: true });
      check(fresh, undefined, "read of an expired record answers undefined, also when asked for a fresh one");
    },
  },
  {
    name: "read: at expiresAt the record is dead, a millisecond earlier alive",
    async run(store, { record, now }) {
      const created = await given(store, record(), now);
      await checkStored(store, created, created.expiresAt - 1, "a record is live while expiresAt > now");
      await checkGone(
        store,
        created.id,
        created.expiresAt,
        "a record is live while expiresAt > now, so no longer at expiresAt",
      );
    },
  },
  {
    name: "read: goes by the caller's clock, whatever the real time",
    async run(store, { record }) {
      for (const now of [Date.UTC(2001, 8, 9), Date.UTC(2099, 11, 31)]) {
        const created = record({ createdAt: now, renewedAt: now, expiresAt: now + HOUR });
        await given(store, created, now);
        await checkStored(
          store,
          created,
          now + HOUR - 1,
          "expiry is judged by the now that is handed in, never the store's clock",
        );
        await checkGone(
          store,
          created.id,
          now + HOUR,
          "expiry is judged by the now that is handed in, never the store's clock",
        );
      }
    },
  },
  {
    name: "read: keeps an expiry ten years off exactly",
    async run(store, { record, now }) {
      const expiresAt = now + 10 * 365 * 24 * HOUR + 1;
      const created = await given(store, record({ expiresAt }), now);
      await checkStored(
        store,
        created,
        expiresAt - 1,
        "instants are milliseconds since the epoch, kept exactly however far off",
      );
    },
  },
  {
    name: "read: fresh sees what was just written",
    async run(store, { record, revise, now }) {
      const created = await given(store, record(), now);
      const fresh = await store.read(created.id, now, { fresh: true });
      checkRecord(fresh, created, "read with fresh answers the created record");

      const updated = revise(created);
      check(await store.update(updated, created.revision, now), true, "update at the stored revision answers true");
      const fresher = await store.read(created.id, now, { fresh: true });
      checkRecord(fresher, updated, "read with fresh answers from the authority: what update just wrote");
    },
  },
  {
    name: "read: writes nothing",
    async run(store, { record, now }) {
      const created = await given(store, record(), now);
      await store.read(created.id, created.expiresAt);
      await store.read(created.id, now + 1);
      await checkStored(
        store,
        created,
        now,
        "read leaves the record as it is, renewedAt and the expired ones included",
      );

      const missing = record();
      await store.read(missing.id, now);
      check(
        await store.create(missing, now),
        true,
        "read of a missing record leaves nothing behind, so its id is free",
      );
    },
  },
  {
    name: "read: returns a copy",
    async run(store, { record, now }) {
      const created = await given(store, record(), now);
      const returned = await store.read(created.id, now);
      if (returned !== undefined) scribbleOn(returned);
      await checkStored(store, created, now, "read returns a copy: changing it changes nothing in the store");
    },
  },
  {
    name: "create and update: keep a copy of what they are given",
    async run(store, { record, revise, now }) {
      const created = record();
      const handedIn = { ...created };
      await given(store, handedIn, now);
      scribbleOn(handedIn);
      await checkStored(
        store,
        created,
        now,
        "create keeps a copy: changing the record handed in changes nothing in the store",
      );

      const updated = revise(created);
      const handedInLater = { ...updated };
      await store.update(handedInLater, created.revision, now);
      scribbleOn(handedInLater);
      await checkStored(
        store,
        updated,
        now,
        "update keeps a copy: changing the record handed in changes nothing in the store",
      );
    },
  },
];
