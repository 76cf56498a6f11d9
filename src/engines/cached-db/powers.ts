import {
  isCountable,
  isListable,
  isMigratable,
  isSweepable,
  isUserIndexed,
  type SessionStore,
} from "../../core/store.ts";
import type { Front } from "./front.ts";

/** What the database can do besides, done with the cache in mind. A power the database lacks stays lacking. */
export function powersOf(cache: SessionStore, db: SessionStore, front: Front): object {
  return { ...sweeping(cache, db), ...listing(db), ...byUser(db, front), ...migrating(cache, db) };
}

function sweeping(cache: SessionStore, db: SessionStore): object {
  if (!isSweepable(db)) return {};
  return {
    async deleteExpired(now: number, limit: number): Promise<number> {
      const deleted = await db.deleteExpired(now, limit);
      // A cache without a time-to-live of its own, such as a table. Entries are no sessions, so they are not counted.
      if (isSweepable(cache) && limit > 0) {
        while ((await cache.deleteExpired(now, limit).catch(() => 0)) >= limit);
      }
      return deleted;
    },
    ...(isCountable(db) && { countExpired: (now: number) => db.countExpired(now) }),
  };
}

function listing(db: SessionStore): object {
  return isListable(db) ? { list: (cursor: string | undefined, limit: number) => db.list(cursor, limit) } : {};
}

function byUser(db: SessionStore, front: Front): object {
  if (!isUserIndexed(db)) return {};
  return {
    listByUser: (userId: string, now: number) => db.listByUser(userId, now),
    async deleteByUser(userId: string, exceptId?: string): Promise<number> {
      // Who they were cannot be asked afterwards. At instant 0 nothing has expired: an entry too many costs a read.
      const sessions = await db.listByUser(userId, 0);
      const ids = sessions.map(({ id }) => id).filter((id) => id !== exceptId);
      try {
        return await db.deleteByUser(userId, exceptId);
      } finally {
        await Promise.all(ids.map((id) => front.evict(id)));
      }
    },
  };
}

function migrating(cache: SessionStore, db: SessionStore): object {
  if (!isMigratable(db)) return {};
  if (!isMigratable(cache)) return { migrate: db.migrate.bind(db) };
  return {
    async migrate(options?: Parameters<typeof db.migrate>[0]) {
      const [first, second] = [await db.migrate(options), await cache.migrate(options)];
      const sql = [...(first.sql ?? []), ...(second.sql ?? [])];
      return { migrations: [...first.migrations, ...second.migrations], ...(options?.dryRun === true && { sql }) };
    },
  };
}
