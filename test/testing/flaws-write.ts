import type { SessionRecord } from "../../src/core/store.ts";
import { changing, type Flaw, gap } from "./flaw.ts";

export const writeFlaws: readonly Flaw[] = [
  {
    flaw: "create is always true",
    cases: ["create: true once, then false"],
    breaks: (honest) => ({ create: async (record, now) => (await honest.create(record, now)) || true }),
  },
  {
    flaw: "create overwrites",
    cases: ["create: never overwrites"],
    breaks: (honest) => ({
      async create(record) {
        honest.records.set(record.id, { ...record });
        return true;
      },
    }),
  },
  {
    flaw: "create overwrites and owns up to it",
    cases: ["create: never overwrites", "user index: a refused update moves nothing"],
    breaks: (honest) => ({
      async create(record) {
        const taken = honest.records.has(record.id);
        honest.records.set(record.id, { ...record });
        return !taken;
      },
    }),
  },
  {
    flaw: "create replaces an expired record",
    cases: ["create: an expired record still holds its id"],
    breaks: (honest) => ({
      async create(record, now) {
        if (honest.live(record.id, now) === undefined) honest.records.delete(record.id);
        return honest.create(record, now);
      },
    }),
  },
  {
    flaw: "a lifetime below zero is for ever",
    cases: ["create: a record past its deadline is never seen", "update: with a past expiry ends the record"],
    breaks: (honest) => ({
      create: (record, now) =>
        honest.create({ ...record, expiresAt: record.expiresAt > now ? record.expiresAt : 9e15 }, now),
      update: (record, expected, now) =>
        honest.update({ ...record, expiresAt: record.expiresAt > now ? record.expiresAt : 9e15 }, expected, now),
    }),
  },
  {
    flaw: "a tombstone holds the id",
    cases: ["create: the id is free again after delete"],
    breaks: (honest) => {
      const tombstones = new Set<string>();
      return {
        create: async (record, now) => !tombstones.has(record.id) && honest.create(record, now),
        async delete(id) {
          tombstones.add(id);
          return honest.delete(id);
        },
      };
    },
  },
  {
    flaw: "create checks, waits and writes",
    cases: ["create: ten at once, exactly one wins"],
    breaks: (honest) => ({
      async create(record) {
        if (honest.records.has(record.id)) return false;
        await gap();
        honest.records.set(record.id, { ...record });
        return true;
      },
    }),
  },
  {
    flaw: "of ten creates the last is kept",
    cases: ["create: ten at once, exactly one wins"],
    breaks: (honest) => ({
      async create(record, now) {
        const created = await honest.create(record, now);
        honest.records.set(record.id, { ...record });
        return created;
      },
    }),
  },
  {
    flaw: "the secret hash stays what it was",
    cases: ["update: replaces everything at the expected revision"],
    breaks: (honest) => ({
      async update(record, expected, now) {
        const { secretHash = "" } = honest.records.get(record.id) ?? {};
        return honest.update({ ...record, secretHash }, expected, now);
      },
    }),
  },
  {
    flaw: "update moves createdAt",
    cases: ["update: keeps createdAt"],
    breaks: (honest) => ({
      async update(record, expected, now) {
        const updated = await honest.update(record, expected, now);
        if (updated) honest.records.set(record.id, { ...record });
        return updated;
      },
    }),
  },
  {
    flaw: "update asks for the revision alone",
    cases: ["update: leaves other records alone"],
    breaks: (honest) => ({
      async update(record, expected, now) {
        for (const other of honest.sorted(({ revision }) => revision === expected)) {
          honest.records.set(other.id, { ...other, payload: record.payload });
        }
        return honest.update(record, expected, now);
      },
    }),
  },
  {
    flaw: "update ignores the revision",
    cases: [
      "update: refuses another revision and changes nothing",
      "update: ten at once on one revision, exactly one wins",
    ],
    breaks: (honest) => ({
      async update(record, _expected, now) {
        const current = honest.live(record.id, now);
        return current !== undefined && honest.update(record, current.revision, now);
      },
    }),
  },
  {
    flaw: "update creates",
    cases: [
      "update: never creates",
      "update: never brings back a deleted record",
      "race: delete against update never revives",
      "user index: deleting a user's records against an update never revives",
    ],
    breaks: (honest) => ({
      async update(record, expected, now) {
        if (await honest.update(record, expected, now)) return true;
        return honest.create(record, now);
      },
    }),
  },
  {
    flaw: "update brings back the expired",
    cases: ["update: refuses an expired record"],
    breaks: (honest) => ({ update: (record, expected) => honest.update(record, expected, 0) }),
  },
  {
    flaw: "update lets a record live through expiresAt",
    cases: ["update: refuses an expired record"],
    breaks: (honest) => ({ update: (record, expected, now) => honest.update(record, expected, now - 1) }),
  },
  {
    flaw: "update only lengthens",
    cases: ["update: can shorten the expiry", "update: with a past expiry ends the record"],
    breaks: (honest) => ({
      async update(record, expected, now) {
        const expiresAt = Math.max(record.expiresAt, honest.records.get(record.id)?.expiresAt ?? 0);
        return honest.update({ ...record, expiresAt }, expected, now);
      },
    }),
  },
  {
    flaw: "a cleared user stays",
    cases: ["update: sets, changes and clears userId", "user index: follows a change of user"],
    breaks: (honest) => ({
      async update(record, expected, now) {
        const userId = record.userId ?? honest.records.get(record.id)?.userId;
        return honest.update({ ...record, userId }, expected, now);
      },
    }),
  },
  {
    flaw: "a user that is absent, not undefined, stays",
    cases: ["update: sets, changes and clears userId"],
    breaks: (honest) => ({
      async update(record, expected, now) {
        const { userId } = honest.records.get(record.id) ?? {};
        return honest.update({ userId, ...record }, expected, now);
      },
    }),
  },
  {
    flaw: "update checks, waits and writes",
    cases: [
      "update: ten at once on one revision, exactly one wins",
      "race: delete against update never revives",
      "user index: deleting a user's records against an update never revives",
    ],
    breaks: (honest) => ({
      async update(record, expected, now) {
        const current: SessionRecord | undefined = honest.live(record.id, now);
        if (current?.revision !== expected) return false;
        await gap();
        honest.records.set(record.id, { ...record, createdAt: current.createdAt });
        return true;
      },
    }),
  },
  {
    flaw: "all is written as it was at first",
    cases: ["update: replaces everything at the expected revision", "read: fresh sees what was just written"],
    breaks: changing((record) => ({ ...record, payload: "{}" })),
  },
];
