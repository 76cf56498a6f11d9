import type { Migrated, MigrateOptions } from "../../core/store.ts";
import type { Statements, Value } from "./statements.ts";

export type Row = Readonly<Record<string, unknown>>;

export interface Result {
  readonly rows: readonly Row[];
  /** How many rows an insert, update or delete found to change; of no meaning for a select. */
  readonly affected: number;
}

/**
 * The seam between the store and a driver: SQL text in, rows and counts out.
 *
 * The store hands over the same few texts again and again, so that a driver can keep each one prepared. That, and not
 * how the text was made, is where the time goes: five times as many statements per second on SQLite, twice as many on
 * PostgreSQL.
 */
export interface Connection {
  /**
   * Each call is one statement and its own transaction.
   *
   * @throws StoreUnavailable for whatever the driver throws, with that as `cause`. Its message never holds a parameter.
   */
  run(sql: string, parameters: readonly Value[]): Promise<Result>;
  close(): Promise<void>;
}

export interface OpenDatabase {
  readonly connection: Connection;
  readonly statements: Statements;
  /**
   * The most that one statement of a sweep may remove. A driver that answers at once holds up the whole process while
   * it works, and a database with one lock for everything holds up every other process.
   */
  readonly sweepsAtMost: number;
  /** @throws StoreUnavailable as `run` does. */
  migrate(options?: MigrateOptions): Promise<Migrated>;
}

/** One kind of database, with one of its drivers. Making one does nothing; `open` does everything. */
export interface Dialect {
  /** Whether the first use brings the schema up to date by itself. */
  readonly migrates: boolean;
  /**
   * Connects, or gets ready to.
   *
   * @throws StoreUnavailable naming the database, the reason and the way out; calling again tries again.
   */
  open(): Promise<OpenDatabase>;
}
