import type { Kysely } from "kysely";
import type { Migrator } from "kysely/migration";
import type { Migrated, MigrateOptions } from "../../core/store.ts";
import type { Grammar } from "./kysely.ts";
import { migrationsFor } from "./migrations.ts";
import { rehearsal } from "./rehearsal.ts";
import { LONGEST_DEADLOCK, whileRefused } from "./retry.ts";
import type { Schema } from "./schema.ts";

/** A database that answers in the same turn, so that a transaction can begin and end with nobody in between. */
export interface AtOnce {
  /** Another number after every change of the schema, whoever made it. */
  schemaVersion(): number;
  /**
   * All of the statements in one transaction and one turn: on a connection that others have too, whatever they wrote in
   * between would be part of it, and be lost with it.
   *
   * @returns false if the schema has another version by now; then nothing was done.
   */
  apply(statements: readonly string[], version: number): boolean;
}

/**
 * Brings the schema up to date, or takes it and all records away. What stays is the bookkeeping, two tables of which one
 * says that nothing is applied and the other has the row of Kysely's lock: they could only be dropped past that lock,
 * from under whoever is migrating at the same time.
 *
 * Kysely lets one process at a time do so on PostgreSQL (advisory lock, one transaction) and on MySQL (`get_lock`); on
 * SQLite it does neither, so there a transaction goes around everything.
 */
export async function migrate(
  grammar: Grammar,
  database: Kysely<Schema>,
  options: MigrateOptions = {},
  atOnce?: AtOnce,
): Promise<Migrated> {
  return whileRefused(hasVanished, LONGEST_DEADLOCK, () => attempt(grammar, database, options, atOnce));
}

/**
 * To find out which tables there are, Kysely asks PostgreSQL about each of them, and is refused if one is dropped
 * meanwhile, be it not even ours. Nothing was done then, or all of it was rolled back.
 */
function hasVanished(error: unknown): boolean {
  return error instanceof Error && "code" in error && error.code === "42P01";
}

async function attempt(
  grammar: Grammar,
  database: Kysely<Schema>,
  { direction = "up", dryRun = false }: MigrateOptions,
  atOnce: AtOnce | undefined,
): Promise<Migrated> {
  // Looked at first, so that a schema that is up to date is found so without a lock.
  if (direction === "up" && (await isUpToDate(grammar, database))) {
    return { migrations: [], ...(dryRun && { sql: [] }) };
  }
  if (dryRun) {
    const { database: stage, statements } = rehearsal(grammar, database);
    const migrations = await run(grammar, stage, direction);
    return { migrations, sql: statements };
  }
  if (atOnce !== undefined) return { migrations: await rehearseAndApply(grammar, database, direction, atOnce) };
  const work = (connection: Kysely<Schema>): Promise<string[]> => run(grammar, connection, direction);
  return { migrations: await (grammar.kind === "sqlite" ? exclusively(grammar, database, work) : work(database)) };
}

/** Only reads. A schema that a newer release has taken further counts as up to date. */
async function isUpToDate(grammar: Grammar, database: Kysely<Schema>): Promise<boolean> {
  const migrator = createMigrator(grammar, database, await schemaOf(grammar, database));
  const known = await migrator.getMigrations();
  return known.every((migration) => migration.executedAt !== undefined);
}

async function run(grammar: Grammar, database: Kysely<Schema>, direction: "up" | "down"): Promise<string[]> {
  const migrator = createMigrator(grammar, database, await schemaOf(grammar, database));
  if (direction === "up") return outcome(await migrator.migrateToLatest());

  // Not begun where there is nothing to undo: that alone would make the two tables of the bookkeeping.
  const known = await migrator.getMigrations();
  const applied = known.some((migration) => migration.executedAt !== undefined);
  return applied ? outcome(await migrator.migrateTo(grammar.kysely.NO_MIGRATIONS)) : [];
}

function outcome({ error, results }: Awaited<ReturnType<Migrator["migrateToLatest"]>>): string[] {
  if (error !== undefined) throw error instanceof Error ? error : new Error("Migrating failed", { cause: error });
  return (results ?? []).map((result) => result.migrationName);
}

function createMigrator(grammar: Grammar, database: Kysely<Schema>, schema: string | undefined): Migrator {
  const migrations = migrationsFor(grammar, schema);
  return new grammar.kysely.Migrator({
    db: database,
    provider: { getMigrations: async () => migrations },
    migrationTableName: grammar.names.migrationTable,
    migrationLockTableName: grammar.names.migrationLockTable,
    ...(schema !== undefined && { migrationTableSchema: schema }),
  });
}

/**
 * On PostgreSQL never left open: Kysely would find the migrations of any other schema of the database, a neighbour's or
 * an older deployment's, and take them for ours.
 */
async function schemaOf({ kind, names, kysely }: Grammar, database: Kysely<Schema>): Promise<string | undefined> {
  if (kind !== "postgres" || names.schema !== undefined) return names.schema;
  const { rows } = await kysely.sql<{ name: string | null }>`select current_schema() as name`.execute(database);
  return rows[0]?.name ?? undefined;
}

/** Every further round is one in which somebody else has changed the schema. */
async function rehearseAndApply(
  grammar: Grammar,
  database: Kysely<Schema>,
  direction: "up" | "down",
  atOnce: AtOnce,
): Promise<string[]> {
  for (;;) {
    const version = atOnce.schemaVersion();
    const { database: stage, statements } = rehearsal(grammar, database);
    const migrations = await run(grammar, stage, direction);
    if (statements.length === 0 || atOnce.apply(statements, version)) return migrations;
  }
}

/** For an SQLite behind somebody's Kysely, which gives its only connection to one at a time. */
async function exclusively<T>(
  { kysely: { sql } }: Grammar,
  database: Kysely<Schema>,
  work: (connection: Kysely<Schema>) => Promise<T>,
): Promise<T> {
  return database.connection().execute(async (connection) => {
    await sql`begin immediate`.execute(connection);
    try {
      const result = await work(connection);
      await sql`commit`.execute(connection);
      return result;
    } catch (error) {
      try {
        await sql`rollback`.execute(connection);
      } catch {
        // SQLite has rolled back by itself, as it does on a full disk. The first error is the one to tell.
      }
      throw error;
    }
  });
}
