import { describe, expect, test } from "vitest";
import type { SessionStore } from "../../../src/core/store.ts";
import { expressStore } from "../../../src/engines/express-store.ts";
import { cache } from "../../../src/engines/cache.ts";
import { migrating } from "../../../src/engines/migrating.ts";
import { storeSuite } from "../../../src/testing.ts";
import { neverAnswers, plainStore } from "./hand-written.ts";
import { realStores } from "./real-stores.ts";

const { stores, missing } = realStores();

// What was left out has to show: with COATCHECK_REQUIRE=all this fails the run.
for (const name of ["connect-redis", "connect-pg-simple"]) {
  const isMissing = missing.includes(name);
  test.skipIf(isMissing)(`expressStore, ${name}: has its server`, () => expect(isMissing).toBe(false));
}

// No store of express-session's can compare and set, so all say that they are not atomic. One process at a time they
// are, as good as any: proven by claiming it for them. What two do to each other is in operations.test.ts.
for (const { name, open, broken } of stores) {
  const makeStore = async (): Promise<SessionStore> => ({ ...(await open()), atomic: true });
  await storeSuite({ describe, test }, `expressStore, ${name}, one process`, makeStore, { makeBrokenStore: broken });
}

await storeSuite(
  { describe, test },
  "expressStore, a store of one's own, one process",
  () => ({ ...expressStore(plainStore()), atomic: true }),
  {
    makeBrokenStore: () => expressStore({ ...neverAnswers, get: (_, callback) => callback(new Error("away")) }),
  },
);

await storeSuite({ describe, test }, "expressStore, moving to another engine", () =>
  migrating({ from: { ...expressStore(plainStore()), atomic: true }, to: cache() }),
);
