import { afterAll, describe, expect, test, vi } from "vitest";
import { db } from "../../src/engines/db.ts";
import type { DbStore } from "../../src/engines/db.ts";
import { mariadbUrl, ownName, postgresUrl } from "../engines/db/server.ts";
import { adapterNamed } from "./harness.ts";
import { stormCases } from "./storm-cases.ts";

vi.setConfig({ testTimeout: 120_000 });
afterAll(() => vi.resetConfig());

// What an adapter may do wrong shows on a fast store too; here it is the store's turn, so two adapters are enough.
const adapters = ["node http", "express 5"].map(adapterNamed);

for (const [kind, url] of [
  ["PostgreSQL", postgresUrl],
  ["MariaDB", mariadbUrl],
] as const) {
  // What was left out has to show: with COATCHECK_REQUIRE=all this fails the run.
  test.skipIf(url === undefined)(`storms on ${kind}: have their server`, () => expect(url).toBeDefined());
  if (url === undefined) continue;

  const table = ownName();
  // Before the first request: making a table is nothing that a request should wait for.
  const open = async (): Promise<DbStore> => {
    const store = db(url, { table });
    await store.migrate();
    return store;
  };
  afterAll(async () => {
    await using store = db(url, { table });
    await store.migrate({ direction: "down" });
  });
  for (const adapter of adapters) {
    describe(`a storm: ${adapter.name}`, () => {
      stormCases(adapter, test, kind, open);
    });
  }
}
