import type { SessionStore } from "../core/store.ts";
import { Front } from "./cached-db/front.ts";
import { checkOptions } from "./cached-db/options.ts";
import type { CachedDbOptions } from "./cached-db/options.ts";
import { powersOf } from "./cached-db/powers.ts";

export type { CachedDbOptions };

/** What `cachedDb()` returns. Whatever else the database can do (sweep, list, find by user, migrate), it can as well. */
export interface CachedDbStore extends SessionStore, AsyncDisposable {
  readonly name: "cachedDb";
}

/**
 * Sessions in a database, with a cache in front of it for reading. Any two stores will do, for example `redis` and
 * PostgreSQL.
 *
 * The database decides every write; afterwards the entry is removed from the cache, before the request is answered. The
 * next read fills it again. A session is read from the cache for `maxStale` at most, then compared with the database. So
 * every process sees what was acknowledged. The exception: a process could not reach the cache to remove an entry. Then
 * the *other* processes may read the session as it was, deleted ones included, for up to `maxStale`, and longer by as
 * much as their clocks differ; it itself does not, and nobody's write is ever based on it.
 *
 * A cache that fails, or is slower than `cacheTimeout`, fails no request: it is left out, and tried again each second.
 * While the database is down, reads that the cache can answer are answered, and writes throw.
 *
 * The trap: the cache needs a prefix or a table of its own. A `db` given as the cache of itself would lose sessions.
 *
 * @throws InvalidOption at once if one of the two is no store, both are the same, or the cache cannot compare and set.
 * @throws StoreUnavailable from any method, as the database throws it.
 */
export function cachedDb(options: CachedDbOptions): CachedDbStore {
  const checked = checkOptions(options);
  const { cache, db } = checked;
  const front = new Front(checked);

  const writing = async (id: string, write: () => Promise<boolean>): Promise<boolean> => {
    try {
      return await write();
    } finally {
      // Also when it was refused or has failed: what led to a refused write may have come from the cache, and a write
      // whose answer was lost may have been made.
      await front.evict(id);
    }
  };

  return {
    name: "cachedDb",
    atomic: db.atomic,

    async read(id, now, readOptions) {
      if (readOptions?.fresh === true) return db.read(id, now, readOptions);
      const place = await front.find(id, now);
      if (place?.record !== undefined) return place.record;
      const record = await db.read(id, now, { fresh: true });
      if (place?.lease !== undefined) await front.fill(id, place.lease, record, now);
      return record;
    },

    // Nothing to remove: the cache holds only what the database has had, and an id is new.
    create: (record, now) => db.create(record, now),
    update: (record, expected, now) => writing(record.id, () => db.update(record, expected, now)),
    // It removes the entry too: with the old end in it, each read would renew the session once more.
    touch: (id, expected, expiresAt, now) => writing(id, () => db.touch(id, expected, expiresAt, now)),
    delete: (id) => writing(id, () => db.delete(id)),

    ...powersOf(cache, db, front),

    async [Symbol.asyncDispose]() {
      await Promise.allSettled([dispose(cache)]);
      await dispose(db);
    },
  };
}

async function dispose(store: SessionStore & Partial<AsyncDisposable>): Promise<void> {
  await store[Symbol.asyncDispose]?.();
}
