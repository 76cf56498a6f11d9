import { afterAll, describe, expect, test, vi } from "vitest";
import { memcached } from "../../../src/engines/memcached.ts";
import { interleavingSuite } from "../../../src/testing.ts";
import { memcachedUrl, ownPrefix } from "./server.ts";

vi.setConfig({ testTimeout: 120_000 });
afterAll(() => vi.resetConfig());

// What was left out has to show: with COATCHECK_REQUIRE=all this fails the run.
test.skipIf(memcachedUrl === undefined)("memcached: has its server", () => expect(memcachedUrl).toBeDefined());

if (memcachedUrl !== undefined) {
  await interleavingSuite({ describe, test }, "memcached", () => memcached(memcachedUrl, { prefix: ownPrefix() }));
}
