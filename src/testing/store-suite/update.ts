import type { StoreCase } from "./case.ts";
import { HOUR } from "./case.ts";
import { check, checkGone, checkStored, given, winners } from "./check.ts";

export const updateCases: readonly StoreCase[] = [
  {
    name: "update: replaces everything at the expected revision",
    async run(store, { record, revise, now }) {
      const created = await given(store, record(), now);
      const later = now + 1000;
      const updated = revise(created, { renewedAt: later, expiresAt: later + HOUR, userId: "ada" });
      check(
        await store.update(updated, created.revision, later),
        true,
        "update of a live record at the stored revision answers true",
      );
      await checkStored(
        store,
        updated,
        later,
        "update replaces payload, revision, secretHash, renewedAt, expiresAt and userId",
      );
    },
  },
  {
    name: "update: keeps createdAt",
    async run(store, { record, revise, now }) {
      const created = await given(store, record(), now);
      const updated = revise(created, { createdAt: now + 5000 });
      await store.update(updated, created.revision, now);
      const expected = { ...updated, createdAt: created.createdAt };
      await checkStored(
        store,
        expected,
        now,
        "update replaces everything but createdAt, whatever the record handed in says",
      );
    },
  },
  {
    name: "update: leaves other records alone",
    async run(store, { record, revise, now }) {
      const revision = "shared-revision";
      const target = await given(store, record({ revision }), now);
      const neighbour = await given(store, record({ revision }), now);
      await store.update(revise(target), revision, now);
      await checkStored(
        store,
        neighbour,
        now,
        "update touches only the record it names, also beside another at the same revision",
      );
    },
  },
  {
    name: "update: refuses another revision and changes nothing",
    async run(store, { record, revise, now }) {
      const created = await given(store, record(), now);
      const updated = revise(created);
      check(
        await store.update(updated, "never-written", now),
        false,
        "update at a revision that is not the stored one answers false",
      );
      await checkStored(store, created, now, "a refused update changes nothing");

      await store.update(updated, created.revision, now);
      check(
        await store.update(revise(created), created.revision, now),
        false,
        "update at the revision before the stored one answers false",
      );
      await checkStored(store, updated, now, "a stale update never overwrites what was written in between");
    },
  },
  {
    name: "update: never creates",
    async run(store, { record, revise, now }) {
      const missing = record();
      check(
        await store.update(revise(missing), missing.revision, now),
        false,
        "update of a missing record answers false",
      );
      await checkGone(store, missing.id, now, "update never creates: the record is still missing");
      check(await store.create(missing, now), true, "a refused update leaves nothing behind, so the id is free");
    },
  },
  {
    name: "update: never brings back a deleted record",
    async run(store, { record, revise, now }) {
      const created = await given(store, record(), now);
      await store.delete(created.id);
      check(
        await store.update(revise(created), created.revision, now),
        false,
        "update of a deleted record answers false",
      );
      await checkGone(store, created.id, now, "deleted stays deleted: update never creates");
    },
  },
  {
    name: "update: refuses an expired record",
    async run(store, { record, revise, now }) {
      const created = await given(store, record(), now);
      for (const later of [created.expiresAt, created.expiresAt + 1]) {
        const revival = revise(created, { renewedAt: later, expiresAt: later + HOUR });
        check(
          await store.update(revival, created.revision, later),
          false,
          "update of an expired record answers false, from expiresAt on",
        );
        await checkGone(store, created.id, later, "expired stays expired: update never brings a record back");
      }
      await checkStored(store, created, now, "a refused update changes nothing");
    },
  },
  {
    name: "update: can shorten the expiry",
    async run(store, { record, revise, now }) {
      const created = await given(store, record(), now);
      const shorter = revise(created, { expiresAt: now + 1000 });
      await store.update(shorter, created.revision, now);
      await checkStored(store, shorter, now + 999, "update sets expiresAt as given, also to an earlier instant");
      await checkGone(store, created.id, now + 1000, "update sets expiresAt as given, also to an earlier instant");
    },
  },
  {
    name: "update: with a past expiry ends the record",
    async run(store, { record, revise, now }) {
      const created = await given(store, record(), now);
      const ended = revise(created, { expiresAt: now - 1 });
      check(
        await store.update(ended, created.revision, now),
        true,
        "update of a live record answers true, also when it ends it",
      );
      await checkGone(store, created.id, now, "an update to a past expiresAt ends the record");
    },
  },
  {
    name: "update: sets, changes and clears userId",
    async run(store, { record, revise, now }) {
      let current = await given(store, record(), now);
      for (const userId of ["ada", "grace", undefined]) {
        const next = revise(current, { userId });
        check(await store.update(next, current.revision, now), true, "update at the stored revision answers true");
        await checkStored(store, next, now, "update sets userId as given; undefined clears it");
        current = next;
      }
      const { userId: _, ...absent } = revise(await given(store, record({ userId: "ada" }), now));
      const stored = await store.read(absent.id, now);
      await store.update(absent, stored?.revision ?? "", now);
      await checkStored(store, absent, now, "a record handed to update without userId clears it, too");
    },
  },
  {
    name: "update: ten at once on one revision, exactly one wins",
    atomic: true,
    async run(store, { record, revise, now }) {
      const created = await given(store, record(), now);
      const rivals = Array.from({ length: 10 }, () => revise(created));
      const won = winners(await Promise.all(rivals.map((rival) => store.update(rival, created.revision, now))));
      check(won.length, 1, "of ten updates at once on one revision exactly one answers true");
      for (const rival of rivals.filter((_, index) => won.includes(index))) {
        await checkStored(store, rival, now, "the record of the update that answered true is the one that is kept");
      }
    },
  },
];
