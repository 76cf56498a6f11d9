import type { Config } from "../config.ts";
import { migratableBehind } from "../powers.ts";
import type { Report } from "../report.ts";

export interface MigrateOptions {
  /** Prints what would be run, and runs nothing. */
  readonly sql?: boolean;
  readonly down?: boolean;
}

/** Brings the store's schema up to date, or takes it back. */
export async function migrate({ file, behind }: Config, options: MigrateOptions): Promise<Report> {
  const store = migratableBehind(behind);
  const direction = options.down ? "down" : "up";
  const dryRun = options.sql === true;
  const answer = await (store.migrate as Migrate).call(store, { direction, dryRun });
  const facts = { engine: behind.engine, config: file, direction, dryRun };

  const migrations = namesIn(answer);
  if (dryRun) {
    const sql = statementsIn(answer);
    const note = sql.length === 0 ? `${behind.engine}: nothing to run.` : undefined;
    return { facts: { ...facts, migrations, sql }, text: sql.map((statement) => `${statement};`).join("\n"), note };
  }
  const text = migrations.length > 0 ? `${migrations.join(", ")} ${done[direction]}` : unchanged[direction];
  return { facts: { ...facts, migrations }, text: `${behind.engine}: ${text}.` };
}

const done = { up: "applied", down: "taken back" };
const unchanged = { up: "the schema is up to date", down: "there was nothing to take back" };

type Migrate = (options: { direction: "up" | "down"; dryRun: boolean }) => Promise<unknown>;

/** Read with care, here and below: the store comes from the app, and may be of another release than we are. */
function statementsIn(answer: unknown): string[] {
  const sql = field(answer, "sql");
  return Array.isArray(sql) ? sql.map((statement) => String(statement).trim().replace(/;$/, "")) : [];
}

function namesIn(answer: unknown): string[] {
  const migrations = field(answer, "migrations");
  return Array.isArray(migrations) ? migrations.map(String) : [];
}

function field(value: unknown, key: string): unknown {
  return typeof value === "object" && value !== null ? Reflect.get(value, key) : undefined;
}
