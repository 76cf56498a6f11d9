import { StoreUnavailable } from "../../core/errors.ts";
import { turnsOf } from "../../core/keyed-turns.ts";
import type { Cache } from "./contract.ts";
import type { Keeper } from "./keeper.ts";

/**
 * On a cache that cannot compare and set: this process does one thing at a time under each key, reading included, since
 * some caches (files) show a text half written. Between processes nothing keeps one from overwriting the other.
 *
 * @param owner What the turns are taken of: the application's own object.
 */
export function inTurns(cache: Cache, owner: object): Keeper {
  const turns = turnsOf(owner);
  let proven = false;

  /**
   * The first text is read back once. Drivers that only read, and adapters that lost something on the way, do not say so,
   * and an answer would leave for what was never kept.
   */
  async function set(key: string, value: string, ttl: number): Promise<void> {
    await cache.set(key, value, ttl);
    if (proven) return;
    if ((await cache.get(key)) !== value) {
      throw new StoreUnavailable(
        "The cache engine: the cache did not give back what had just been written. Is it read-only, or one that " +
          "answers with older values for a while? Sessions need to read what they wrote.",
      );
    }
    proven = true;
  }

  return {
    atomic: false,
    get: (key) => turns.take(key, async () => cache.get(key)),
    add: (key, value, ttl) =>
      turns.take(key, async () => {
        if (isThere(await cache.get(key))) return false;
        await set(key, value, ttl);
        return true;
      }),
    replace: (key, next) =>
      turns.take(key, async () => {
        const replacement = next(await cache.get(key));
        if (typeof replacement === "boolean") return replacement;
        await set(key, replacement.value, replacement.ttl);
        return true;
      }),
    delete: (key) =>
      turns.take(key, async () => {
        // Most caches do not tell whether there was something, and some say yes whatever there was.
        if (!isThere(await cache.get(key))) return false;
        if ((await cache.delete(key)) !== false) return true;
        // Somebody else was first, or it failed without saying more; then an answer would leave for a session that lives.
        if (isThere(await cache.get(key))) {
          throw new StoreUnavailable(
            "The cache engine: delete of the cache answered false, and the session is still there.",
          );
        }
        return false;
      }),
  };
}

function isThere(value: unknown): boolean {
  return value !== undefined && value !== null;
}
