// What coatcheck/db exports, and what that reaches (without "export"). Written by: npm run api
// From coatcheck: ListableStore, MigratableStore, SweepableStore, UserIndexedStore

// engines/db.ts
export declare function db(target?: DbTarget, options?: DbOptions): DbStore;

// engines/db/options.ts
type Kind = "postgres" | "mysql" | "sqlite";
export interface ColumnNames {
    readonly id: string;
    readonly secretHash: string;
    readonly revision: string;
    readonly userId: string;
    readonly createdAt: string;
    readonly renewedAt: string;
    readonly expiresAt: string;
    readonly expiresDay: string;
    readonly payload: string;
}
export interface DbOptions {
    readonly table?: string;
    readonly schema?: string;
    readonly columns?: Partial<ColumnNames>;
    readonly migrate?: boolean;
    readonly prepare?: boolean;
    readonly pool?: object;
    readonly dialect?: Kind;
}

// engines/db/recognise.ts
type Method = (...args: never[]) => unknown;
interface PgPoolLike {
    readonly query: Method;
    readonly connect: Method;
    readonly end: Method;
    readonly on: Method;
    readonly idleCount: number;
    readonly totalCount: number;
}
interface MysqlPoolLike {
    readonly getConnection: Method;
    readonly execute: Method;
    readonly end: Method;
}
interface BetterSqliteLike {
    readonly prepare: Method;
    readonly pragma: Method;
    readonly close: Method;
    readonly open: boolean;
}
interface NodeSqliteLike {
    readonly prepare: Method;
    readonly exec: Method;
    readonly close: Method;
    readonly createSession: Method;
}
interface PGliteLike {
    readonly query: Method;
    readonly exec: Method;
    readonly transaction: Method;
    readonly waitReady: Promise<void>;
}
interface KyselyLike {
    readonly selectFrom: Method;
    readonly getExecutor: Method;
    readonly withoutPlugins: Method;
    readonly isTransaction: boolean;
}
interface KyselyDialectLike {
    readonly createDriver: Method;
    readonly createQueryCompiler: Method;
    readonly createAdapter: Method;
    readonly createIntrospector: Method;
}

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
export type DbTarget = SqliteFile | string | URL | PgPoolLike | MysqlPoolLike | BetterSqliteLike | NodeSqliteLike | PGliteLike | KyselyLike | KyselyDialectLike;
