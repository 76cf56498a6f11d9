import type { SessionRecord } from "../../src/core/store.ts";
import type { Flaw } from "./flaw.ts";

const MONTH = 30 * 24 * 3_600_000;

export const readFlaws: readonly Flaw[] = [
  {
    flaw: "read throws on a missing record",
    cases: ["read: a missing record is undefined"],
    breaks: (honest) => ({
      async read(id, now) {
        const found = await honest.read(id, now);
        if (found === undefined) throw new Error("not found");
        return found;
      },
    }),
  },
  {
    flaw: "the user is not kept",
    cases: ["read: gives back every field that was created"],
    breaks: (honest) => ({ create: ({ userId: _, ...record }, now) => honest.create(record, now) }),
  },
  {
    flaw: "nobody is null",
    cases: ["read: gives back every field that was created"],
    breaks: (honest) => ({
      async read(id, now) {
        const found = await honest.read(id, now);
        return found && ({ ...found, userId: found.userId ?? null } as SessionRecord);
      },
    }),
  },
  {
    flaw: "read returns the expired",
    cases: ["read: an expired record is undefined", "create: a record past its deadline is never seen"],
    breaks: (honest) => ({ read: async (id) => honest.records.get(id) }),
  },
  {
    flaw: "read returns the expired when asked for a fresh record",
    cases: ["read: an expired record is undefined"],
    breaks: (honest) => ({
      read: async (id, now, options) => (options?.fresh ? honest.records.get(id) : honest.read(id, now)),
    }),
  },
  {
    flaw: "a record lives through expiresAt",
    cases: ["read: at expiresAt the record is dead, a millisecond earlier alive"],
    breaks: (honest) => ({ read: (id, now) => honest.read(id, now - 1) }),
  },
  {
    flaw: "expiry is rounded up to seconds",
    cases: ["read: at expiresAt the record is dead, a millisecond earlier alive"],
    breaks: (honest) => ({ read: (id, now) => honest.read(id, now - 999) }),
  },
  {
    flaw: "the store asks its own clock",
    cases: ["read: goes by the caller's clock, whatever the real time"],
    breaks: (honest) => ({ read: (id) => honest.read(id, Date.now()) }),
  },
  {
    flaw: "lifetimes end at thirty days",
    cases: ["read: keeps an expiry ten years off exactly"],
    breaks: (honest) => ({
      create: (record, now) => honest.create({ ...record, expiresAt: Math.min(record.expiresAt, now + MONTH) }, now),
    }),
  },
  {
    flaw: "fresh is answered from a cache",
    cases: ["read: fresh sees what was just written"],
    breaks: (honest) => {
      const cache = new Map<string, SessionRecord>();
      return {
        async read(id, now) {
          const found = cache.get(id) ?? (await honest.read(id, now));
          if (found !== undefined) cache.set(id, found);
          return found;
        },
      };
    },
  },
  {
    flaw: "read renews",
    cases: ["read: writes nothing"],
    breaks: (honest) => ({
      async read(id, now) {
        const found = await honest.read(id, now);
        if (found) await honest.touch(id, found.revision, now + MONTH, now);
        return found;
      },
    }),
  },
  {
    flaw: "read removes the expired",
    cases: ["read: writes nothing", "delete: removes an expired record, too", "list: shows live and expired alike"],
    breaks: (honest) => ({
      async read(id, now) {
        const found = await honest.read(id, now);
        if (found === undefined) await honest.delete(id);
        return found;
      },
    }),
  },
  {
    flaw: "read returns a live reference",
    cases: ["read: returns a copy"],
    breaks: (honest) => ({ read: async (id, now) => honest.live(id, now) }),
  },
  {
    flaw: "create keeps the object it was given",
    cases: ["create and update: keep a copy of what they are given"],
    breaks: (honest) => ({
      async create(record) {
        if (honest.records.has(record.id)) return false;
        honest.records.set(record.id, record);
        return true;
      },
    }),
  },
  {
    flaw: "update keeps the object it was given",
    cases: ["create and update: keep a copy of what they are given"],
    breaks: (honest) => ({
      async update(record, expected, now) {
        const updated = await honest.update(record, expected, now);
        if (updated) honest.records.set(record.id, record);
        return updated;
      },
    }),
  },
];
