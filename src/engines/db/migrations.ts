import type { ColumnDataType, Expression, Kysely } from "kysely";
import type { Migration } from "kysely/migration";
import type { Grammar } from "./kysely.ts";
import type { Kind } from "./options.ts";
import { renaming } from "./names.ts";

/** A type a column can have in one kind of database. */
interface ColumnTypes {
  readonly id: ColumnDataType | Expression<unknown>;
  readonly secretHash: ColumnDataType | Expression<unknown>;
  readonly revision: ColumnDataType | Expression<unknown>;
  readonly userId: ColumnDataType | Expression<unknown>;
  readonly payload: ColumnDataType | Expression<unknown>;
}

/**
 * Applied in the order of their names and never edited once released: databases remember them by name. `schema` is where
 * the tables are, if it was named or, on PostgreSQL, found out.
 */
export function migrationsFor(grammar: Grammar, schema: string | undefined): Record<string, Migration> {
  const { kind, names } = grammar;
  const types = columnTypes(grammar);
  const renamed = (database: Kysely<unknown>): Kysely<unknown> => {
    const ours = database.withPlugin(renaming(grammar.kysely, names));
    return schema === undefined ? ours : ours.withSchema(schema);
  };

  return {
    "0001_session": {
      async up(database) {
        const table = renamed(database)
          .schema.createTable("coatcheck_session")
          .addColumn("id", types.id, (column) => column.primaryKey().notNull())
          .addColumn("secret_hash", types.secretHash, (column) => column.notNull())
          .addColumn("revision", types.revision, (column) => column.notNull())
          .addColumn("user_id", types.userId)
          .addColumn("created_at", "bigint", (column) => column.notNull())
          .addColumn("renewed_at", "bigint", (column) => column.notNull())
          .addColumn("expires_at", "bigint", (column) => column.notNull())
          .addColumn("expires_day", "integer", (column) => column.notNull())
          // Last: a long payload spills over, and what stands behind it is reached only by walking through it.
          .addColumn("payload", types.payload, (column) => column.notNull());

        if (kind === "mysql") {
          // One statement, and no error if it is there: MySQL has no transaction around what changes a schema, so a
          // process that dies between two of them would leave half a schema that no later run could complete.
          await table
            .ifNotExists()
            .addIndex(names.expiresDayIndex, ["expires_day"])
            .addIndex(names.userIdIndex, ["user_id"])
            .modifyEnd(grammar.kysely.sql`engine = InnoDB character set utf8mb4 collate utf8mb4_bin`)
            .execute();
          return;
        }
        // A quarter of each page stays free: room for a second version of any row whose payload PostgreSQL keeps in the
        // page (up to 2 KB), so that a touch stays in its page and leaves every index alone.
        await (kind === "postgres" ? table.modifyEnd(grammar.kysely.sql`with (fillfactor = 75)`) : table).execute();
        for (const [index, column] of [
          [names.expiresDayIndex, "expires_day"],
          [names.userIdIndex, "user_id"],
        ] as const) {
          await renamed(database).schema.createIndex(index).on("coatcheck_session").column(column).execute();
        }
      },
      async down(database) {
        await renamed(database).schema.dropTable("coatcheck_session").ifExists().execute();
      },
    },
  };
}

/**
 * Text is compared byte by byte everywhere: two users, or two ids, that a language holds to be alike are not the same.
 * PostgreSQL's "C" is also the one order that an upgrade of the operating system never changes under an index.
 */
function columnTypes({ kind, kysely: { sql } }: Grammar): ColumnTypes {
  const kinds: Record<Kind, () => ColumnTypes> = {
    postgres: () => {
      const text = sql`text collate "C"`;
      return { id: text, secretHash: text, revision: text, userId: text, payload: "text" };
    },
    // Longer than a user id can be (255 characters and a namespace), and short enough to be indexed.
    mysql: () => ({ ...sizes, userId: "varchar(320)", payload: sql`longtext` }),
    sqlite: () => ({ ...sizes, userId: "varchar(255)", payload: "text" }),
  };
  return kinds[kind]();
}

const sizes = { id: "varchar(96)", secretHash: "varchar(64)", revision: "varchar(64)" } as const;
