import { afterAll, describe, expect, test, vi } from "vitest";
import { db } from "../../../src/engines/db.ts";
import { interleavingSuite } from "../../../src/testing.ts";
import { mariadbUrl, ownName } from "./server.ts";

vi.setConfig({ testTimeout: 120_000 });
afterAll(() => vi.resetConfig());

// What was left out has to show: with COATCHECK_REQUIRE=all this fails the run.
test.skipIf(mariadbUrl === undefined)("interleavings on MariaDB: have their server", () =>
  expect(mariadbUrl).toBeDefined(),
);

if (mariadbUrl !== undefined) await suiteOn(mariadbUrl);

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
  await interleavingSuite({ describe, test }, "db, MariaDB", () => db(url, options), { randomRuns: 500 });
}
