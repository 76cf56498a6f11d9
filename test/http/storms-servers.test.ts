import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { adapterNamed } from "./harness.ts";
import { stormCases } from "./storm-cases.ts";
import { cleanUp, places, prepare, storeAt } from "./storm-places.ts";

vi.setConfig({ testTimeout: 120_000 });
afterAll(() => vi.resetConfig());

// What an adapter may do wrong shows on a fast store too; here it is the store's turn, so two adapters are enough.
const adapters = ["node http", "express 5"].map(adapterNamed);

for (const [kind, make] of places) {
  // What was left out has to show: with COATCHECK_REQUIRE=all this fails the run.
  test.skipIf(make === undefined)(`storms on ${kind}: have their server`, () => expect(make).toBeDefined());
  if (make === undefined) continue;

  const place = make();
  beforeAll(() => prepare(place));
  afterAll(() => cleanUp(place));
  for (const adapter of adapters) {
    describe(`a storm: ${adapter.name}`, () => {
      stormCases(adapter, test, kind, () => storeAt(place));
    });
  }
}
