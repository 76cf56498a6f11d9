// What coatcheck/cache exports, and what that reaches (without "export"). Written by: npm run api
// From coatcheck: SessionStore

// engines/cache.ts
export declare function cache(target?: CacheTarget, options?: CacheOptions): CacheStore;

// engines/cache/contract.ts
export interface Cache {
    get(key: string): Promise<string | null | undefined> | string | null | undefined;
    set(key: string, value: string, ttl: number): unknown;
    delete(key: string): unknown;
    add?(key: string, value: string, ttl: number): Promise<boolean> | boolean;
    compareAndSet?(key: string, expected: string, value: string, ttl: number): Promise<boolean> | boolean;
}

// engines/cache/keyv.ts
type OnError = (error: unknown) => void;
interface KeyvLike {
    get(key: string): Promise<unknown>;
    set(key: string, value: string, ttl: number): Promise<unknown>;
    delete(key: string): Promise<unknown>;
    getMany(keys: string[]): Promise<unknown>;
    on(event: "error", listener: OnError): unknown;
    off(event: "error", listener: OnError): unknown;
    listeners?(event: "error"): unknown;
}

// engines/cache/options.ts
export interface CacheOptions {
    readonly prefix?: string;
    readonly max?: number;
}

// engines/cache/store.ts
export interface CacheStore extends SessionStore {
    readonly name: "cache";
    readonly atomic: boolean;
}

// engines/cache/target.ts
export type CacheTarget = Cache | KeyvLike | UnstorageLike;

// engines/cache/unstorage.ts
interface UnstorageLike {
    getItem(key: string): Promise<unknown>;
    setItem(key: string, value: string, options: {
        ttl: number;
    }): Promise<void>;
    removeItem(key: string): Promise<void>;
    getKeys(base?: string): Promise<string[]>;
}
