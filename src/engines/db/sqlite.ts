import type { Connection, Dialect, OpenDatabase, Result, Row } from "./dialect.ts";
import type { Fail } from "./failure.ts";
import { failureOf } from "./failure.ts";
import { loadKysely } from "./kysely.ts";
import { migrate } from "./migrate.ts";
import type { AtOnce } from "./migrate.ts";
import type { Names } from "./names.ts";
import { whileRefused } from "./retry.ts";
import type { Schema } from "./schema.ts";
import { isBusy } from "./sqlite-failure.ts";
import { buildStatements } from "./statements.ts";
import type { Value } from "./statements.ts";

/** Kysely's shape of an SQLite driver, which is that of better-sqlite3, with what goes in and out spelled out. */
export interface SqliteDatabase {
  prepare(sql: string): SqliteStatement;
  close(): void;
}

interface SqliteStatement {
  /** Whether it answers with rows. */
  readonly reader: boolean;
  all(parameters: readonly Value[]): Row[];
  run(parameters: readonly Value[]): { changes: number | bigint; lastInsertRowid: number | bigint };
  iterate(parameters: readonly Value[]): IterableIterator<Row>;
}

/** An SQLite database that nobody has opened yet, or one that the user opened. */
export interface SqliteSource {
  /** For messages. */
  readonly where: string;
  /** One of our own is configured and closed by us, and must not set a busy timeout: waiting is done here. */
  readonly ours: boolean;
  readonly open: () => Promise<SqliteDatabase>;
}

/** Two milliseconds' worth: a thousand at once hold everybody up for thirty. */
export const SQLITE_SWEEP = 50;

/** In milliseconds. Well past the longest sensible transaction, well within a request's patience. */
const LONGEST_WAIT = 2_000;

/**
 * SQLite's own busy timeout would wait too, but inside the call: the whole process would stand still, and with it the
 * very request that might hold the lock.
 */
const whileBusy = <T>(attempt: () => T | Promise<T>): Promise<T> => whileRefused(isBusy, LONGEST_WAIT, attempt);

export function sqlite(source: () => Promise<SqliteSource>, names: Names, migrates: boolean): Dialect {
  return {
    migrates,
    async open() {
      const kysely = await loadKysely();
      const { where, ours, open } = await source();
      const fail = failureOf("sqlite", where, names.table);
      try {
        const database = await open();
        if (ours) await configure(database);
        const grammar = { kysely, kind: "sqlite", names } as const;
        const builder = new kysely.Kysely<Schema>({ dialect: new kysely.SqliteDialect({ database }) });
        return {
          connection: new SqliteConnection(database, ours, fail),
          statements: buildStatements(grammar),
          sweepsAtMost: SQLITE_SWEEP,
          async migrate(options) {
            try {
              return await whileBusy(() => migrate(grammar, builder, options, atOnce(database)));
            } catch (error) {
              throw fail("migrate", error);
            }
          },
        } satisfies OpenDatabase;
      } catch (error) {
        throw fail("open", error);
      }
    },
  };
}

async function configure(database: SqliteDatabase): Promise<void> {
  try {
    await whileBusy(() => {
      const [answer] = execute(database.prepare("pragma journal_mode = wal"), []).rows;
      // Without a write-ahead log (in memory, on some network drives) NORMAL could damage the file when power fails.
      if (answer?.["journal_mode"] === "wal") execute(database.prepare("pragma synchronous = normal"), []);
    });
  } catch (error) {
    database.close();
    throw error;
  }
}

class SqliteConnection implements Connection {
  readonly #database: SqliteDatabase;
  readonly #ours: boolean;
  readonly #fail: Fail;
  readonly #prepared = new Map<string, SqliteStatement>();

  constructor(database: SqliteDatabase, ours: boolean, fail: Fail) {
    this.#database = database;
    this.#ours = ours;
    this.#fail = fail;
  }

  async run(sql: string, parameters: readonly Value[]): Promise<Result> {
    try {
      return await whileBusy(() => execute(this.#prepare(sql), parameters));
    } catch (error) {
      throw this.#fail("use", error);
    }
  }

  async close(): Promise<void> {
    this.#prepared.clear();
    if (this.#ours) this.#database.close();
  }

  #prepare(sql: string): SqliteStatement {
    const known = this.#prepared.get(sql);
    if (known) return known;
    const statement = this.#database.prepare(sql);
    this.#prepared.set(sql, statement);
    return statement;
  }
}

/** Never an `await` between `begin` and `commit`: the application, and its other stores, write over this connection. */
function atOnce(database: SqliteDatabase): AtOnce {
  const say = (sql: string): Result => execute(database.prepare(sql), []);
  const schemaVersion = (): number => Number(say("pragma schema_version").rows[0]?.["schema_version"]);
  return {
    schemaVersion,
    apply(statements, version) {
      say("begin immediate");
      try {
        const isAsRehearsed = schemaVersion() === version;
        if (isAsRehearsed) for (const statement of statements) say(statement);
        say("commit");
        return isAsRehearsed;
      } catch (error) {
        try {
          say("rollback");
        } catch {
          // SQLite has rolled back by itself, as it does on a full disk. The first error is the one to tell.
        }
        throw error;
      }
    },
  };
}

function execute(statement: SqliteStatement, parameters: readonly Value[]): Result {
  if (statement.reader) return { rows: statement.all(parameters), affected: 0 };
  return { rows: [], affected: Number(statement.run(parameters).changes) };
}
