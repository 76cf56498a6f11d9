import type * as KyselyModule from "kysely";
import type { Kysely } from "kysely";
import type * as MigrationModule from "kysely/migration";
import { StoreUnavailable } from "../../core/errors.ts";
import type { Names } from "./names.ts";
import type { Kind } from "./options.ts";
import type { Schema } from "./schema.ts";

type Migrating = Pick<typeof MigrationModule, "Migrator" | "NO_MIGRATIONS">;

export type KyselyPackage = Omit<typeof KyselyModule, keyof Migrating> & Migrating;

/** Kysely, and what it has to know of the database it speaks to. */
export interface Grammar {
  readonly kysely: KyselyPackage;
  readonly kind: Kind;
  readonly names: Names;
}

/** Loaded on first use, so that importing Coatcheck costs nothing to those who keep their sessions elsewhere. */
export async function loadKysely(): Promise<KyselyPackage> {
  try {
    const [kysely, { Migrator, NO_MIGRATIONS }] = await Promise.all([import("kysely"), import("kysely/migration")]);
    return { ...kysely, Migrator, NO_MIGRATIONS };
  } catch (cause) {
    throw new StoreUnavailable("The db engine needs the package kysely, 0.29.3 or newer. Run: npm install kysely", {
      cause,
    });
  }
}

export type Parts = Pick<KyselyModule.Dialect, "createAdapter" | "createQueryCompiler" | "createIntrospector">;

/** Everything of a Kysely dialect but the driver. */
export function partsOf(kysely: KyselyPackage, kind: Kind): Parts {
  switch (kind) {
    case "postgres":
      return {
        createAdapter: () => new kysely.PostgresAdapter(),
        createQueryCompiler: () => new kysely.PostgresQueryCompiler(),
        createIntrospector: (database) => new kysely.PostgresIntrospector(database),
      };
    case "mysql":
      return {
        createAdapter: () => new kysely.MysqlAdapter(),
        createQueryCompiler: () => new kysely.MysqlQueryCompiler(),
        createIntrospector: (database) => new kysely.MysqlIntrospector(database),
      };
    case "sqlite":
      return {
        createAdapter: () => new kysely.SqliteAdapter(),
        createQueryCompiler: () => new kysely.SqliteQueryCompiler(),
        createIntrospector: (database) => new kysely.SqliteIntrospector(database),
      };
  }
}

/** A Kysely that only compiles: texts depend on our copy of Kysely alone, whatever the user's own looks like. */
export function compiler({ kysely, kind }: Grammar): Kysely<Schema> {
  return new kysely.Kysely<Schema>({
    dialect: { ...partsOf(kysely, kind), createDriver: () => new kysely.DummyDriver() },
  });
}
