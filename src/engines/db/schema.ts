import type { Kysely } from "kysely";
import type { Migration, Migrator } from "kysely/migration";
import type { KyselyPackage } from "./kysely.ts";

interface SessionTable {
  id: string;
  secret_hash: string;
  revision: string;
  user_id: string | null;
  created_at: number;
  renewed_at: number;
  expires_at: number;
  /** `dayOf(expires_at)`. Indexed in its place, so that the key of that index changes once a day and not on each touch. */
  expires_day: number;
  payload: string;
}

export interface Schema {
  coatcheck_session: SessionTable;
}

const DAY = 86_400_000;

/** Rounded up, so that what has expired by an instant is never on a later day than that instant. */
export function dayOf(instant: number): number {
  return Math.ceil(instant / DAY);
}

/** Applied in the order of their names and never edited once released: databases remember them by name. */
const migrations: Record<string, Migration> = {
  "0001_session": {
    async up(database) {
      await database.schema
        .createTable("coatcheck_session")
        .addColumn("id", "varchar(96)", (column) => column.primaryKey().notNull())
        .addColumn("secret_hash", "varchar(64)", (column) => column.notNull())
        .addColumn("revision", "varchar(64)", (column) => column.notNull())
        .addColumn("user_id", "varchar(255)")
        .addColumn("created_at", "bigint", (column) => column.notNull())
        .addColumn("renewed_at", "bigint", (column) => column.notNull())
        .addColumn("expires_at", "bigint", (column) => column.notNull())
        .addColumn("expires_day", "integer", (column) => column.notNull())
        // Last: a long payload spills over, and what stands behind it is reached only by walking through it.
        .addColumn("payload", "text", (column) => column.notNull())
        .execute();
      await database.schema
        .createIndex("coatcheck_session_expires_day")
        .on("coatcheck_session")
        .column("expires_day")
        .execute();
      await database.schema
        .createIndex("coatcheck_session_user_id")
        .on("coatcheck_session")
        .column("user_id")
        .execute();
    },
  },
};

export function createMigrator(kysely: KyselyPackage, database: Kysely<Schema>): Migrator {
  return new kysely.Migrator({
    db: database,
    provider: { getMigrations: async () => migrations },
    // Names of our own: the application may run Kysely migrations in the same database.
    migrationTableName: "coatcheck_migration",
    migrationLockTableName: "coatcheck_migration_lock",
  });
}

/** Only reads. A schema that a newer release has taken further counts as up to date. */
export async function isUpToDate(migrator: Migrator): Promise<boolean> {
  const known = await migrator.getMigrations();
  return known.every((migration) => migration.executedAt !== undefined);
}

export async function bringUpToDate(migrator: Migrator): Promise<void> {
  const { error } = await migrator.migrateToLatest();
  if (error !== undefined) throw error instanceof Error ? error : new Error("Migrating failed", { cause: error });
}
