import type { Dialect as KyselyDialect, Kysely, RawNode } from "kysely";
import type { Kind } from "./options.ts";

/**
 * By shape, never by class: of a package there can be several copies, and importing one to compare with would make it a
 * dependency. These are the parts that tell them apart; the rest is taken on trust.
 */
type Method = (...args: never[]) => unknown;

/** A `Pool` of `pg`. */
export interface PgPoolLike {
  readonly query: Method;
  readonly connect: Method;
  readonly end: Method;
  readonly on: Method;
  readonly idleCount: number;
  readonly totalCount: number;
}

/** A pool of `mysql2`, with callbacks. */
export interface MysqlPoolLike {
  readonly getConnection: Method;
  readonly execute: Method;
  readonly end: Method;
}

/** A pool of `mysql2/promise`. It holds the other one. */
export interface MysqlPromisePoolLike extends MysqlPoolLike {
  readonly pool: object;
}

/** A `Database` of `better-sqlite3`. */
export interface BetterSqliteLike {
  readonly prepare: Method;
  readonly pragma: Method;
  readonly close: Method;
  readonly open: boolean;
}

/** A `DatabaseSync` of `node:sqlite`. */
export interface NodeSqliteLike {
  readonly prepare: Method;
  readonly exec: Method;
  readonly close: Method;
  readonly createSession: Method;
}

/** A `PGlite`. */
export interface PGliteLike {
  readonly query: Method;
  readonly exec: Method;
  readonly transaction: Method;
  readonly waitReady: Promise<void>;
}

/** A `Kysely`. */
export interface KyselyLike {
  readonly selectFrom: Method;
  readonly getExecutor: Method;
  readonly withoutPlugins: Method;
  readonly isTransaction: boolean;
}

/** A dialect for Kysely. */
export interface KyselyDialectLike {
  readonly createDriver: Method;
  readonly createQueryCompiler: Method;
  readonly createAdapter: Method;
  readonly createIntrospector: Method;
}

export const isKysely = (target: object): target is KyselyLike =>
  has(target, "selectFrom", "getExecutor", "withoutPlugins");

export const isKyselyDialect = (target: object): target is KyselyDialectLike =>
  has(target, "createDriver", "createQueryCompiler", "createAdapter", "createIntrospector");

export const isPgPool = (target: object): target is PgPoolLike =>
  has(target, "query", "connect", "end", "on") && "idleCount" in target && "totalCount" in target;

export const isMysqlPool = (target: object): target is MysqlPoolLike => has(target, "getConnection", "execute", "end");

export const isMysqlPromisePool = (target: MysqlPoolLike): target is MysqlPromisePoolLike =>
  "pool" in target && typeof target.pool === "object" && target.pool !== null && isMysqlPool(target.pool);

export const isBetterSqlite = (target: object): target is BetterSqliteLike =>
  has(target, "prepare", "pragma", "transaction");

export const isNodeSqlite = (target: object): target is NodeSqliteLike =>
  has(target, "prepare", "exec", "createSession");

export const isPGlite = (target: object): target is PGliteLike =>
  has(target, "query", "exec", "transaction") && "waitReady" in target;

function has(target: object, ...methods: string[]): boolean {
  return methods.every((method) => typeof Reflect.get(target, method) === "function");
}

/**
 * The SQL that a Kysely or a dialect speaks, told by how it writes a name and a parameter: `` `c` ? `` is MySQL, `"c"
 * ?` SQLite,
 * `"c" $1` PostgreSQL, `"c" @1` none of ours. Names of classes say less, since bundlers shorten them, and dialects for more
 * databases than Kysely's own are built on the same compilers.
 */
export function kindOf(target: KyselyLike | KyselyDialectLike): Kind | undefined {
  const node = {
    kind: "RawNode",
    sqlFragments: ["", " ", ""],
    parameters: [
      { kind: "IdentifierNode", name: "c" },
      { kind: "ValueNode", value: 1 },
    ],
  } as unknown as RawNode;
  const queryId = { queryId: "coatcheck" };
  const kinds: Readonly<Record<string, Kind>> = { '"c" $1': "postgres", "`c` ?": "mysql", '"c" ?': "sqlite" };
  try {
    const { sql } = isKysely(target)
      ? (target as unknown as Kysely<unknown>).withoutPlugins().getExecutor().compileQuery(node, queryId)
      : (target as unknown as KyselyDialect).createQueryCompiler().compileQuery(node, queryId);
    return kinds[sql];
  } catch {
    return undefined;
  }
}
