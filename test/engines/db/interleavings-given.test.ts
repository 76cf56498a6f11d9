import { PGlite } from "@electric-sql/pglite";
import Sqlite from "better-sqlite3";
import { afterAll, describe, test, vi } from "vitest";
import { db } from "../../../src/engines/db.ts";
import { interleavingSuite } from "../../../src/testing.ts";

vi.setConfig({ testTimeout: 120_000 });
afterAll(() => vi.resetConfig());

const pglite = new PGlite();
const sqlite = new Sqlite(":memory:");
afterAll(async () => {
  await pglite.close();
  sqlite.close();
});

await interleavingSuite({ describe, test }, "db, better-sqlite3", () => db(sqlite, { migrate: true }));

// PGlite runs on our own thread, one statement at a time, three times as slowly as a server: two hundred random runs are
// some two seconds.
await interleavingSuite({ describe, test }, "db, PGlite", () => db(pglite, { migrate: true }), { randomRuns: 200 });
