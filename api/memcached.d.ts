// What coatcheck/memcached exports, and what that reaches (without "export"). Written by: npm run api
// From coatcheck: SessionStore

// engines/memcached.ts
export declare function memcached(target?: MemcachedTarget, options?: MemcachedOptions): MemcachedStore;

// engines/memcached/client.ts
export interface MemcachedClient {
    gets(key: string): Promise<unknown>;
    add(key: string, value: string, options: {
        lifetime: number;
    }): Promise<unknown>;
    cas(key: string, value: string, options: {
        lifetime: number;
        casUniq: string;
    }): Promise<unknown>;
    delete(key: string): Promise<unknown>;
}

// engines/memcached/options.ts
export interface MemcachedOptions {
    readonly prefix?: string;
    readonly client?: object;
}

// engines/memcached/store.ts
export interface MemcachedStore extends SessionStore, AsyncDisposable {
    readonly name: "memcached";
    readonly atomic: true;
    [Symbol.asyncDispose](): Promise<void>;
}

// engines/memcached/target.ts
export type MemcachedTarget = string | URL | MemcachedClient;
