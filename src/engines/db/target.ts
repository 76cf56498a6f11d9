import type { Kysely, PGlite } from "kysely";
import { InvalidOption } from "../../core/errors.ts";
import { borrowed } from "./borrowed.ts";
import type { Dialect } from "./dialect.ts";
import type { KyselyPackage } from "./kysely.ts";
import { mysql } from "./mysql.ts";
import type { MysqlPool } from "./mysql.ts";
import { namesFrom } from "./names.ts";
import type { NodeSqliteDatabase } from "./node-sqlite.ts";
import { nodeSqlite, shape } from "./node-sqlite.ts";
import type { DbOptions, Kind } from "./options.ts";
import { checkOptions, refuseUseless } from "./options.ts";
import { postgres } from "./postgres.ts";
import type { PgPool } from "./postgres.ts";
import * as recognise from "./recognise.ts";
import type {
  BetterSqliteLike,
  KyselyDialectLike,
  KyselyLike,
  MysqlPoolLike,
  NodeSqliteLike,
  PGliteLike,
  PgPoolLike,
} from "./recognise.ts";
import type { Schema } from "./schema.ts";
import { mysqlServer, pgServer, protocolOf, serverUrl } from "./server.ts";
import { sqlite } from "./sqlite.ts";
import type { SqliteDatabase } from "./sqlite.ts";

/** An SQLite file: `path` is relative to the current directory, or `":memory:"` for one that ends with the process. */
export interface SqliteFile {
  readonly path: string;
}

/**
 * Where `db()` keeps its records: an SQLite file, the URL of a PostgreSQL or MySQL server, or what the application has
 * already, which stays the application's to close.
 */
export type DbTarget =
  | SqliteFile
  | string
  | URL
  | PgPoolLike
  | MysqlPoolLike
  | BetterSqliteLike
  | NodeSqliteLike
  | PGliteLike
  | KyselyLike
  | KyselyDialectLike;

const DEFAULT_PATH = ".coatcheck/sessions.sqlite";

const EXPECTED =
  `nothing (the SQLite file ${DEFAULT_PATH}), { path: string } (another SQLite file, or ":memory:"), a URL of postgres: or mysql:, ` +
  "a pool of pg or mysql2, a database of better-sqlite3, node:sqlite or PGlite, a Kysely or a Kysely dialect";

/** Sees what was asked for, touches nothing. Takes `unknown`, because settings are often not written in TypeScript. */
export function dialectFor(target: unknown, given: unknown): Dialect {
  const options = checkOptions(given);
  const names = namesFrom(options);
  const { migrate = false, prepare = true } = options;
  const refuseOptions = (what: string, ...useful: (keyof DbOptions)[]): void => refuseUseless(options, useful, what);

  if (target === undefined || isSqliteFile(target)) {
    refuseOptions("an SQLite file");
    return sqlite(() => nodeSqlite(target?.path ?? DEFAULT_PATH), names, options.migrate ?? true);
  }
  if (typeof target === "string" || target instanceof URL) {
    const server = serverUrl(String(target));
    if (server?.kind === "postgres") {
      refuseOptions("a PostgreSQL URL", "schema", "prepare", "pool");
      return postgres(pgServer(server, options.pool), names, { prepare, migrates: migrate });
    }
    if (server?.kind === "mysql") {
      refuseOptions("a MySQL URL", "prepare", "pool");
      return mysql(mysqlServer(server, options.pool), names, { prepare, migrates: migrate });
    }
  }
  if (typeof target !== "object" || target === null) throw wrong(target);

  if (recognise.isKysely(target) || recognise.isKyselyDialect(target)) {
    const what = recognise.isKysely(target) ? "Kysely" : "Kysely dialect";
    const kind = kindOf(target, what, options.dialect);
    refuseOptions(`a ${what} for ${kind}`, "dialect", ...(kind === "postgres" ? (["schema"] as const) : []));
    return borrowed(kind, `the database of the ${what} given to db()`, kyselyOf(target), names, migrate);
  }
  if (recognise.isPgPool(target)) {
    refuseOptions("a pool of pg", "schema", "prepare");
    const pool = target as unknown as PgPool;
    const source = { where: "the PostgreSQL database of the pool given to db()", ours: false, open: async () => pool };
    return postgres(source, names, { prepare, migrates: migrate });
  }
  if (recognise.isMysqlPool(target)) {
    refuseOptions("a pool of mysql2", "prepare");
    const pool = (recognise.isMysqlPromisePool(target) ? target.pool : target) as unknown as MysqlPool;
    const source = { where: "the MySQL database of the pool given to db()", ours: false, open: async () => pool };
    return mysql(source, names, { prepare, migrates: migrate });
  }
  if (recognise.isPGlite(target)) {
    refuseOptions("a PGlite", "schema");
    const pglite = target as unknown as PGlite;
    const make = ({ Kysely, PGliteDialect }: KyselyPackage): Kysely<Schema> =>
      new Kysely({ dialect: new PGliteDialect({ pglite }) });
    return borrowed("postgres", "the PGlite given to db()", make, names, migrate);
  }
  if (recognise.isBetterSqlite(target) || recognise.isNodeSqlite(target)) {
    refuseOptions("an SQLite database");
    const database = recognise.isBetterSqlite(target)
      ? (target as unknown as SqliteDatabase)
      : shape(target as unknown as NodeSqliteDatabase);
    const source = { where: "the SQLite database given to db()", ours: false, open: async () => database };
    return sqlite(async () => source, names, migrate);
  }
  throw wrong(target);
}

function kindOf(target: KyselyLike | KyselyDialectLike, what: string, dialect: Kind | undefined): Kind {
  if ("isTransaction" in target && target.isTransaction) {
    throw new InvalidOption("db(): expected a Kysely, got a transaction of one. Sessions outlive it.");
  }
  const kind = dialect ?? recognise.kindOf(target);
  if (kind !== undefined) return kind;
  throw new InvalidOption(
    `db(): the SQL of this ${what} is none that is known here. If it is PostgreSQL, MySQL or SQLite all the same, ` +
      'say so: options.dialect: expected "postgres", "mysql" or "sqlite", got nothing.',
  );
}

function kyselyOf(target: KyselyLike | KyselyDialectLike): (kysely: KyselyPackage) => Kysely<Schema> {
  if (recognise.isKysely(target)) return () => target as unknown as Kysely<Schema>;
  return ({ Kysely }) =>
    new Kysely<Schema>({ dialect: target as unknown as ConstructorParameters<typeof Kysely>[0]["dialect"] });
}

function isSqliteFile(target: unknown): target is SqliteFile {
  if (typeof target !== "object" || target === null) return false;
  // Not by the values: a property of a closed `DatabaseSync` throws when it is looked at.
  if (Object.keys(target).join() !== "path" || !("path" in target)) return false;
  return typeof target.path === "string" && target.path !== "";
}

function wrong(target: unknown): InvalidOption {
  return new InvalidOption(`db() takes ${EXPECTED}; it was given ${describe(target)}.`);
}

function describe(target: unknown): string {
  if (target === "") return "an empty string";
  if (typeof target === "string" || target instanceof URL) {
    const protocol = protocolOf(String(target));
    if (protocol !== undefined) return `a URL of ${protocol}, which it does not support`;
    return "a string that is not a URL (a file is given as { path })";
  }
  if (target === null) return "null";
  if (Array.isArray(target)) return "an array";
  if (typeof target !== "object") return `a ${typeof target}`;
  if ("path" in target && Object.keys(target).length === 1) {
    return target.path === ""
      ? "an empty path"
      : `a path of type ${target.path === null ? "null" : typeof target.path}`;
  }
  const name: unknown = target.constructor?.name;
  if (typeof name === "string" && name !== "Object") return `an instance of ${name}`;
  return `an object with the keys ${Object.keys(target).join(", ") || "(none)"}`;
}
