import type { Cache } from "./cache/contract.ts";
import { type CacheOptions, checkOptions } from "./cache/options.ts";
import { type CacheStore, storeOn } from "./cache/store.ts";
import { type CacheTarget, keeperFor } from "./cache/target.ts";

export type { Cache, CacheOptions, CacheStore, CacheTarget };

/**
 * Sessions in a cache that the application has: a Keyv, an unstorage Storage, or any object with `get`, `set` and
 * `delete`. Without one, in a bounded cache of this process, like Django's `locmem`.
 *
 * The store is `atomic` where the cache can add and compare and set: our own can, and an object of yours that has
 * both methods. Keyv and unstorage cannot. On them this process does one thing at a time for each session, so a process
 * alone loses nothing; **two processes may overwrite each other's writes, and bring back a session that the other has
 * just ended**. For several processes take `redis`, `db`, `memcached`, or give your cache the two methods.
 *
 * The trap: what the cache drops, for want of room or in a restart, signs its visitor out. Nor can it list sessions or
 * find a user's.
 *
 * @param target The cache, which stays yours to close; `undefined` for one of ours, bounded by `max`.
 * @throws InvalidOption at once if the target is nothing it knows, or an option could not work.
 * @throws StoreUnavailable from any method whose call to the cache fails, takes longer than five seconds or gives an
 *   answer that makes no sense. An outage is never taken for a missing session.
 *
 * @example
 * ```ts
 * import { Keyv } from "keyv";
 * import { createSessions } from "coatcheck";
 * import { cache } from "coatcheck/cache";
 *
 * export default createSessions({ engine: cache(new Keyv()) });
 * ```
 */
export function cache(target?: CacheTarget, options?: CacheOptions): CacheStore {
  const { prefix = "coatcheck:", max } = checkOptions(options, target);
  return storeOn(keeperFor(target, max), prefix);
}
