import { createHash } from "node:crypto";
import type { PostgresPool, PostgresPoolClient } from "kysely";
import type { Connection, Dialect, OpenDatabase, Result, Row } from "./dialect.ts";
import type { Fail } from "./failure.ts";
import { failureOf } from "./failure.ts";
import { loadKysely } from "./kysely.ts";
import { migrate } from "./migrate.ts";
import type { Names } from "./names.ts";
import { isPostgresVictim, isStalePreparation } from "./postgres-failure.ts";
import { LONGEST_DEADLOCK, whileRefused } from "./retry.ts";
import type { Schema } from "./schema.ts";
import { buildStatements } from "./statements.ts";
import type { Value } from "./statements.ts";

/** What is used of a client that is checked out of a `pg.Pool`. */
interface PgClient extends PostgresPoolClient {
  on(event: "error", listener: (error: Error) => void): unknown;
  removeListener(event: "error", listener: (error: Error) => void): unknown;
}

/** What is used of a `pg.Pool`. */
export interface PgPool extends PostgresPool {
  connect(): Promise<PgClient>;
  query(query: {
    name?: string;
    text: string;
    values: readonly Value[];
    query_timeout?: number;
  }): Promise<{ rows: Row[]; rowCount: number | null }>;
  on(event: "error", listener: (error: Error) => void): unknown;
  listenerCount(event: "error"): number;
}

export interface PgSource {
  /** For messages. */
  readonly where: string;
  /** Whether it is ours to close. */
  readonly ours: boolean;
  readonly open: () => Promise<PgPool>;
}

/**
 * In milliseconds. Past any deadline a request has; without it a network that swallows packets would keep the pool for
 * good.
 */
const LONGEST_QUERY = 5_000;

export function postgres(
  source: PgSource,
  names: Names,
  { prepare, migrates }: { prepare: boolean; migrates: boolean },
): Dialect {
  const fail = failureOf("postgres", source.where, names.table);
  return {
    migrates,
    async open() {
      const kysely = await loadKysely();
      const pool = await source.open();
      const grammar = { kysely, kind: "postgres", names } as const;
      const builder = new kysely.Kysely<Schema>({ dialect: new kysely.PostgresDialect({ pool: listening(pool) }) });
      return {
        connection: new PgConnection(pool, source.ours, prepare, fail),
        statements: buildStatements(grammar),
        sweepsAtMost: Infinity,
        async migrate(options) {
          try {
            return await migrate(grammar, builder, options);
          } catch (error) {
            throw fail("migrate", error);
          }
        },
      } satisfies OpenDatabase;
    },
  };
}

class PgConnection implements Connection {
  readonly #pool: PgPool;
  readonly #ours: boolean;
  readonly #prepare: boolean;
  readonly #fail: Fail;
  readonly #namesByText = new Map<string, string>();

  constructor(pool: PgPool, ours: boolean, prepare: boolean, fail: Fail) {
    this.#pool = pool;
    this.#ours = ours;
    this.#prepare = prepare;
    this.#fail = fail;
    // An idle connection that ends (PostgreSQL restarts) is an event of the pool, and one that nobody listens to ends
    // the process. The pool replaces the connection by itself; there is nothing to do. It stays when the store is
    // disposed of: another store on the same pool may count on it.
    if (pool.listenerCount("error") === 0) pool.on("error", ignore);
  }

  async run(sql: string, parameters: readonly Value[]): Promise<Result> {
    try {
      return await whileRefused(isPostgresVictim, LONGEST_DEADLOCK, () => this.#query(sql, parameters));
    } catch (error) {
      throw this.#fail("use", error);
    }
  }

  async close(): Promise<void> {
    if (this.#ours) await this.#pool.end();
  }

  async #query(text: string, values: readonly Value[]): Promise<Result> {
    const query = { text, values, ...(this.#ours && { query_timeout: LONGEST_QUERY }) };
    if (this.#prepare) {
      try {
        return resultOf(await this.#pool.query({ name: this.#nameOf(text), ...query }));
      } catch (error) {
        // Nothing was run, and the pool has thrown the connection away. The next one prepares anew.
        if (!isStalePreparation(error)) throw error;
      }
    }
    return resultOf(await this.#pool.query(query));
  }

  /** By content, so that two stores on one pool, with tables of their own, never mean different things by one name. */
  #nameOf(text: string): string {
    const known = this.#namesByText.get(text);
    if (known !== undefined) return known;
    const name = `coatcheck_${createHash("sha256").update(text).digest("hex").slice(0, 32)}`;
    this.#namesByText.set(text, name);
    return name;
  }
}

/**
 * A connection that ends while it is checked out is an event of that client, which the pool has stopped listening to,
 * and one that nobody listens to ends the process. The statement under way fails by itself; there is nothing else to do.
 */
function listening(pool: PgPool): PostgresPool {
  return {
    options: pool.options,
    ...(pool.Client && { Client: pool.Client }),
    async connect() {
      const client = await pool.connect();
      const { release } = client;
      client.on("error", ignore);
      client.release = (destroy) => {
        client.release = release;
        // The pool listens again from here on, so there is no moment in between.
        release.call(client, destroy);
        client.removeListener("error", ignore);
      };
      return client;
    },
    end: () => pool.end(),
  };
}

function ignore(): void {}

function resultOf({ rows, rowCount }: { rows: Row[]; rowCount: number | null }): Result {
  return { rows, affected: rowCount ?? 0 };
}
