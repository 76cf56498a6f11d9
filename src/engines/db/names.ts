import { createHash } from "node:crypto";
import type { AliasNode, IdentifierNode, KyselyPlugin, QueryId } from "kysely";
import { InvalidOption } from "../../core/errors.ts";
import type { KyselyPackage } from "./kysely.ts";
import type { ColumnNames, DbOptions } from "./options.ts";
import { isIdentifier, refuse } from "./options.ts";
import type { SessionTable } from "./schema.ts";

/** What everything of ours is called in the user's database. */
export interface Names {
  readonly table: string;
  /** PostgreSQL only. */
  readonly schema: string | undefined;
  readonly columns: Readonly<Record<keyof SessionTable, string>>;
  readonly expiresDayIndex: string;
  readonly userIdIndex: string;
  /** Names of our own: the application may run Kysely migrations in the same database. */
  readonly migrationTable: string;
  readonly migrationLockTable: string;
}

const LONGEST = 63;

const columnOf: Readonly<Record<keyof ColumnNames, keyof SessionTable>> = {
  id: "id",
  secretHash: "secret_hash",
  revision: "revision",
  userId: "user_id",
  createdAt: "created_at",
  renewedAt: "renewed_at",
  expiresAt: "expires_at",
  expiresDay: "expires_day",
  payload: "payload",
};

/** @throws InvalidOption */
export function namesFrom({ table = "coatcheck_session", schema, columns = {} }: DbOptions): Names {
  return Object.freeze({
    table,
    schema,
    columns: columnNames(columns),
    expiresDayIndex: derived(table, "_expires_day"),
    userIdIndex: derived(table, "_user_id"),
    migrationTable: derived(table, "_migration"),
    migrationLockTable: derived(table, "_migration_lock"),
  });
}

function columnNames(given: Partial<ColumnNames>): Record<keyof SessionTable, string> {
  for (const [field, name] of Object.entries(given)) {
    if (!Object.hasOwn(columnOf, field)) {
      throw new InvalidOption(`db(): options.columns: expected ${Object.keys(columnOf).join(", ")}, got "${field}".`);
    }
    if (name !== undefined && !isIdentifier(name)) refuse(`options.columns.${field}`, "a column's name", name);
  }
  const named = Object.entries(columnOf).map(([field, column]) => [
    column,
    given[field as keyof ColumnNames] ?? column,
  ]);
  // MySQL and SQLite do not tell columns apart by case.
  if (new Set(named.map(([, name]) => name?.toLowerCase())).size < named.length) {
    throw new InvalidOption("db(): options.columns: expected a different name for each column, got one of them twice.");
  }
  return Object.fromEntries(named) as Record<keyof SessionTable, string>;
}

/** PostgreSQL cuts a longer name off without a word, and two tables' names would become one. */
function derived(table: string, suffix: string): string {
  if (table.length + suffix.length <= LONGEST) return table + suffix;
  const hash = createHash("sha256").update(table).digest("hex").slice(0, 8);
  return `${table.slice(0, LONGEST - suffix.length - hash.length - 1)}_${hash}${suffix}`;
}

/**
 * Statements and migrations are written with the names of `SessionTable`, so that the compiler checks them; this puts the
 * user's names in their place. What a value is called in a result stays: it is ours.
 */
export function renaming({ OperationNodeTransformer }: KyselyPackage, { table, columns }: Names): KyselyPlugin {
  const names = new Map<string, string>([["coatcheck_session", table], ...Object.entries(columns)]);

  class Renamer extends OperationNodeTransformer {
    protected override transformIdentifier(node: IdentifierNode): IdentifierNode {
      return { ...node, name: names.get(node.name) ?? node.name };
    }

    protected override transformAlias(node: AliasNode, queryId?: QueryId): AliasNode {
      return { ...node, node: this.transformNode(node.node, queryId) };
    }
  }

  const renamer = new Renamer();
  return {
    transformQuery: ({ node, queryId }) => renamer.transformNode(node, queryId),
    transformResult: async ({ result }) => result,
  };
}
