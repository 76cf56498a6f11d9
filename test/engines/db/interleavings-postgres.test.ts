import { afterAll, describe, expect, test, vi } from "vitest";
import { db } from "../../../src/engines/db.ts";
import { interleavingSuite } from "../../../src/testing.ts";
import { postgresUrl, ownName } from "./server.ts";

vi.setConfig({ testTimeout: 120_000 });
afterAll(() => vi.resetConfig());

// What was left out has to show: with COATCHECK_REQUIRE=all this fails the run.
test.skipIf(postgresUrl === undefined)("interleavings on PostgreSQL: have their server", () =>
  expect(postgresUrl).toBeDefined(),
);

if (postgresUrl !== undefined) await suiteOn(postgresUrl);

/**
 * All pairs, some fifteen seconds. Of the random runs a quarter, two more: what a server does with one statement is in
 * the pairs already, and what three requests make of it does not depend on the store.
 */
async function suiteOn(url: string): Promise<void> {
  const options = { table: ownName(), migrate: true };
  afterAll(async () => {
    await using store = db(url, options);
    await store.migrate({ direction: "down" });
  });
  await interleavingSuite({ describe, test }, "db, PostgreSQL", () => db(url, options), { randomRuns: 500 });
}
