import type { SessionRecord } from "../../src/core/store.ts";
import { type Flaw, gap } from "./flaw.ts";
import type { ReferenceStore } from "./reference-store.ts";

function rewrite(store: ReferenceStore, id: string, fields: Partial<SessionRecord>): void {
  const current = store.records.get(id);
  if (current !== undefined) store.records.set(id, { ...current, ...fields });
}

export const touchFlaws: readonly Flaw[] = [
  {
    flaw: "touch leaves renewedAt",
    cases: ["touch: moves expiresAt forward and renewedAt to now"],
    breaks: (honest) => ({
      async touch(id, expected, expiresAt, now) {
        const { renewedAt = now } = honest.records.get(id) ?? {};
        return honest.touch(id, expected, expiresAt, renewedAt);
      },
    }),
  },
  {
    flaw: "touch moves backward",
    cases: ["touch: never moves expiresAt backward", "touch: ten at once end at the latest expiry"],
    breaks: (honest) => ({
      async touch(id, expected, expiresAt, now) {
        if (honest.live(id, now)?.revision !== expected) return false;
        rewrite(honest, id, { expiresAt, renewedAt: now });
        return true;
      },
    }),
  },
  {
    flaw: "touch that moves nothing is false",
    cases: ["touch: never moves expiresAt backward", "touch: moves renewedAt only together with expiresAt"],
    breaks: (honest) => ({
      async touch(id, expected, expiresAt, now) {
        return (honest.live(id, now)?.expiresAt ?? expiresAt) < expiresAt && honest.touch(id, expected, expiresAt, now);
      },
    }),
  },
  {
    flaw: "touch always moves renewedAt",
    cases: ["touch: moves renewedAt only together with expiresAt"],
    breaks: (honest) => ({
      async touch(id, expected, expiresAt, now) {
        const touched = await honest.touch(id, expected, expiresAt, now);
        if (touched) rewrite(honest, id, { renewedAt: now });
        return touched;
      },
    }),
  },
  {
    flaw: "touch changes the revision",
    cases: ["touch: keeps payload and revision", "race: touch against update keeps the update's payload"],
    breaks: (honest) => ({
      async touch(id, expected, expiresAt, now) {
        const touched = await honest.touch(id, expected, expiresAt, now);
        if (touched) rewrite(honest, id, { revision: "touched" });
        return touched;
      },
    }),
  },
  {
    flaw: "touch ignores the revision",
    cases: ["touch: refuses another revision, and changes nothing"],
    breaks: (honest) => ({
      async touch(id, _, expiresAt, now) {
        return honest.touch(id, honest.records.get(id)?.revision ?? "", expiresAt, now);
      },
    }),
  },
  {
    flaw: "touch creates",
    cases: [
      "touch: never creates",
      "touch: never brings back a deleted or expired record",
      "race: delete against touch never revives",
    ],
    breaks: (honest) => ({
      async touch(id, expected, expiresAt, now) {
        const fields = { secretHash: "", payload: "", revision: "", createdAt: now, renewedAt: now };
        if (!honest.records.has(id)) honest.records.set(id, { id, expiresAt, ...fields });
        return honest.touch(id, expected, expiresAt, now);
      },
    }),
  },
  {
    flaw: "touch brings back the expired",
    cases: ["touch: never brings back a deleted or expired record"],
    breaks: (honest) => ({ touch: (id, expected, expiresAt) => honest.touch(id, expected, expiresAt, 0) }),
  },
  {
    flaw: "touch reaches all records",
    cases: ["touch: leaves other records alone"],
    breaks: (honest) => ({
      async touch(id, expected, expiresAt, now) {
        for (const other of honest.records.values()) await honest.touch(other.id, other.revision, expiresAt, now);
        return honest.touch(id, expected, expiresAt, now);
      },
    }),
  },
  {
    flaw: "touch checks the expiry, waits and writes it",
    cases: ["touch: ten at once end at the latest expiry"],
    breaks: (honest) => ({
      async touch(id, expected, expiresAt, now) {
        const current = honest.live(id, now);
        if (current?.revision !== expected) return false;
        await gap();
        if (current.expiresAt < expiresAt) rewrite(honest, id, { expiresAt, renewedAt: now });
        return true;
      },
    }),
  },
  {
    flaw: "touch reads the record, waits and writes it back",
    cases: ["race: delete against touch never revives", "race: touch against update keeps the update's payload"],
    breaks: (honest) => ({
      async touch(id, expected, expiresAt, now) {
        const current = honest.live(id, now);
        if (current?.revision !== expected) return false;
        await gap();
        if (current.expiresAt < expiresAt) honest.records.set(id, { ...current, expiresAt, renewedAt: now });
        return true;
      },
    }),
  },
];

export const deleteFlaws: readonly Flaw[] = [
  {
    flaw: "delete is always true",
    cases: [
      "delete: true, then false",
      "delete: a missing record is false",
      "race: delete against delete, exactly one removes",
    ],
    breaks: (honest) => ({ delete: async (id) => (await honest.delete(id)) || true }),
  },
  {
    flaw: "delete leaves the record to be read",
    cases: ["delete: the record is gone"],
    breaks: (honest) => ({ delete: async (id) => honest.records.has(id) }),
  },
  {
    flaw: "delete leaves a copy for fresh reads",
    cases: ["delete: the record is gone"],
    breaks: (honest) => {
      const copies = new Map<string, SessionRecord | undefined>();
      return {
        read: async (id, now, options) => (options?.fresh && copies.get(id)) || honest.read(id, now),
        delete(id) {
          copies.set(id, honest.records.get(id));
          return honest.delete(id);
        },
      };
    },
  },
  {
    flaw: "delete takes the expired for missing",
    cases: ["delete: removes an expired record, too"],
    breaks: (honest) => {
      let last = 0;
      return {
        async read(id, now) {
          last = now;
          return honest.read(id, now);
        },
        delete: async (id) => honest.live(id, last) !== undefined && honest.delete(id),
      };
    },
  },
  {
    flaw: "delete cuts ids at 32 characters",
    cases: ["delete: leaves other records alone"],
    breaks: (honest) => ({ delete: (id) => honest.delete(id.slice(0, 32)) }),
  },
  {
    flaw: "delete checks, waits and removes",
    cases: ["race: delete against delete, exactly one removes"],
    breaks: (honest) => ({
      async delete(id) {
        const found = honest.records.has(id);
        await gap();
        honest.records.delete(id);
        return found;
      },
    }),
  },
];
