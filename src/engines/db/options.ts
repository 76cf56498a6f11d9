import { InvalidOption } from "../../core/errors.ts";

/** The three ways of saying things in SQL. A driver, or a Kysely dialect, speaks one of them. */
export type Kind = "postgres" | "mysql" | "sqlite";

/** What the columns are called; the names of the record's fields stand for them in `columns`. */
export interface ColumnNames {
  readonly id: string;
  readonly secretHash: string;
  readonly revision: string;
  readonly userId: string;
  readonly createdAt: string;
  readonly renewedAt: string;
  readonly expiresAt: string;
  /** The day of `expiresAt`, which is what the sweep goes by. */
  readonly expiresDay: string;
  readonly payload: string;
}

/**
 * How `db()` keeps its records. Names are letters, digits and underscores, at most 63, as every database takes them.
 */
export interface DbOptions {
  /**
   * The table. Its migrations are remembered in two more, named after it.
   * @default "coatcheck_session"
   */
  readonly table?: string;
  /**
   * PostgreSQL: the schema all tables are in, made by `migrate` if it is missing. Without it, the first of the search
   * path.
   */
  readonly schema?: string;
  /** Names for columns, where the defaults (`secret_hash`, `expires_at` …) do not suit. */
  readonly columns?: Partial<ColumnNames>;
  /**
   * Creates and updates the tables on first use. The default is true for an SQLite file of ours and false for
   * everything else: run `coatcheck migrate` there, when you deploy.
   */
  readonly migrate?: boolean;
  /**
   * PostgreSQL and MySQL URLs and pools: keep statements prepared. False for a pooler that hands each statement to
   * another connection, such as PgBouncer before 1.21 in transaction mode.
   * @default true
   */
  readonly prepare?: boolean;
  /** URLs: passed to the pool we make, `new pg.Pool(…)` or `mysql2.createPool(…)`, over our own settings. */
  readonly pool?: object;
  /** Kysely: which SQL it speaks, where that cannot be told from what it compiles. */
  readonly dialect?: Kind;
}

const IDENTIFIER = /^[A-Za-z_][A-Za-z0-9_]{0,62}$/;
const KINDS: readonly unknown[] = ["postgres", "mysql", "sqlite"] satisfies Kind[];

const rules: Record<keyof DbOptions, { expected: string; ok: (value: unknown) => boolean }> = {
  table: { expected: `a name matching ${IDENTIFIER}`, ok: isIdentifier },
  schema: { expected: `a name matching ${IDENTIFIER}`, ok: isIdentifier },
  columns: { expected: "an object of column names", ok: isPlainObject },
  migrate: { expected: "true or false", ok: isBoolean },
  prepare: { expected: "true or false", ok: isBoolean },
  pool: { expected: "an object with the driver's own pool options", ok: isPlainObject },
  dialect: { expected: '"postgres", "mysql" or "sqlite"', ok: (value) => KINDS.includes(value) },
};

/**
 * Takes `unknown`, because settings are often not written in TypeScript. @throws InvalidOption never showing a value.
 */
export function checkOptions(options: unknown): DbOptions {
  if (options === undefined) return {};
  if (!isPlainObject(options)) throw new InvalidOption(`db(): options: expected an object, got ${kindOf(options)}.`);
  for (const [name, value] of Object.entries(options)) {
    if (!Object.hasOwn(rules, name)) {
      throw new InvalidOption(`db(): options: expected ${Object.keys(rules).join(", ")}, got "${name}".`);
    }
    const { expected, ok } = rules[name as keyof DbOptions];
    if (value !== undefined && !ok(value)) refuse(`options.${name}`, expected, value);
  }
  return options;
}

/** An option that would silently do nothing is refused like a wrong one. */
export function refuseUseless(options: DbOptions, useful: readonly (keyof DbOptions)[], target: string): void {
  const always: readonly (keyof DbOptions)[] = ["table", "columns", "migrate"];
  for (const [name, value] of Object.entries(options)) {
    const key = name as keyof DbOptions;
    if (value === undefined || always.includes(key) || useful.includes(key)) continue;
    throw new InvalidOption(`db(): options.${name} means nothing to ${target}: expected it left out.`);
  }
}

export function isIdentifier(value: unknown): value is string {
  return typeof value === "string" && IDENTIFIER.test(value);
}

/** Names are shown in messages: they are no secrets. Anything longer may be something pasted into the wrong place. */
export function refuse(option: string, expected: string, value: unknown): never {
  const shown = typeof value === "string" && value.length <= 80 ? JSON.stringify(value) : kindOf(value);
  throw new InvalidOption(`db(): ${option}: expected ${expected}, got ${shown}.`);
}

function isBoolean(value: unknown): boolean {
  return typeof value === "boolean";
}

function isPlainObject(value: unknown): value is object {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function kindOf(value: unknown): string {
  if (value === null) return "null";
  if (Array.isArray(value)) return "an array";
  return typeof value === "object" ? "an object" : `a ${typeof value}`;
}
