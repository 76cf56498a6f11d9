import { whileBusy } from "./busy.ts";
import type { Connection, Dialect, OpenDatabase, Result, Row } from "./dialect.ts";
import { loadKysely } from "./kysely.ts";
import type { KyselyPackage } from "./kysely.ts";
import { bringUpToDate, createMigrator, isUpToDate } from "./schema.ts";
import type { Schema } from "./schema.ts";
import { unavailable } from "./sqlite-failure.ts";
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

/** An SQLite database that nobody has opened yet. */
export interface SqliteSource {
  /** For messages. */
  readonly where: string;
  /** Must not set a busy timeout: waiting is done here, without holding up the process. */
  readonly open: () => Promise<SqliteDatabase>;
}

export function sqlite(source: () => Promise<SqliteSource>): Dialect {
  return {
    async open() {
      const kysely = await loadKysely();
      const { where, open } = await source();
      try {
        return await prepare(kysely, await open(), where);
      } catch (error) {
        throw unavailable("open", where, error);
      }
    },
  };
}

async function prepare(kysely: KyselyPackage, database: SqliteDatabase, where: string): Promise<OpenDatabase> {
  try {
    await whileBusy(() => configure(database));
    const builder = new kysely.Kysely<Schema>({ dialect: new kysely.SqliteDialect({ database }) });
    const migrator = createMigrator(kysely, builder);
    await whileBusy(async () => {
      // Looked at first, so that opening takes no lock on a database that is ready.
      if (await isUpToDate(migrator)) return;
      await exclusively(database, () => bringUpToDate(migrator));
    });
    return {
      connection: new SqliteConnection(database, where),
      statements: buildStatements(builder, kysely.sql, "rowid"),
    };
  } catch (error) {
    database.close();
    throw error;
  }
}

function configure(database: SqliteDatabase): void {
  const [answer] = execute(database.prepare("pragma journal_mode = wal"), []).rows;
  // Without a write-ahead log (in memory, on some network drives) NORMAL could damage the file when power fails.
  if (answer?.["journal_mode"] === "wal") execute(database.prepare("pragma synchronous = normal"), []);
}

/**
 * Kysely takes no lock on SQLite while it migrates, and opens no transaction either: two processes would both find the
 * table missing. Its statements all run on this one connection, so a transaction around them makes them one step.
 */
async function exclusively(database: SqliteDatabase, work: () => Promise<void>): Promise<void> {
  execute(database.prepare("begin immediate"), []);
  try {
    await work();
    execute(database.prepare("commit"), []);
  } catch (error) {
    try {
      execute(database.prepare("rollback"), []);
    } catch {
      // SQLite has rolled back by itself, as it does on a full disk. The first error is the one to tell.
    }
    throw error;
  }
}

class SqliteConnection implements Connection {
  readonly #database: SqliteDatabase;
  readonly #where: string;
  readonly #prepared = new Map<string, SqliteStatement>();

  constructor(database: SqliteDatabase, where: string) {
    this.#database = database;
    this.#where = where;
  }

  async run(sql: string, parameters: readonly Value[]): Promise<Result> {
    try {
      return await whileBusy(() => execute(this.#prepare(sql), parameters));
    } catch (error) {
      throw unavailable("use", this.#where, error);
    }
  }

  async close(): Promise<void> {
    this.#prepared.clear();
    this.#database.close();
  }

  #prepare(sql: string): SqliteStatement {
    const known = this.#prepared.get(sql);
    if (known) return known;
    const statement = this.#database.prepare(sql);
    this.#prepared.set(sql, statement);
    return statement;
  }
}

function execute(statement: SqliteStatement, parameters: readonly Value[]): Result {
  if (statement.reader) return { rows: statement.all(parameters), affected: 0 };
  return { rows: [], affected: Number(statement.run(parameters).changes) };
}
