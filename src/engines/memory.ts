import { LRUCache } from "lru-cache";
import { InvalidOption } from "../core/errors.ts";
import type {
  ListableStore,
  RecordSummary,
  SessionRecord,
  SessionStore,
  SweepableStore,
  UserIndexedStore,
} from "../core/store.ts";

export interface MemoryOptions {
  /**
   * How many sessions are kept; beyond it the least recently used one goes, which signs that visitor out.
   * @default 100_000
   */
  max?: number;
}

/** @see memory */
export interface MemoryStore extends SessionStore, SweepableStore, ListableStore, UserIndexedStore {}

/**
 * Sessions in this process's memory: for tests, development and single-process tools. Gone with the process, invisible
 * to every other one, bounded by `max`. The plainest implementation of the store contract there is; read it first.
 *
 * Each verb does its check and its write in one synchronous turn, which is all the atomicity one process needs. Records
 * are copied in and out, so that nobody holds a live reference into the store.
 *
 * @throws InvalidOption for an option that is none, and when `max` is not a positive whole number.
 */
export function memory(options: MemoryOptions = {}): MemoryStore {
  if (typeof options !== "object" || options === null || Object.keys(options).some((name) => name !== "max")) {
    throw new InvalidOption("memory(): expected nothing or { max }, got something else.");
  }
  const { max = 100_000 } = options;
  if (!Number.isSafeInteger(max) || max < 1) {
    throw new InvalidOption(`memory({ max }): expected a positive whole number of sessions, got ${String(max)}.`);
  }
  // Not lru-cache's own `max`, which would reserve the room for all of them at once.
  const records = new LRUCache<string, SessionRecord>({ maxSize: max, sizeCalculation: () => 1 });

  const live = (id: string, now: number): SessionRecord | undefined => {
    const record = records.get(id);
    return record !== undefined && record.expiresAt > now ? record : undefined;
  };

  return {
    name: "memory",
    atomic: true,

    async read(id, now) {
      const record = live(id, now);
      return record && { ...record };
    },

    async create(record) {
      if (records.has(record.id)) return false;
      records.set(record.id, { ...record });
      return true;
    },

    async update(record, expected, now) {
      const current = live(record.id, now);
      if (current?.revision !== expected) return false;
      records.set(record.id, { ...record, createdAt: current.createdAt });
      return true;
    },

    async touch(id, expected, expiresAt, now) {
      const current = live(id, now);
      if (current?.revision !== expected) return false;
      if (current.expiresAt < expiresAt) records.set(id, { ...current, expiresAt, renewedAt: now });
      return true;
    },

    async delete(id) {
      return records.delete(id);
    },

    async deleteExpired(now, limit) {
      let deleted = 0;
      for (const [id, record] of records.entries()) {
        if (deleted >= limit) break;
        if (record.expiresAt <= now && records.delete(id)) deleted += 1;
      }
      return deleted;
    },

    async countExpired(now) {
      return [...records.values()].filter((record) => record.expiresAt <= now).length;
    },

    async list(cursor, limit) {
      // By id and not by recency: recency changes between two pages, and a record could be skipped.
      const ids = [...records.keys()].filter((id) => cursor === undefined || id > cursor).sort();
      const page = ids.slice(0, limit).flatMap((id) => records.peek(id) ?? []);
      return { records: page.map(summary), cursor: ids.length > limit ? page.at(-1)?.id : undefined };
    },

    async listByUser(userId, now) {
      return [...records.values()]
        .filter((record) => record.userId === userId && record.expiresAt > now)
        .sort((a, b) => a.createdAt - b.createdAt)
        .map(summary);
    },

    async deleteByUser(userId, exceptId) {
      let deleted = 0;
      for (const [id, record] of records.entries()) {
        if (record.userId === userId && id !== exceptId && records.delete(id)) deleted += 1;
      }
      return deleted;
    },
  };
}

function summary({ id, createdAt, renewedAt, expiresAt, userId }: SessionRecord): RecordSummary {
  return { id, createdAt, renewedAt, expiresAt, userId };
}
