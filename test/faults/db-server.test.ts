import mysql2 from "mysql2/promise";
import pg from "pg";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { findPrograms } from "../../scripts/services/find.ts";
import { startServer } from "../../scripts/services/server.ts";
import type { Running } from "../../scripts/services/server.ts";
import { services } from "../../scripts/services/services.ts";
import { StoreUnavailable } from "../../src/core/errors.ts";
import { db } from "../../src/engines/db.ts";
import type { DbStore } from "../../src/engines/db.ts";
import { START } from "../../src/testing.ts";
import { PATIENCE, recovered, startLoad } from "./load.ts";

/** Ends every connection but the asking one. */
const killers: Record<string, (url: string) => Promise<void>> = {
  async PostgreSQL(url) {
    const client = new pg.Client(url);
    await client.connect();
    await client.query(
      "select pg_terminate_backend(pid) from pg_stat_activity where pid <> pg_backend_pid() and backend_type = 'client backend'",
    );
    await client.end();
  },
  async MariaDB(url) {
    const connection = await mysql2.createConnection(url);
    const [rows] = await connection.query("select id from information_schema.processlist where id <> connection_id()");
    for (const { id } of rows as { id: number }[]) {
      // It may have ended by itself, and some are the server's own.
      await connection.query(`kill ${id}`).catch(() => {});
    }
    await connection.end();
  },
};

describe.each(Object.keys(killers))("%s, with nobody to wait for but a request", { timeout: 60_000 }, (name) => {
  const service = services.find((candidate) => candidate.name === name);
  const programs = service && findPrograms(service);

  let server: Running;
  let url: string;
  let store: DbStore;
  beforeAll(async () => {
    if (service?.server === undefined || programs === undefined) return;
    server = await startServer(service.server, programs, new AbortController().signal);
    url = service.value(server.instance);
    store = db(url);
    await store.migrate();
  }, 60_000);
  afterAll(async () => {
    await store?.[Symbol.asyncDispose]();
    await server?.stop();
  }, 60_000);

  test.skipIf(programs === undefined)(
    "killed under load and started again: every answer comes in time, is success or outage, and it heals",
    async () => {
      const load = startLoad(store, 8);
      await load.until(200);
      await server.crash();
      await load.untilFailed(8);
      expect(load.slowest()).toBeLessThan(PATIENCE);
      await server.restart();
      await recovered(store);
      await load.until(200);
      const { acknowledged } = await load.stop();
      expect(load.slowest()).toBeLessThan(PATIENCE);
      for (const error of load.errors) expect(error).toBeInstanceOf(StoreUnavailable);

      // Crashed without reaching the disk, it may have lost the last; what is there was never half written.
      const live = await store.list(undefined, 100_000);
      for (const { id } of live.records)
        expect(await store.read(id, START)).toMatchObject({ payload: `payload of ${id}` });
      expect(acknowledged).toBeGreaterThan(0);
    },
  );

  test.skipIf(programs === undefined)("whose connections are ended one by one goes on with new ones", async () => {
    const load = startLoad(store, 8);
    for (let round = 0; round < 3; round += 1) {
      await load.until(100);
      await killers[name]?.(url);
    }
    await load.until(100);
    await load.stop();
    for (const error of load.errors) expect(error).toBeInstanceOf(StoreUnavailable);
    expect(load.slowest()).toBeLessThan(PATIENCE);
    // Idle ones, too, with no statement under way to be told.
    await killers[name]?.(url);
    await recovered(store);
  });
});
