import type { CompiledQuery, DatabaseConnection, Dialect as KyselyDialect, Driver, Kysely, QueryResult } from "kysely";
import { StoreUnavailable } from "../../core/errors.ts";
import type { Connection, Dialect, OpenDatabase, Result, Row } from "./dialect.ts";
import type { Fail } from "./failure.ts";
import { failureOf } from "./failure.ts";
import type { Grammar, KyselyPackage } from "./kysely.ts";
import { loadKysely, partsOf } from "./kysely.ts";
import { neverStream } from "./rehearsal.ts";
import { migrate } from "./migrate.ts";
import { assertEveryCharacter } from "./mysql.ts";
import { isDuplicate, isMysqlVictim } from "./mysql-failure.ts";
import type { Names } from "./names.ts";
import type { Kind } from "./options.ts";
import { isPostgresVictim } from "./postgres-failure.ts";
import { LONGEST_DEADLOCK, whileRefused } from "./retry.ts";
import type { Schema } from "./schema.ts";
import { SQLITE_SWEEP } from "./sqlite.ts";
import { isBusy } from "./sqlite-failure.ts";
import { buildStatements } from "./statements.ts";
import type { Value } from "./statements.ts";

type AnyKysely = Kysely<Schema>;

const isRefusal: Readonly<Record<Kind, (error: unknown) => boolean>> = {
  postgres: isPostgresVictim,
  mysql: isMysqlVictim,
  sqlite: isBusy,
};

/**
 * A database that is reached through somebody's Kysely: an instance, or one made for a dialect of theirs. Nothing of it
 * is ever closed, because what it stands on was passed in.
 */
export function borrowed(
  kind: Kind,
  where: string,
  makeKysely: (kysely: KyselyPackage) => AnyKysely,
  names: Names,
  migrates: boolean,
): Dialect {
  const fail = failureOf(kind, where, names.table, "any");
  return {
    migrates,
    async open() {
      const kysely = await loadKysely();
      // Plugins of theirs would rename what ours has named, in statements and in rows.
      const theirs = makeKysely(kysely).withoutPlugins();
      const connection = new BorrowedConnection(kysely, theirs, kind, fail);
      if (kind === "mysql") await assertEveryCharacter(connection, where);
      const grammar: Grammar = { kysely, kind, names };
      const builder = new kysely.Kysely<Schema>({ dialect: dialectOver(theirs, grammar) });
      return {
        connection,
        statements: buildStatements(grammar),
        sweepsAtMost: kind === "sqlite" ? SQLITE_SWEEP : Infinity,
        async migrate(options) {
          try {
            return await whileRefused(isRefusal[kind], LONGEST_DEADLOCK, () => migrate(grammar, builder, options));
          } catch (error) {
            throw fail("migrate", error);
          }
        },
      } satisfies OpenDatabase;
    },
  };
}

class BorrowedConnection implements Connection {
  readonly #kysely: KyselyPackage;
  readonly #theirs: AnyKysely;
  readonly #kind: Kind;
  readonly #fail: Fail;

  constructor(kysely: KyselyPackage, theirs: AnyKysely, kind: Kind, fail: Fail) {
    this.#kysely = kysely;
    this.#theirs = theirs;
    this.#kind = kind;
    this.#fail = fail;
  }

  async run(sql: string, parameters: readonly Value[]): Promise<Result> {
    const query = this.#kysely.CompiledQuery.raw(sql, [...parameters]);
    try {
      const { rows, numAffectedRows } = await whileRefused(isRefusal[this.#kind], LONGEST_DEADLOCK, () =>
        this.#theirs.executeQuery<Row>(query),
      );
      if (numAffectedRows === undefined && !sql.startsWith("select")) {
        // To take it for none would make every write look refused, and every session look ended.
        throw new StoreUnavailable("The db engine needs a Kysely dialect that says how many rows a statement changed.");
      }
      return { rows, affected: Number(numAffectedRows ?? 0n) };
    } catch (error) {
      if (this.#kind === "mysql" && isDuplicate(error)) return { rows: [], affected: 0 };
      throw this.#fail("use", error);
    }
  }

  async close(): Promise<void> {}
}

/**
 * Our own copy of Kysely over a connection of theirs. Migrations are built from nodes, which differ between releases of
 * Kysely; text and parameters do not.
 */
function dialectOver(theirs: AnyKysely, { kysely, kind }: Grammar): KyselyDialect {
  return { ...partsOf(kysely, kind), createDriver: () => new BorrowedDriver(kysely, theirs) };
}

interface Lent extends DatabaseConnection {
  giveBack(): void;
}

class BorrowedDriver implements Driver {
  readonly #kysely: KyselyPackage;
  readonly #theirs: AnyKysely;

  constructor(kysely: KyselyPackage, theirs: AnyKysely) {
    this.#kysely = kysely;
    this.#theirs = theirs;
  }

  async init(): Promise<void> {}

  acquireConnection(): Promise<DatabaseConnection> {
    const { CompiledQuery } = this.#kysely;
    return new Promise((resolve, reject) => {
      this.#theirs
        .connection()
        .execute(
          (connection) =>
            new Promise<void>((giveBack) => {
              const lent: Lent = {
                executeQuery<R>({ sql, parameters }: CompiledQuery): Promise<QueryResult<R>> {
                  return connection.executeQuery<R>(CompiledQuery.raw(sql, [...parameters]));
                },
                streamQuery: neverStream,
                giveBack,
              };
              resolve(lent);
            }),
        )
        .catch(reject);
    });
  }

  async beginTransaction(connection: DatabaseConnection): Promise<void> {
    await this.#say("begin", connection);
  }

  async commitTransaction(connection: DatabaseConnection): Promise<void> {
    await this.#say("commit", connection);
  }

  async rollbackTransaction(connection: DatabaseConnection): Promise<void> {
    await this.#say("rollback", connection);
  }

  async releaseConnection(connection: DatabaseConnection): Promise<void> {
    (connection as Lent).giveBack();
  }

  async destroy(): Promise<void> {}

  async #say(sql: string, connection: DatabaseConnection): Promise<void> {
    await connection.executeQuery(this.#kysely.CompiledQuery.raw(sql));
  }
}
