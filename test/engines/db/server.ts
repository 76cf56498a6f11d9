import pg from "pg";
import mysql2 from "mysql2";
import { afterAll } from "vitest";

export const postgresUrl = process.env["COATCHECK_TEST_POSTGRES_URL"];
export const mariadbUrl = process.env["COATCHECK_TEST_MARIADB_URL"];

let count = 0;

/** A name nobody else uses: other files, and other processes, are at work on the same server. */
export function ownName(): string {
  count += 1;
  return `t_${process.pid}_${Date.now().toString(36)}_${Math.random().toString(36).slice(2, 8)}_${count}`;
}

/** A pool as an application has it; closed at the end of the file, by us and nobody else. */
export function pgPool(options: pg.PoolConfig = {}): pg.Pool {
  const pool = new pg.Pool({ connectionString: postgresUrl, ...options });
  afterAll(() => pool.end());
  return pool;
}

export function mysqlPool(options: mysql2.PoolOptions = {}): mysql2.Pool {
  const pool = mysql2.createPool({ ...(mariadbUrl !== undefined && { uri: mariadbUrl }), ...options });
  afterAll(() => pool.promise().end());
  return pool;
}
