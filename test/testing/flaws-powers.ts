import type { RecordSummary, SessionRecord } from "../../src/core/store.ts";
import { type Flaw, gap } from "./flaw.ts";
import { summary } from "./reference-store.ts";

export const sweepFlaws: readonly Flaw[] = [
  {
    flaw: "sweep takes the living",
    cases: ["sweep: removes the expired and only them", "sweep: finds nothing to do"],
    breaks: (honest) => ({ deleteExpired: (_, limit) => honest.deleteExpired(Number.POSITIVE_INFINITY, limit) }),
  },
  {
    flaw: "sweep leaves what expires now",
    cases: ["sweep: removes the expired and only them"],
    breaks: (honest) => ({ deleteExpired: (now, limit) => honest.deleteExpired(now - 1, limit) }),
  },
  {
    flaw: "sweep ignores the limit",
    cases: ["sweep: honours the limit"],
    breaks: (honest) => ({ deleteExpired: (now) => honest.deleteExpired(now, Number.POSITIVE_INFINITY) }),
  },
  {
    flaw: "sweep goes by the first expiry",
    cases: ["sweep: goes by the expiry of today"],
    breaks: (honest) => {
      const first = new Map<string, number>();
      return {
        create(record, now) {
          first.set(record.id, record.expiresAt);
          return honest.create(record, now);
        },
        deleteExpired: async (now, limit) => honest.remove(({ id }) => (first.get(id) ?? 0) <= now, limit),
      };
    },
  },
  {
    flaw: "sweep counts and leaves",
    cases: ["sweep: frees the ids", "sweep: removes the expired and only them"],
    breaks: (honest) => ({
      deleteExpired: async (now, limit) => honest.sorted(({ expiresAt }) => expiresAt <= now).slice(0, limit).length,
    }),
  },
  {
    flaw: "sweep counts what it found and not what it removed",
    cases: ["sweep: two at once add up"],
    breaks: (honest) => ({
      async deleteExpired(now, limit) {
        const found = honest.sorted(({ expiresAt }) => expiresAt <= now).slice(0, limit);
        await gap();
        for (const { id } of found) honest.records.delete(id);
        return found.length;
      },
    }),
  },
  {
    flaw: "sweep finds, waits and removes without looking again",
    cases: ["sweep: against a renewal takes nothing that was renewed"],
    breaks: (honest) => ({
      async deleteExpired(now, limit) {
        const found = honest.sorted(({ expiresAt }) => expiresAt <= now).slice(0, limit);
        await gap();
        return found.filter(({ id }) => honest.records.delete(id)).length;
      },
    }),
  },
];

export const countFlaws: readonly Flaw[] = [
  {
    flaw: "counts every record",
    cases: ["count: the expired and only them", "count: agrees with the sweep"],
    breaks: (honest) => ({ countExpired: async () => honest.records.size }),
  },
  {
    flaw: "leaves out what expires now",
    cases: ["count: the expired and only them"],
    breaks: (honest) => ({ countExpired: (now) => honest.countExpired(now - 1) }),
  },
  {
    flaw: "counts by removing",
    cases: ["count: removes nothing"],
    breaks: (honest) => ({ countExpired: (now) => honest.deleteExpired(now, Number.POSITIVE_INFINITY) }),
  },
  {
    flaw: "counts one batch",
    cases: ["count: agrees with the sweep"],
    breaks: (honest) => ({ countExpired: async (now) => Math.min(await honest.countExpired(now), 2) }),
  },
];

export const listFlaws: readonly Flaw[] = [
  {
    flaw: "an empty store has a cursor",
    cases: ["list: an empty store has one empty page"],
    breaks: (honest) => ({
      list: async (cursor, limit) => ({
        cursor: cursor === undefined ? "0" : undefined,
        records: (await honest.list(cursor, limit)).records,
      }),
    }),
  },
  {
    flaw: "each page begins with the last of the one before",
    cases: ["list: pages cover every record exactly once"],
    breaks: (honest) => ({
      async list(cursor, limit) {
        const { records, ...page } = await honest.list(cursor, limit);
        const last = cursor === undefined ? undefined : honest.records.get(cursor);
        return { ...page, records: last === undefined ? records : [summary(last), ...records] };
      },
    }),
  },
  {
    flaw: "the cursor never ends",
    cases: ["list: pages cover every record exactly once"],
    breaks: (honest) => ({ list: async (cursor, limit) => ({ ...(await honest.list(cursor, limit)), cursor: "z" }) }),
  },
  {
    flaw: "a page holds one too many",
    cases: ["list: a page holds at most limit records"],
    breaks: (honest) => ({ list: (cursor, limit) => honest.list(cursor, limit + 1) }),
  },
  {
    flaw: "a page shows the record itself",
    cases: ["list: shows neither payload nor secret hash nor revision"],
    breaks: (honest) => ({ list: async () => ({ records: honest.sorted(() => true), cursor: undefined }) }),
  },
  {
    flaw: "the list shows records as they were created",
    cases: ["list: shows a record as it is now", "list: forgets what was deleted"],
    breaks: (honest) => {
      const created: RecordSummary[] = [];
      return {
        create(record, now) {
          created.push(summary(record));
          return honest.create(record, now);
        },
        list: async () => ({ records: created, cursor: undefined }),
      };
    },
  },
  {
    flaw: "the cursor counts",
    cases: ["list: deleting what a page showed hides nothing on the next"],
    breaks: (honest) => ({
      async list(cursor = "0", limit) {
        const end = Number(cursor) + limit;
        const all = honest.sorted(() => true).map(summary);
        return { records: all.slice(Number(cursor), end), cursor: end < all.length ? String(end) : undefined };
      },
    }),
  },
];

export const userIndexFlaws: readonly Flaw[] = [
  {
    flaw: "the index names everybody",
    cases: ["user index: lists this user's records only"],
    breaks: (honest) => ({ listByUser: async () => honest.sorted(() => true).map(summary) }),
  },
  {
    flaw: "the index names the dead",
    cases: ["user index: lists the living only"],
    breaks: (honest) => ({ listByUser: (userId) => honest.listByUser(userId, 0) }),
  },
  {
    flaw: "the newest come first",
    cases: ["user index: lists the oldest first"],
    breaks: (honest) => ({ listByUser: async (userId, now) => (await honest.listByUser(userId, now)).toReversed() }),
  },
  {
    flaw: "the index shows the record itself",
    cases: ["user index: shows neither payload nor secret hash nor revision"],
    breaks: (honest) => ({ listByUser: async (userId) => honest.sorted((record) => record.userId === userId) }),
  },
  {
    flaw: "user ids are compared without their case",
    cases: ["user index: tells user ids apart exactly"],
    breaks: (honest) => ({
      listByUser: async (userId) =>
        honest.sorted((record) => record.userId?.toLowerCase() === userId.toLowerCase()).map(summary),
    }),
  },
  {
    flaw: "the index keeps the first user",
    cases: ["user index: follows a change of user"],
    breaks: (honest) => {
      const first = new Map<string, string | undefined>();
      return {
        create(record, now) {
          first.set(record.id, record.userId);
          return honest.create(record, now);
        },
        listByUser: async (userId, now) =>
          honest.sorted(({ id }) => first.get(id) === userId && honest.live(id, now) !== undefined).map(summary),
      };
    },
  },
  {
    flaw: "the index is written before the update is decided",
    cases: ["user index: a refused update moves nothing"],
    breaks: (honest) => ({
      update(record, expected, now) {
        const current: SessionRecord | undefined = honest.records.get(record.id);
        if (current !== undefined) honest.records.set(record.id, { ...current, userId: record.userId });
        return honest.update(record, expected, now);
      },
    }),
  },
  {
    flaw: "the index expires with the first expiry",
    cases: ["user index: follows a touch past the first expiry"],
    breaks: (honest) => {
      const first = new Map<string, number>();
      return {
        create(record, now) {
          first.set(record.id, record.expiresAt);
          return honest.create(record, now);
        },
        listByUser: async (userId, now) =>
          (await honest.listByUser(userId, now)).filter(({ id }) => (first.get(id) ?? 0) > now),
      };
    },
  },
  {
    flaw: "the index remembers the deleted",
    cases: ["user index: forgets what was deleted"],
    breaks: (honest) => {
      const created: SessionRecord[] = [];
      return {
        create(record, now) {
          created.push(record);
          return honest.create(record, now);
        },
        listByUser: async (userId) => created.filter((record) => record.userId === userId).map(summary),
      };
    },
  },
  {
    flaw: "the expired are not deleted",
    cases: ["user index: deletes all of a user's, live and expired"],
    breaks: (honest) => {
      let last = 0;
      return {
        listByUser(userId, now) {
          last = now;
          return honest.listByUser(userId, now);
        },
        deleteByUser: async (userId) => honest.remove((record) => record.userId === userId && record.expiresAt > last),
      };
    },
  },
  {
    flaw: "the one to keep is deleted, too",
    cases: ["user index: deletes all but one"],
    breaks: (honest) => ({ deleteByUser: (userId) => honest.deleteByUser(userId) }),
  },
];
