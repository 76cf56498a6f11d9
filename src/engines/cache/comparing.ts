import { StoreUnavailable } from "../../core/errors.ts";
import type { AtomicCache } from "./contract.ts";
import type { Keeper } from "./keeper.ts";

/** Each one lost is somebody else's gained, so this many in a row are no contention any more. */
const MOST_TRIES = 100;

/** On a cache that can add and compare and set. Texts that are the same are the same record, whoever wrote them. */
export function comparing(cache: AtomicCache): Keeper {
  return {
    atomic: true,
    get: async (key) => cache.get(key),
    add: async (key, value, ttl) => cache.add(key, value, ttl),
    async replace(key, next) {
      for (let tries = 0; tries < MOST_TRIES; tries += 1) {
        const current = await cache.get(key);
        const replacement = next(current);
        if (typeof replacement === "boolean") return replacement;
        if (await cache.compareAndSet(key, String(current), replacement.value, replacement.ttl)) return true;
      }
      throw new StoreUnavailable(
        `The cache engine: compareAndSet of the cache refused ${MOST_TRIES} times in a row. Nothing was written. ` +
          "It has to answer true when it replaced the text, which is one that get has just answered.",
      );
    },
    delete: async (key) => cache.delete(key),
  };
}
