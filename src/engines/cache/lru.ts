import { LRUCache } from "lru-cache";
import type { AtomicCache } from "./contract.ts";

/**
 * A cache of this process. Each method is one synchronous turn, which is all the atomicity one process needs. Lifetimes
 * are ignored: what has ended is not asked for any more, so it goes first when there is no room.
 */
export function lru(max: number): AtomicCache {
  // Not lru-cache's own `max`, which would reserve the room for all of them at once.
  const texts = new LRUCache<string, string>({ maxSize: max, sizeCalculation: () => 1 });
  return {
    get: (key) => texts.get(key),
    set: (key, value) => void texts.set(key, value),
    delete: (key) => texts.delete(key),
    add(key, value) {
      if (texts.has(key)) return false;
      texts.set(key, value);
      return true;
    },
    compareAndSet(key, expected, value) {
      if (texts.get(key) !== expected) return false;
      texts.set(key, value);
      return true;
    },
  };
}
