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

// PGlite runs on our own thread, one statement at a time: all pairs take it three times as long as a server. So the
// requests of several operations meet each other only on the server, which is asked the same SQL. Here they meet every
// single operation, and in two hundred random runs, some two seconds, each other.
const reason = "on PGlite each request of several operations meets all single ones, and others in the random runs";
const isLong = (title: string): boolean => title.startsWith("two, ") && title.includes(" + ");
type Register = (title: string, body: () => Promise<void>) => unknown;
const [run, skip]: [Register, Register] = [test, test.skip];
const registerSome: Register = (title, body) =>
  isLong(title) ? skip(`${title} (exempt: ${reason})`, body) : run(title, body);
await interleavingSuite({ describe, test: registerSome }, "db, PGlite", () => db(pglite, { migrate: true }), {
  randomRuns: 200,
});
