import { mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import type { AddressInfo, Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import Sqlite from "better-sqlite3";
import mysql2 from "mysql2/promise";
import pg from "pg";
import { describe, expect, test, vi } from "vitest";
import { StoreUnavailable } from "../../src/core/errors.ts";
import { db } from "../../src/engines/db.ts";
import type { DbStore } from "../../src/engines/db.ts";
import { START } from "../../src/testing.ts";
import { mariadbUrl, ownName, postgresUrl } from "../engines/db/server.ts";

const times = { createdAt: START, renewedAt: START, expiresAt: START + 1000 };
const record = { id: "a", secretHash: "h".repeat(43), payload: "{}", revision: "r1", userId: "ann", ...times };

/** Two sessions beside the store's, and the way to see how many wait for a lock. */
interface Bystanders {
  readonly gate: (sql: string) => Promise<unknown>;
  readonly rival: (sql: string) => Promise<unknown>;
  waiting(): Promise<number>;
}

/**
 * The store's one statement removes a, b and c. It holds a and waits for b, which the gate holds; the rival holds c and waits for
 * a. When the gate opens, the store waits for c, and the circle is closed by nobody but the store.
 */
async function loseDeadlock(store: DbStore, table: string, { gate, rival, waiting }: Bystanders): Promise<number> {
  for (const id of ["a", "b", "c"]) await store.create({ ...record, id }, START);
  await gate("begin");
  await gate(`select 1 from ${table} where id = 'b' for update`);
  await rival(`select 1 from ${table} where id = 'c' for update`);
  const deleting = store.deleteByUser("ann");
  while ((await waiting()) < 1) await pause();
  const blocked = rival(`select 1 from ${table} where id = 'a' for update`);
  while ((await waiting()) < 2) await pause();
  await gate("commit");
  await blocked;
  await rival("commit");
  return deleting;
}

/** MariaDB looks anew only after a tenth of a second in which nobody asked. */
const pause = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 150));

describe("a deadlock that the store's statement loses", { timeout: 60_000 }, () => {
  test.skipIf(postgresUrl === undefined)("is tried again, and then succeeds, on PostgreSQL", async () => {
    const table = ownName();
    const pool = new pg.Pool({ connectionString: postgresUrl, options: "-c deadlock_timeout=10ms" });
    await using store = db(pool, { table, migrate: true });
    await store.migrate();
    const [gate, rival] = await Promise.all([pool.connect(), pool.connect()]);
    // Whoever looks for a deadlock and finds one is its victim. The rival never looks.
    await rival.query("begin; set local deadlock_timeout = '1h'");
    const sent = vi.spyOn(pool, "query");
    const deleted = await loseDeadlock(store, table, {
      gate: (sql) => gate.query(sql),
      rival: (sql) => rival.query(sql),
      waiting: async () => {
        const { rows } = await gate.query(
          `select from pg_stat_activity where wait_event_type = 'Lock' and query like $1`,
          [`%${table}%`],
        );
        return rows.length;
      },
    });
    expect(deleted).toBe(3);
    const answers = await Promise.allSettled(sent.mock.results.map(({ value }) => value));
    const refusals = answers.filter(({ status }) => status === "rejected");
    expect(refusals).toEqual([expect.objectContaining({ reason: expect.objectContaining({ code: "40P01" }) })]);
    for (const client of [gate, rival]) client.release();
    await store.migrate({ direction: "down" });
    await pool.end();
  });

  test.skipIf(mariadbUrl === undefined)("is tried again, and then succeeds, on MariaDB", async () => {
    const table = ownName();
    const pool = mysql2.createPool({ uri: mariadbUrl ?? "" });
    await using store = db(pool, { table, migrate: true });
    await store.migrate();
    const [gate, rival] = await Promise.all([pool.getConnection(), pool.getConnection()]);
    // The victim is whoever has changed less.
    await rival.query(`create table ${table}_heavy (n int primary key)`);
    await rival.query("begin");
    await rival.query(`insert into ${table}_heavy select seq from seq_1_to_1000`);
    const before = await mariadbDeadlocks(gate);
    const deleted = await loseDeadlock(store, table, {
      gate: (sql) => gate.query(sql),
      rival: (sql) => rival.query(sql),
      waiting: async () => {
        const like = [`%${table}%`];
        const waits = "select 1 from information_schema.innodb_trx where trx_state = 'LOCK WAIT' and trx_query like ?";
        const [rows] = await gate.query<mysql2.RowDataPacket[]>(waits, like);
        return rows.length;
      },
    });
    expect(deleted).toBe(3);
    expect(await mariadbDeadlocks(gate)).toBeGreaterThan(before);
    await rival.query(`drop table ${table}_heavy`);
    for (const connection of [gate, rival]) connection.release();
    await store.migrate({ direction: "down" });
    await pool.end();
  });
});

async function mariadbDeadlocks(connection: mysql2.PoolConnection): Promise<number> {
  const [rows] = await connection.query<mysql2.RowDataPacket[]>("show global status like 'innodb_deadlocks'");
  return Number(rows[0]?.["Value"]);
}

test("an SQLite file that another program has locked is waited for, through a connection passed in, too", async () => {
  const folder = mkdtempSync(join(tmpdir(), "coatcheck-db-"));
  const path = join(folder, "theirs.sqlite");
  const [ours, theirs] = [new Sqlite(path, { timeout: 0 }), new Sqlite(path)];
  await using store = db(ours, { migrate: true });
  await store.create(record, START);

  theirs.exec("begin immediate");
  const prepared = vi.spyOn(ours, "prepare");
  const writing = store.delete("a");
  // Refused once, it has gone to sleep, and this process goes on.
  await vi.waitFor(() => expect(prepared).toHaveBeenCalled());
  theirs.exec("commit");
  expect(await writing).toBe(true);

  for (const database of [ours, theirs]) database.close();
  rmSync(folder, { recursive: true });
});

describe("a server that accepts and then says nothing", () => {
  test.each([["postgres"], ["mysql"]])("is an outage within a request's patience: %s", async (protocol) => {
    const sockets = new Set<Socket>();
    const silent = createServer((socket) => sockets.add(socket));
    await new Promise<void>((resolve) => silent.listen(0, "127.0.0.1", resolve));
    const { port } = silent.address() as AddressInfo;
    const store = db(`${protocol}://ann:pa55@127.0.0.1:${port}/shop`);
    const begin = performance.now();
    await expect(store.read("a", START)).rejects.toBeInstanceOf(StoreUnavailable);
    expect(performance.now() - begin).toBeLessThan(2_000);
    await store[Symbol.asyncDispose]();
    for (const socket of sockets) socket.destroy();
    silent.close();
  });
});
