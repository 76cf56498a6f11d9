/**
 * What `cache()` needs of a cache of yours: texts under keys. Answers may come at once or as promises. Whatever goes
 * wrong has to be thrown; a `get` that answers "nothing" because the cache is away would sign everybody out.
 *
 * @example
 * ```ts
 * const onRedis: Cache = {
 *   get: (key) => client.get(key),
 *   set: (key, value, ttl) => client.set(key, value, { EX: ttl }),
 *   delete: async (key) => (await client.del(key)) === 1,
 * };
 * ```
 */
export interface Cache {
  /** The text last set under this key; `undefined` or `null` where there is none. */
  get(key: string): Promise<string | null | undefined> | string | null | undefined;
  /**
   * Keeps the text, in place of what was there. It may be dropped after `ttl` seconds, which is positive and whole, or
   * kept: a record knows its end. The answer `false` means that it was not kept; any other, that it was.
   */
  set(key: string, value: string, ttl: number): unknown;
  /** Removes what is there. Beside `add` and `compareAndSet` the answer has to be whether there was something. */
  delete(key: string): unknown;
  /** Keeps the text if nothing is under this key, in one step. Whether it did. */
  add?(key: string, value: string, ttl: number): Promise<boolean> | boolean;
  /** Replaces the text if it is exactly `expected`, in one step; never makes a missing one. Whether it did. */
  compareAndSet?(key: string, expected: string, value: string, ttl: number): Promise<boolean> | boolean;
}

/** A cache that can do what makes a store atomic. */
export interface AtomicCache extends Cache {
  delete(key: string): Promise<boolean> | boolean;
  add(key: string, value: string, ttl: number): Promise<boolean> | boolean;
  compareAndSet(key: string, expected: string, value: string, ttl: number): Promise<boolean> | boolean;
}
