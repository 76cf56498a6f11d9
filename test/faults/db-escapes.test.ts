import { MysqlDialect } from "kysely";
import type { Pool } from "mysql2";
import { describe, expect, test } from "vitest";
import { StoreUnavailable } from "../../src/core/errors.ts";
import type { SessionRecord } from "../../src/core/store.ts";
import { db } from "../../src/engines/db.ts";
import type { DbTarget } from "../../src/engines/db.ts";
import { START } from "../../src/testing.ts";
import { mariadbUrl, mysqlPool, ownName } from "../engines/db/server.ts";

const payload = String.raw`it's \ "so" \' or 1 = 1; -- `;

/** Each connection of it, and no other: other tests are at work on the same server. */
function strictPool(): Pool {
  const pool = mysqlPool();
  pool.on("connection", (connection) => {
    connection.query("set session sql_mode = concat(@@sql_mode, ',NO_BACKSLASH_ESCAPES')");
  });
  return pool;
}

/** Whose prepared statements are refused, as by a server that keeps too many already. */
function refusingPool(pool: Pool, times: number) {
  const asked = { execute: 0 };
  pool.on("connection", (connection) => {
    const { execute } = connection;
    connection.execute = ((...given: Parameters<typeof execute>) => {
      asked.execute += 1;
      if (asked.execute > times) return execute.apply(connection, given);
      const answer = given.at(-1) as unknown as (error: Error) => void;
      answer(Object.assign(new Error("Can't create more"), { errno: 1461 }));
      return undefined;
    }) as typeof execute;
  });
  return asked;
}

describe.skipIf(mariadbUrl === undefined)("under the sql_mode NO_BACKSLASH_ESCAPES", { timeout: 60_000 }, () => {
  test("prepared statements keep every character", async () => {
    const store = db(strictPool(), { table: ownName(), migrate: true });
    expect(await store.create(record("a"), START)).toBe(true);
    expect(await store.read("a", START)).toMatchObject({ payload });
    await store.migrate({ direction: "down" });
  });

  test.each<[string, () => DbTarget, object]>([
    ["a pool with prepare: false", strictPool, { prepare: false }],
    ["a dialect of Kysely", () => new MysqlDialect({ pool: strictPool() }), {}],
  ])("a driver that would escape by backslashes is refused: %s", async (_, target, options) => {
    const error = await db(target(), { table: ownName(), ...options })
      .create(record("a"), START)
      .catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(StoreUnavailable);
    expect(error).toHaveProperty("message", expect.stringMatching(/NO_BACKSLASH_ESCAPES.* without prepare: false/));
  });

  test("a refused preparation is tried once more, and never escaped instead", async () => {
    const table = ownName();
    const pool = strictPool();
    const store = db(pool, { table, migrate: true });
    await store.read("a", START);
    // From here on, connections are new ones.
    (await pool.promise().getConnection()).destroy();
    const asked = refusingPool(pool, 1);
    expect(await store.create(record("a"), START)).toBe(true);
    expect(asked.execute).toBe(2);
    expect(await store.read("a", START)).toMatchObject({ payload });
    await store.migrate({ direction: "down" });
  });
});

test.skipIf(mariadbUrl === undefined)(
  "with backslashes as they are, prepare: false keeps every character",
  async () => {
    const store = db(mysqlPool(), { table: ownName(), migrate: true, prepare: false });
    expect(await store.create(record("a"), START)).toBe(true);
    expect(await store.read("a", START)).toMatchObject({ payload });
    await store.migrate({ direction: "down" });
  },
);

function record(id: string): SessionRecord {
  const times = { createdAt: START, renewedAt: START, expiresAt: START + 3_600_000 };
  return { id, secretHash: "h".repeat(43), payload, revision: "r1", ...times };
}
