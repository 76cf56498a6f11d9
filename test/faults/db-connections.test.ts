import pg from "pg";
import { describe, expect, test } from "vitest";
import { StoreUnavailable } from "../../src/core/errors.ts";
import { db } from "../../src/engines/db.ts";
import type { DbTarget } from "../../src/engines/db.ts";
import { START } from "../../src/testing.ts";
import { ownName, pgPool, postgresUrl } from "../engines/db/server.ts";

/** What Kysely's migrator holds on PostgreSQL while it works. */
const MIGRATION_LOCK = "3853314791062309107";

describe.skipIf(postgresUrl === undefined)("a migration whose connection PostgreSQL ends", { timeout: 60_000 }, () => {
  test.each<[string, (application: string) => DbTarget]>([
    [
      "our own",
      (application) => {
        const url = new URL(postgresUrl ?? "");
        url.searchParams.set("application_name", application);
        return url;
      },
    ],
    ["one given", (application) => pgPool({ application_name: application })],
  ])("is an outage, not the end of the process, and can be done again: a pool that is %s", async (_, target) => {
    const application = ownName();
    const other = new pg.Client(postgresUrl);
    await other.connect();
    // Migrations of other tests use the same lock: it is held by then, or this waits for them.
    await other.query(`select pg_advisory_lock(${MIGRATION_LOCK})`);
    const store = db(target(application), { table: ownName(), migrate: true });
    try {
      const reading = store.read("a", START).catch((error: unknown) => error);
      for (let ended = 0; ended === 0;) {
        const { rowCount } = await other.query(
          "select pg_terminate_backend(pid) from pg_stat_activity where application_name = $1 and wait_event = 'advisory'",
          [application],
        );
        ended = rowCount ?? 0;
      }
      expect(await reading).toBeInstanceOf(StoreUnavailable);
    } finally {
      await other.end();
    }
    expect(await store.read("a", START)).toBeUndefined();
    await store.migrate({ direction: "down" });
    await store[Symbol.asyncDispose]();
  });

  test("leaves no listener behind on a pool given", async () => {
    const pool = pgPool({ max: 1 });
    const count = async (): Promise<number> => {
      const client = await pool.connect();
      const listeners = client.listenerCount("error");
      client.release();
      return listeners;
    };
    const before = await count();
    const store = db(pool, { table: ownName() });
    await store.migrate();
    await store.migrate({ direction: "down" });
    expect(await count()).toBe(before);
  });
});
