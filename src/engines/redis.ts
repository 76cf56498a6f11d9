import type { GlideLike, IoredisLike, NodeRedisLike, RedisClientLike } from "./redis/clients.ts";
import { Connection } from "./redis/connection.ts";
import type { RedisOptions } from "./redis/options.ts";
import { checkOptions } from "./redis/options.ts";
import type { RedisStore } from "./redis/store.ts";
import { ScriptedStore } from "./redis/store.ts";
import type { RedisTarget } from "./redis/target.ts";
import { sourceOf } from "./redis/target.ts";

export type { GlideLike, IoredisLike, NodeRedisLike, RedisClientLike, RedisOptions, RedisStore, RedisTarget };

/**
 * Sessions in Redis 6.2 or newer, or Valkey: one server, Sentinel or Cluster. One key each, which goes by itself a minute
 * after its session's end.
 *
 * Calling it does nothing yet. Reading is one `GET`, creating one `SET … NX`, updating and renewing one script, deleting
 * one `GETDEL`; a session that has a user costs one or two commands more when it begins, changes its user or ends, for
 * the index of that user.
 *
 * The trap: what Redis acknowledges is in its memory. Started again without persistence it has forgotten every session; a
 * replica that takes over may lack the last writes; with an evicting `maxmemory-policy` sessions end early, and the
 * index of a user may go before they do, so that they are not found to be revoked. Use `noeviction`.
 *
 * @param target a URL (`redis:`, `rediss:`, `valkey:`, `valkeys:`), by default `redis://127.0.0.1:6379`, which needs the
 *   package `redis`; or a connected client, Sentinel or Cluster of `redis`, `ioredis`, `iovalkey` or
 *   `@valkey/valkey-glide`, which stays yours to close, and whose time-outs are yours to set.
 * @throws InvalidOption at once if the target is nothing it knows, or an option could not work.
 * @throws StoreUnavailable from any method while the server cannot be used; the message names the reason and the way
 *   out, and never a value or a password. The next call tries again. Only answers that say that nothing was done, while
 *   another primary takes over or data is loaded, are tried again here, for up to a second.
 *
 * @example
 * ```ts
 * import { createSessions } from "coatcheck";
 * import { redis } from "coatcheck/redis";
 *
 * export default createSessions({ engine: redis("redis://127.0.0.1:6379/1") });
 * ```
 */
export function redis(target?: RedisTarget, options?: RedisOptions): RedisStore {
  const checked = checkOptions(options);
  return new ScriptedStore(new Connection(sourceOf(target, checked)), checked.prefix ?? "coatcheck:");
}
