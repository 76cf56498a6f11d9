// What coatcheck/redis exports, and what that reaches (without "export"). Written by: npm run api
// From coatcheck: ListableStore, UserIndexedStore

// engines/redis.ts
export declare function redis(target?: RedisTarget, options?: RedisOptions): RedisStore;

// engines/redis/clients.ts
type Method = (...args: never[]) => unknown;
export interface NodeRedisLike {
    readonly sendCommand: Method;
    readonly isOpen: boolean;
}
export interface IoredisLike {
    readonly call: Method;
    readonly status: string;
}
export interface GlideLike {
    readonly customCommand: Method;
}
export type RedisClientLike = NodeRedisLike | IoredisLike | GlideLike;

// engines/redis/options.ts
export interface RedisOptions {
    readonly prefix?: string;
    readonly client?: object;
}

// engines/redis/store.ts
export interface RedisStore extends ListableStore, UserIndexedStore, AsyncDisposable {
    readonly name: "redis";
    readonly atomic: true;
    [Symbol.asyncDispose](): Promise<void>;
}

// engines/redis/target.ts
export type RedisTarget = string | URL | RedisClientLike;
