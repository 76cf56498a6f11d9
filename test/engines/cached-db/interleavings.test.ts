import { afterAll, describe, test, vi } from "vitest";
import { interleavingSuite } from "../../../src/testing.ts";
import { pairsAtHand } from "./pairs.ts";

vi.setConfig({ testTimeout: 120_000 });
afterAll(() => vi.resetConfig());

// A call of cachedDb is one step here; orders.test.ts has the steps that it is made of.
for (const [name, make] of pairsAtHand()) {
  await interleavingSuite({ describe, test }, name, make, {
    randomRuns: /over (PostgreSQL|MariaDB)/.test(name) ? 300 : 2000,
  });
}
