// What coatcheck/cached-db exports, and what that reaches (without "export"). Written by: npm run api
// From coatcheck: SessionStore

// engines/cached-db.ts
export interface CachedDbStore extends SessionStore, AsyncDisposable {
    readonly name: "cachedDb";
}
export declare function cachedDb(options: CachedDbOptions): CachedDbStore;

// engines/cached-db/options.ts
export interface CachedDbOptions {
    readonly cache: SessionStore;
    readonly db: SessionStore;
    readonly maxStale?: number;
    readonly cacheTimeout?: number;
    readonly onCacheError?: (error: Error) => void;
}
