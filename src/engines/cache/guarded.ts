import { causeFrom } from "../../core/cause.ts";
import { StoreUnavailable } from "../../core/errors.ts";
import type { AtomicCache, Cache } from "./contract.ts";

/**
 * In milliseconds. Past any deadline a request has; without it one call that never ends would keep a session's turn for
 * good.
 */
const LONGEST_CALL = 5_000;

/** The cache, with every failure as `StoreUnavailable`, and every answer checked that a promise rests on. */
export function guarded(cache: Cache): Cache {
  return {
    get: (key) => called("get", () => cache.get(key)),
    async set(key, value, ttl) {
      const kept = await called("set", () => cache.set(key, value, ttl));
      if (kept === false)
        throw new StoreUnavailable("The cache engine: set of the cache answered that nothing was kept.");
    },
    delete: (key) => called("delete", () => cache.delete(key)),
  };
}

export function guardedAtomic(cache: AtomicCache): AtomicCache {
  return {
    ...guarded(cache),
    add: async (key, value, ttl) => yesOrNo("add", await called("add", () => cache.add(key, value, ttl))),
    compareAndSet: async (key, expected, value, ttl) =>
      yesOrNo("compareAndSet", await called("compareAndSet", () => cache.compareAndSet(key, expected, value, ttl))),
    delete: async (key) => yesOrNo("delete", await called("delete", () => cache.delete(key))),
  };
}

/** "OK", 1 and null are what clients answer; one of them taken for yes would be a session that was never kept. */
function yesOrNo(verb: string, answer: unknown): boolean {
  if (typeof answer === "boolean") return answer;
  throw new StoreUnavailable(
    `The cache engine: expected ${verb} of the cache to answer true or false, got ${answer === null ? "null" : typeof answer}.`,
  );
}

async function called<T>(verb: string, work: () => Promise<T> | T): Promise<T> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  try {
    return await new Promise<T>((resolve, reject) => {
      timer = setTimeout(() => reject(new Error("no answer")), LONGEST_CALL);
      // Not `resolve(work())`: a promise that follows another one cannot be rejected by the timer any more.
      call(work).then(resolve, reject);
    });
  } catch (cause) {
    throw failed(verb, cause);
  } finally {
    clearTimeout(timer);
  }
}

/** A cache that throws before it returns a promise is no different from one that rejects. */
async function call<T>(work: () => Promise<T> | T): Promise<T> {
  return work();
}

/** Of the cache's error only a code is repeated: its message may hold values. */
function failed(verb: string, cause: unknown): StoreUnavailable {
  const code: unknown = cause instanceof Error && "code" in cause ? cause.code : undefined;
  const known = typeof code === "string" && /^[A-Z][A-Z0-9_]*$/.test(code) ? ` with ${code}` : "";
  return new StoreUnavailable(`The cache engine: ${verb} of the cache failed${known}.`, { cause: causeFrom(cause) });
}
