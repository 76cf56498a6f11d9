// What coatcheck/db exports, and what that reaches (without "export"). Written by: npm run api
// From coatcheck: ListableStore, MigratableStore, SweepableStore, UserIndexedStore

// engines/db.ts
export declare function db(target?: DbTarget): DbStore;

// engines/db/sql-store.ts
export interface DbStore extends SweepableStore, ListableStore, UserIndexedStore, MigratableStore, AsyncDisposable {
    readonly name: "db";
    readonly atomic: true;
    [Symbol.asyncDispose](): Promise<void>;
}

// engines/db/target.ts
export interface SqliteFile {
    readonly path: string;
}
export type DbTarget = SqliteFile;
