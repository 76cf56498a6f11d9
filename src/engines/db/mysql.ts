import type { MysqlPool as KyselyMysqlPool } from "kysely";
import { StoreUnavailable } from "../../core/errors.ts";
import type { Connection, Dialect, OpenDatabase, Result, Row } from "./dialect.ts";
import type { Fail } from "./failure.ts";
import { failureOf } from "./failure.ts";
import { loadKysely } from "./kysely.ts";
import { migrate } from "./migrate.ts";
import { isConnectionGood, isDuplicate, isMysqlVictim, isStalePreparation } from "./mysql-failure.ts";
import type { Names } from "./names.ts";
import { LONGEST_DEADLOCK, whileRefused } from "./retry.ts";
import type { Schema } from "./schema.ts";
import { buildStatements } from "./statements.ts";
import type { Value } from "./statements.ts";

interface Query {
  sql: string;
  values: readonly Value[];
  rowsAsArray: false;
}

type Answer = (error: Error | null, answer?: unknown) => void;

/** What is used of a connection of `mysql2`. */
interface MysqlConnection {
  execute(query: Query, answer: Answer): unknown;
  query(query: Query, answer: Answer): unknown;
  release(): void;
  destroy(): void;
}

/** What is used of a pool of `mysql2`, the one with callbacks. */
export interface MysqlPool {
  getConnection(answer: (error: Error | null, connection?: MysqlConnection) => void): void;
  end(answer: (error?: Error | null) => void): void;
}

export interface MysqlSource {
  /** For messages. */
  readonly where: string;
  /** Whether it is ours to close. */
  readonly ours: boolean;
  readonly open: () => Promise<MysqlPool>;
}

/**
 * In milliseconds. Past any deadline a request has; without it a network that swallows packets would keep the pool for
 * good.
 */
const LONGEST_QUERY = 5_000;

export function mysql(
  source: MysqlSource,
  names: Names,
  { prepare, migrates }: { prepare: boolean; migrates: boolean },
): Dialect {
  const fail = failureOf("mysql", source.where, names.table);
  return {
    migrates,
    async open() {
      const kysely = await loadKysely();
      const pool = await source.open();
      const connection = new Mysql2Connection(pool, source.ours, prepare, fail);
      try {
        const { escapable } = await assertEveryCharacter(connection, source.where);
        if (!escapable) connection.alwaysPrepare();
      } catch (error) {
        await connection.close();
        throw error;
      }
      const grammar = { kysely, kind: "mysql", names } as const;
      const builder = new kysely.Kysely<Schema>({
        dialect: new kysely.MysqlDialect({ pool: pool as unknown as KyselyMysqlPool }),
      });
      return {
        connection,
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

/**
 * On a connection with another character set, MySQL keeps "?" for what that cannot say, without a word. And a driver that
 * puts values into the text itself does so with backslashes, which mean nothing under NO_BACKSLASH_ESCAPES: an
 * apostrophe would end the value, and what follows it would be run. A backslash that comes back doubled tells.
 */
export async function assertEveryCharacter(connection: Connection, where: string): Promise<{ escapable: boolean }> {
  const { rows } = await connection.run(
    "select @@character_set_connection as characters, @@sql_mode as modes, ? as backslash",
    ["\\"],
  );
  const { characters, modes, backslash } = rows[0] ?? {};
  if (characters !== "utf8mb4") {
    throw new StoreUnavailable(
      `The db engine cannot use ${where}: its connections have the character set ${String(characters)}, which would damage ` +
        'what sessions hold. Set charset: "utf8mb4", which is the default of mysql2.',
    );
  }
  if (backslash !== "\\") {
    throw new StoreUnavailable(
      `The db engine cannot use ${where}: its connections have the sql_mode NO_BACKSLASH_ESCAPES, under which values are ` +
        "safe in prepared statements only. Take that mode off, or use a URL or a pool of mysql2 without prepare: false.",
    );
  }
  return { escapable: !String(modes).includes("NO_BACKSLASH_ESCAPES") };
}

class Mysql2Connection implements Connection {
  readonly #pool: MysqlPool;
  readonly #ours: boolean;
  readonly #prepare: boolean;
  readonly #fail: Fail;
  /** What is left when a preparation is refused. */
  #fallback: "execute" | "query" = "query";

  constructor(pool: MysqlPool, ours: boolean, prepare: boolean, fail: Fail) {
    this.#pool = pool;
    this.#ours = ours;
    this.#prepare = prepare;
    this.#fail = fail;
  }

  /** For connections on which `query` would not be safe. */
  alwaysPrepare(): void {
    this.#fallback = "execute";
  }

  async run(sql: string, parameters: readonly Value[]): Promise<Result> {
    try {
      return await whileRefused(isMysqlVictim, LONGEST_DEADLOCK, () => this.#query(sql, parameters));
    } catch (error) {
      if (isDuplicate(error)) return { rows: [], affected: 0 };
      throw this.#fail("use", error);
    }
  }

  async close(): Promise<void> {
    if (!this.#ours) return;
    await new Promise<void>((resolve, reject) => this.#pool.end((error) => (error ? reject(error) : resolve())));
  }

  async #query(sql: string, values: readonly Value[]): Promise<Result> {
    const query: Query = { sql, values, rowsAsArray: false };
    if (this.#prepare) {
      try {
        return resultOf(await this.#send("execute", query));
      } catch (error) {
        if (!isStalePreparation(error)) throw error;
      }
    }
    return resultOf(await this.#send(this.#fallback, query));
  }

  async #send(way: "execute" | "query", query: Query): Promise<unknown> {
    const connection = await this.#connect();
    return new Promise((resolve, reject) => {
      // Ours, because the driver's own does not run while it prepares.
      const timer = this.#ours && setTimeout(() => settle(timedOut()), LONGEST_QUERY);
      let settled = false;
      const settle = (error: Error | null, answer?: unknown): void => {
        // Destroyed, it may still tell of its end.
        if (settled) return;
        settled = true;
        if (timer) clearTimeout(timer);
        if (!error || isConnectionGood(error)) connection.release();
        else connection.destroy();
        if (error) reject(error);
        else resolve(answer);
      };
      connection[way](query, settle);
    });
  }

  #connect(): Promise<MysqlConnection> {
    return new Promise((resolve, reject) => {
      this.#pool.getConnection((error, connection) => {
        if (connection) resolve(connection);
        else reject(error ?? new Error("The pool gave no connection"));
      });
    });
  }
}

/** As the driver would have it. */
function timedOut(): Error {
  return Object.assign(new Error("Query inactivity timeout"), { code: "PROTOCOL_SEQUENCE_TIMEOUT" });
}

function resultOf(answer: unknown): Result {
  if (Array.isArray(answer)) return { rows: answer as Row[], affected: 0 };
  const { affectedRows = 0, info = "" } = answer as { affectedRows?: number; info?: string };
  // `affectedRows` counts what was found or what was changed, as the connection's flags have it. Only the first will do: a touch
  // that moves nothing must not read as "gone". The server says it in any case.
  const [, matched] = /^Rows matched: (\d+)/.exec(info) ?? [];
  return { rows: [], affected: matched === undefined ? affectedRows : Number(matched) };
}
