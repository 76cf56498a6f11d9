import mysql2 from "mysql2/promise";
import pg from "pg";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { findPrograms } from "../../scripts/services/find.ts";
import { startServer } from "../../scripts/services/server.ts";
import type { Running } from "../../scripts/services/server.ts";
import { services } from "../../scripts/services/services.ts";
import { SessionError, StoreUnavailable } from "../../src/core/errors.ts";
import type { SessionRecord } from "../../src/core/store.ts";
import { db } from "../../src/engines/db.ts";
import type { DbStore } from "../../src/engines/db.ts";
import { START } from "../../src/testing.ts";

const HOUR = 3_600_000;
/** In milliseconds: a request's patience, and what a busy machine adds. */
const PATIENCE = 5_000;

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

/** Visitors that each create a record, read and update it, over and over, and note how it went. */
function startLoad(store: DbStore, visitors: number) {
  const errors: unknown[] = [];
  let succeeded = 0;
  let acknowledged = 0;
  let slowest = 0;
  const state = { stopped: false };
  let wake: (() => void)[] = [];

  async function step<T>(work: () => Promise<T>): Promise<T | undefined> {
    const begin = performance.now();
    try {
      const answer = await work();
      succeeded += 1;
      return answer;
    } catch (error) {
      errors.push(error);
      // Not a pause for something to happen: a refused connection fails so fast that the test would do nothing else.
      await new Promise((resolve) => setTimeout(resolve, 20));
      return undefined;
    } finally {
      slowest = Math.max(slowest, performance.now() - begin);
      for (const look of wake) look();
    }
  }

  const visits = Array.from({ length: visitors }, async (_, visitor) => {
    for (let visit = 0; !state.stopped; visit += 1) {
      const record = recordOf(`${performance.timeOrigin.toString(36).replace(".", "_")}-${visitor}-${visit}`);
      if ((await step(() => store.create(record, START))) === true) acknowledged += 1;
      await step(() => store.read(record.id, START));
      await step(() => store.update({ ...record, revision: "r2" }, "r1", START));
      await step(() => store.touch(record.id, "r2", START + 2 * HOUR, START));
    }
  });

  const when = (reached: () => boolean): Promise<void> =>
    new Promise((resolve) => {
      const look = (): void => {
        if (!reached()) return;
        wake = wake.filter((other) => other !== look);
        resolve();
      };
      wake.push(look);
      look();
    });

  return {
    errors,
    slowest: () => slowest,
    until: (count: number, from = succeeded) => when(() => succeeded >= from + count),
    untilFailed: (count: number, from = errors.length) => when(() => errors.length >= from + count),
    async stop() {
      state.stopped = true;
      await Promise.all(visits);
      return { acknowledged };
    },
  };
}

function recordOf(id: string): SessionRecord {
  const times = { createdAt: START, renewedAt: START, expiresAt: START + HOUR };
  return { id, secretHash: "h".repeat(43), payload: `payload of ${id}`, revision: "r1", ...times };
}

/** Asks until it answers. */
async function recovered(store: DbStore): Promise<void> {
  for (let attempt = 0; attempt < 500; attempt += 1) {
    try {
      await store.read("nobody", START);
      return;
    } catch (error) {
      if (!(error instanceof SessionError)) throw error;
    }
  }
  throw new Error("It did not recover");
}
