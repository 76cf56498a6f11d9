import type { Instant } from "../../core/store.ts";

/** In seconds. Memcached takes more than this for seconds since 1970, which is long ago. */
const LONGEST_RELATIVE = 30 * 86_400;
/** Memcached 1.6 keeps seconds in 32 bits with a sign; one more, and the item is gone at once. */
const LAST_SECOND = 2 ** 31 - 1;
const NEVER = 0;
/**
 * In seconds, added to every lifetime: the record says when it ends, and memcached only has to keep it so long. More
 * where the server's clock takes part, which may be fast.
 */
const SLACK = { relative: 60, absolute: 86_400 };

/** What memcached is told, so that an item goes by itself some time after its record has ended, and never before. */
export function lifetimeOf(expiresAt: Instant, now: Instant, realNow: Instant = Date.now()): number {
  const relative = Math.max(0, Math.ceil((expiresAt - now) / 1000)) + SLACK.relative;
  if (relative <= LONGEST_RELATIVE) return relative;
  // By the real clock, since `now` is the caller's, and the server counts by its own.
  const absolute = Math.ceil(realNow / 1000) + relative + SLACK.absolute;
  // What cannot be said is left to eviction.
  return absolute <= LAST_SECOND ? absolute : NEVER;
}
