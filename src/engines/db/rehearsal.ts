import type { CompiledQuery, DatabaseConnection, DialectAdapter, Kysely, QueryResult } from "kysely";
import type { Grammar } from "./kysely.ts";
import { partsOf } from "./kysely.ts";
import type { Schema } from "./schema.ts";

/**
 * A Kysely to migrate with that changes nothing: what reads is asked of the real database, what would write is written
 * down. So a dry run goes the way of a real one, and its text is what the real one would send.
 */
export function rehearsal(
  { kysely, kind }: Grammar,
  real: Kysely<Schema>,
): { database: Kysely<Schema>; statements: string[] } {
  const statements: string[] = [];
  const created: string[] = [];

  const connection: DatabaseConnection = {
    async executeQuery<Row>(query: CompiledQuery): Promise<QueryResult<Row>> {
      if (/^\s*(select|with)\b/i.test(query.sql)) {
        // What this rehearsal has made is not there, and would be empty if it were.
        if (created.some((table) => query.sql.includes(table))) return { rows: [] };
        return real.executeQuery<Row>(query);
      }
      const [, table] = /^create table (?:if not exists )?(?:\S+\.)?(["`]\w+["`])/i.exec(query.sql) ?? [];
      if (table !== undefined) created.push(table);
      statements.push(literal(query));
      return { rows: [], numAffectedRows: 0n };
    },
    streamQuery: neverStream,
  };

  const nothing = async (): Promise<void> => {};
  const parts = partsOf(kysely, kind);
  const database = new kysely.Kysely<Schema>({
    dialect: {
      ...parts,
      createAdapter: () => withoutLocks(parts.createAdapter()),
      createDriver: () => ({
        init: nothing,
        acquireConnection: async () => connection,
        beginTransaction: nothing,
        commitTransaction: nothing,
        rollbackTransaction: nothing,
        releaseConnection: nothing,
        destroy: nothing,
      }),
    },
  });
  return { database, statements };
}

/** Taking and giving back would happen on two connections, and the lock would stay. */
function withoutLocks(adapter: DialectAdapter): DialectAdapter {
  const nothing = { value: async (): Promise<void> => {} };
  return Object.create(adapter, { acquireMigrationLock: nothing, releaseMigrationLock: nothing }) as DialectAdapter;
}

/** Only the migrator's own rows have parameters: names of migrations, instants, a zero. */
function literal({ sql, parameters }: CompiledQuery): string {
  let next = 0;
  return sql.replaceAll(/\$\d+|\?/g, () => {
    const value = parameters[next++];
    return typeof value === "number" ? String(value) : `'${String(value).replaceAll("'", "''")}'`;
  });
}

export function neverStream(): never {
  throw new Error("Nothing is streamed while migrating");
}
