import type * as KyselyModule from "kysely";
import type * as MigrationModule from "kysely/migration";
import { StoreUnavailable } from "../../core/errors.ts";

export type KyselyPackage = Pick<typeof KyselyModule, "Kysely" | "SqliteDialect" | "sql"> &
  Pick<typeof MigrationModule, "Migrator">;

/** Loaded on first use, so that importing Coatcheck costs nothing to those who keep their sessions elsewhere. */
export async function loadKysely(): Promise<KyselyPackage> {
  try {
    const [{ Kysely, SqliteDialect, sql }, { Migrator }] = await Promise.all([
      import("kysely"),
      import("kysely/migration"),
    ]);
    return { Kysely, SqliteDialect, sql, Migrator };
  } catch (cause) {
    throw new StoreUnavailable("The db engine needs the package kysely, 0.29.3 or newer. Run: npm install kysely", {
      cause,
    });
  }
}
