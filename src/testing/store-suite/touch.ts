import type { StoreCase } from "./case.ts";
import { HOUR } from "./case.ts";
import { check, checkGone, checkStored, given } from "./check.ts";

export const touchCases: readonly StoreCase[] = [
  {
    name: "touch: moves expiresAt forward and renewedAt to now",
    async run(store, { record, now }) {
      const created = await given(store, record(), now);
      const later = now + 1000;
      check(
        await store.touch(created.id, created.revision, later + HOUR, later),
        true,
        "touch of a live record answers true",
      );
      const expected = { ...created, renewedAt: later, expiresAt: later + HOUR };
      await checkStored(
        store,
        expected,
        created.expiresAt,
        "touch moves expiresAt to the later instant and renewedAt to now, nothing else",
      );
      await checkGone(store, created.id, later + HOUR, "a touched record dies at its new expiresAt");
    },
  },
  {
    name: "touch: never moves expiresAt backward",
    async run(store, { record, now }) {
      const created = await given(store, record(), now);
      check(
        await store.touch(created.id, created.revision, created.expiresAt - 1, now + 1000),
        true,
        "touch of a live record answers true, also when nothing moves",
      );
      const found = await store.read(created.id, now);
      check(found?.expiresAt, created.expiresAt, "touch moves expiresAt forward only");
    },
  },
  {
    name: "touch: moves renewedAt only together with expiresAt",
    async run(store, { record, now }) {
      const created = await given(store, record(), now);
      for (const expiresAt of [created.expiresAt - 1, created.expiresAt]) {
        check(
          await store.touch(created.id, created.revision, expiresAt, now + 1000),
          true,
          "touch of a live record answers true, also when nothing moves",
        );
        const found = await store.read(created.id, now);
        check(
          found?.renewedAt,
          created.renewedAt,
          "renewedAt is when expiresAt was last moved, so it stays when expiresAt stays",
        );
      }
    },
  },
  {
    name: "touch: keeps payload and revision",
    async run(store, { record, revise, now }) {
      const created = await given(store, record({ userId: "ada" }), now);
      await store.touch(created.id, created.revision, created.expiresAt + 1, now + 1);
      const touched = { ...created, renewedAt: now + 1, expiresAt: created.expiresAt + 1 };
      await checkStored(store, touched, now, "touch keeps payload, revision, secretHash, createdAt and userId");
      check(
        await store.update(revise(touched), created.revision, now + 1),
        true,
        "a touch in between does not make an update stale",
      );
    },
  },
  {
    name: "touch: refuses another revision, and changes nothing",
    async run(store, { record, revise, now }) {
      const created = await given(store, record(), now);
      const next = revise(created);
      check(await store.update(next, created.revision, now), true, "an update at the right revision answers true");
      check(
        await store.touch(created.id, created.revision, created.expiresAt + HOUR, now + 1),
        false,
        "touch of a record that was written meanwhile answers false: its caller would send an outdated cookie",
      );
      await checkStored(store, { ...next, createdAt: created.createdAt }, now, "a refused touch changes nothing");
    },
  },
  {
    name: "touch: never creates",
    async run(store, { record, now }) {
      const missing = record();
      check(
        await store.touch(missing.id, missing.revision, missing.expiresAt, now),
        false,
        "touch of a missing record answers false",
      );
      await checkGone(store, missing.id, now, "touch never creates: the record is still missing");
      check(await store.create(missing, now), true, "a refused touch leaves nothing behind, so the id is free");
    },
  },
  {
    name: "touch: never brings back a deleted or expired record",
    async run(store, { record, now }) {
      const expired = await given(store, record(), now);
      for (const later of [expired.expiresAt, expired.expiresAt + 1]) {
        check(
          await store.touch(expired.id, expired.revision, later + HOUR, later),
          false,
          "touch of an expired record answers false, from expiresAt on",
        );
        await checkGone(store, expired.id, later, "expired stays expired: touch never brings a record back");
      }
      await checkStored(store, expired, now, "a refused touch changes nothing");

      await store.delete(expired.id);
      check(
        await store.touch(expired.id, expired.revision, now + 2 * HOUR, now),
        false,
        "touch of a deleted record answers false",
      );
      await checkGone(store, expired.id, now, "deleted stays deleted: touch never creates");
    },
  },
  {
    name: "touch: leaves other records alone",
    async run(store, { record, now }) {
      const target = await given(store, record(), now);
      const neighbour = await given(store, record(), now);
      await store.touch(target.id, target.revision, target.expiresAt + 1, now);
      await checkStored(store, neighbour, now, "touch moves only the record it names");
    },
  },
  {
    name: "touch: ten at once end at the latest expiry",
    atomic: true,
    async run(store, { record, now }) {
      const created = await given(store, record(), now);
      const steps = [3, 9, 1, 7, 10, 2, 8, 4, 6, 5];
      const answers = await Promise.all(
        steps.map((step) => store.touch(created.id, created.revision, created.expiresAt + step, now + 1)),
      );
      check(
        answers,
        steps.map(() => true),
        "every touch of a live record answers true",
      );
      const expected = { ...created, renewedAt: now + 1, expiresAt: created.expiresAt + 10 };
      await checkStored(store, expected, now, "touches at once never move one another backward");
    },
  },
];
