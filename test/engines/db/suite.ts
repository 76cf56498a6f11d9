import { afterAll, describe, expect, test } from "vitest";
import { db } from "../../../src/engines/db.ts";
import type { DbOptions, DbStore, DbTarget } from "../../../src/engines/db.ts";
import { storeSuite } from "../../../src/testing.ts";
import type { StoreSuiteOptions } from "../../../src/testing.ts";
import { ownName } from "./server.ts";

const FAR_FUTURE = 1e14;

interface DbSuiteOptions extends Pick<StoreSuiteOptions, "exempt"> {
  readonly options?: DbOptions;
  /** The same kind of database, out of reach. */
  readonly broken: DbTarget;
}

/**
 * The store suite on a database, with a table of its own: databases are shared with other files at the same time.
 * Making a table takes MariaDB longer than a case, so the cases share it, emptied before each.
 */
export async function dbSuite(
  name: string,
  target: DbTarget | undefined,
  { options = {}, broken, exempt = [] }: DbSuiteOptions,
): Promise<void> {
  // What was left out has to show: with COATCHECK_REQUIRE=all this fails the run.
  test.skipIf(target === undefined)(`${name}: has its server`, () => expect(target).toBeDefined());
  if (target === undefined) return;

  const table = ownName();
  const makeStore = async (): Promise<DbStore> => {
    const store = db(target, { table, migrate: true, ...options });
    await store.deleteExpired(FAR_FUTURE, 10_000);
    return store;
  };
  afterAll(async () => {
    await using store = db(target, { table, ...options });
    await store.migrate({ direction: "down" });
  });
  // Without `test.skip`: what is exempt here is known, and a skipped test means that a server was missing.
  const register: (title: string, body: () => Promise<void>) => unknown = test;
  const runner = { describe, test: (title: string, body: () => Promise<void>) => register(title, body) };
  await storeSuite(runner, name, makeStore, { makeBrokenStore: () => db(broken, options), exempt });
}
