import type { MemcachedClient } from "./memcached/client.ts";
import { type MemcachedOptions, prefixFrom } from "./memcached/options.ts";
import { type MemcachedStore, storeOn } from "./memcached/store.ts";
import { type MemcachedTarget, sourceFor } from "./memcached/target.ts";

export type { MemcachedClient, MemcachedOptions, MemcachedStore, MemcachedTarget };

/**
 * Sessions in memcached: shared by any number of processes, in memory only. Calling it does nothing yet; the first use
 * connects.
 *
 * `read`, `create` and `delete` are one round trip, `update` and `touch` two, `gets` and `cas`, and one more pair for
 * each renewal that comes in between. A touch with nothing to move is one.
 *
 * The trap: memcached is a cache. What it evicts for want of memory, and everything when it restarts, is gone, and those
 * visitors are signed out. Nor can it list sessions or find a user's.
 *
 * @param target `undefined` for `memcached://127.0.0.1:11211`; the URL of one server; or a client of `memcache-client`
 *   that you have, which stays yours to shut down.
 * @throws InvalidOption at once if the target is nothing it knows, or an option could not work.
 * @throws StoreUnavailable from any method while the server cannot be used, or is unfit: full and started with `-M`,
 *   or started with `-C`, without which nothing can be compared.
 * @throws InvalidData from a write of more than the server takes as one item (`-I`, 1 MB). Nothing was written.
 *
 * @example
 * ```ts
 * import { createSessions } from "coatcheck";
 * import { memcached } from "coatcheck/memcached";
 *
 * export default createSessions({ engine: memcached("memcached://cache.internal:11211") });
 * ```
 */
export function memcached(target?: MemcachedTarget, options?: MemcachedOptions): MemcachedStore {
  const prefix = prefixFrom(options);
  return storeOn(sourceFor(target, options), prefix);
}
