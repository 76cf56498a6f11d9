import { describe, expect, test } from "vitest";
import { memcached } from "../../../src/engines/memcached.ts";
import { storeSuite } from "../../../src/testing.ts";
import { clientOf, memcachedUrl, ownPrefix } from "./server.ts";

// What was left out has to show: with COATCHECK_REQUIRE=all this fails the run.
test.skipIf(memcachedUrl === undefined)("memcached: has its server", () => expect(memcachedUrl).toBeDefined());

if (memcachedUrl !== undefined) {
  const client = clientOf(memcachedUrl);
  const makeBrokenStore = (): ReturnType<typeof memcached> => memcached("memcached://127.0.0.1:1");

  await storeSuite({ describe, test }, "memcached URL", () => memcached(memcachedUrl, { prefix: ownPrefix() }), {
    makeBrokenStore,
  });
  await storeSuite({ describe, test }, "memcached client", () => memcached(client, { prefix: ownPrefix() }), {
    makeBrokenStore,
  });
}
