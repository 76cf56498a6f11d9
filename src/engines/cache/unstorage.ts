import type { Cache } from "./contract.ts";

/** What is used of a Storage of `unstorage`. */
export interface UnstorageLike {
  getItem(key: string): Promise<unknown>;
  setItem(key: string, value: string, options: { ttl: number }): Promise<void>;
  removeItem(key: string): Promise<void>;
  getKeys(base?: string): Promise<string[]>;
}

/** Drivers that know of lifetimes take `ttl`, in seconds; the others keep what has ended until somebody removes it. */
export function unstorageCache(storage: UnstorageLike): Cache {
  return {
    get: (key) => storage.getItem(key) as Promise<string | null>,
    set: (key, value, ttl) => storage.setItem(key, value, { ttl }),
    delete: (key) => storage.removeItem(key),
  };
}
