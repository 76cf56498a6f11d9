import type { SessionRecord, SessionStore } from "../../src/core/store.ts";

/** One promise broken, as a stranger might by mistake, and the case that has to tell. Copied beside the docs' store. */
export interface StrangerFlaw {
  readonly flaw: string;
  readonly caught: string;
  /** `records` is what the honest store works on. */
  breaks(honest: SessionStore, records: Map<string, SessionRecord>): Partial<SessionStore>;
}

export const strangerFlaws: readonly StrangerFlaw[] = [
  {
    flaw: "read returns the expired",
    caught: "read: an expired record is undefined",
    breaks: (_, records) => ({ read: async (id) => (records.has(id) ? { ...record(records, id) } : undefined) }),
  },
  {
    flaw: "read asks the clock on the wall",
    caught: "read: goes by the caller's clock, whatever the real time",
    breaks: (honest) => ({ read: (id) => honest.read(id, Date.now()) }),
  },
  {
    flaw: "read hands out a live reference",
    caught: "read: returns a copy",
    breaks: (honest, records) => ({ read: async (id, now) => (await honest.read(id, now)) && records.get(id) }),
  },
  {
    flaw: "create keeps a live reference",
    caught: "create and update: keep a copy of what they are given",
    breaks: (_, records) => ({
      create: async (given) => !records.has(given.id) && records.set(given.id, given) === records,
    }),
  },
  {
    flaw: "create overwrites",
    caught: "create: never overwrites",
    breaks: (_, records) => ({ create: async (given) => records.set(given.id, { ...given }) === records }),
  },
  {
    flaw: "create is always true",
    caught: "create: true once, then false",
    breaks: (honest) => ({ create: async (given, now) => (await honest.create(given, now)) || true }),
  },
  {
    flaw: "create looks, waits and writes",
    caught: "create: ten at once, exactly one wins",
    breaks: (_, records) => ({
      async create(given) {
        if (records.has(given.id)) return false;
        await Promise.resolve();
        records.set(given.id, { ...given });
        return true;
      },
    }),
  },
  {
    flaw: "update creates",
    caught: "update: never creates",
    breaks: (honest, records) => ({
      update: async (given, expected, now) =>
        records.has(given.id) ? honest.update(given, expected, now) : honest.create(given, now),
    }),
  },
  {
    flaw: "update ignores the revision",
    caught: "update: refuses another revision and changes nothing",
    breaks: (honest, records) => ({
      update: async (given, expected, now) => honest.update(given, records.get(given.id)?.revision ?? expected, now),
    }),
  },
  {
    flaw: "update revives the expired",
    caught: "update: refuses an expired record",
    breaks: (honest) => ({ update: (given, expected) => honest.update(given, expected, 0) }),
  },
  {
    flaw: "update replaces createdAt",
    caught: "update: keeps createdAt",
    breaks: (honest, records) => ({
      update: async (given, expected, now) =>
        (await honest.update(given, expected, now)) && records.set(given.id, { ...given }) === records,
    }),
  },
  {
    flaw: "update forgets whose session it is",
    caught: "update: sets, changes and clears userId",
    breaks: (honest) => ({
      update: (given, expected, now) => honest.update({ ...given, userId: undefined }, expected, now),
    }),
  },
  {
    flaw: "touch creates",
    caught: "touch: never creates",
    breaks: (honest) => ({
      touch: async (id, expected, expiresAt, now) => (await honest.touch(id, expected, expiresAt, now)) || true,
    }),
  },
  {
    flaw: "touch moves the end backward",
    caught: "touch: never moves expiresAt backward",
    breaks: (honest, records) => ({
      touch: async (id, expected, expiresAt, now) =>
        (await honest.touch(id, expected, expiresAt, now)) &&
        records.set(id, { ...record(records, id), expiresAt }) === records,
    }),
  },
  {
    flaw: "touch revives the expired",
    caught: "touch: never brings back a deleted or expired record",
    breaks: (honest) => ({ touch: (id, expected, expiresAt) => honest.touch(id, expected, expiresAt, 0) }),
  },
  {
    flaw: "touch is a write of its own, with a new revision",
    caught: "touch: keeps payload and revision",
    breaks: (honest, records) => ({
      touch: async (id, expected, expiresAt, now) =>
        (await honest.touch(id, expected, expiresAt, now)) &&
        records.set(id, { ...record(records, id), revision: `touched-${expiresAt}` }) === records,
    }),
  },
  {
    flaw: "delete is always true",
    caught: "delete: true, then false",
    breaks: (honest) => ({ delete: async (id) => (await honest.delete(id)) || true }),
  },
  {
    flaw: "delete only marks, and forgets to look at the mark",
    caught: "delete: the record is gone",
    breaks: (_, records) => ({ delete: async (id) => records.has(id) }),
  },
];

function record(records: Map<string, SessionRecord>, id: string): SessionRecord {
  const found = records.get(id);
  if (found === undefined) throw new Error(`No record has the id ${id}`);
  return found;
}
