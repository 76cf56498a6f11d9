import { randomBytes } from "node:crypto";
import { RedisStore } from "connect-redis";
import createMemoryStore from "memorystore";
import { createClient } from "redis";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { expressStore } from "../../src/engines/express-store.ts";
import { adapterNamed } from "./harness.ts";
import { stormCases } from "./storm-cases.ts";

vi.setConfig({ testTimeout: 120_000 });
afterAll(() => vi.resetConfig());

const url = process.env["COATCHECK_TEST_REDIS_URL"];

// What was left out has to show: with COATCHECK_REQUIRE=all this fails the run.
test.skipIf(url === undefined)("storms on connect-redis: have their server", () => expect(url).toBeDefined());

// One process only: for several, such a store promises nothing.
for (const adapter of ["node http", "express 5"].map(adapterNamed)) {
  describe(`a storm: ${adapter.name}`, () => {
    stormCases(adapter, test, "expressStore, memorystore", () =>
      expressStore((expressSession) => new (createMemoryStore(expressSession))({})),
    );
    if (url === undefined) return;

    const client = createClient({ url });
    beforeAll(async () => void (await client.connect()));
    afterAll(() => client.destroy());
    const prefix = (): string => `storm_${randomBytes(9).toString("hex")}:`;
    stormCases(adapter, test, "expressStore, connect-redis", () =>
      expressStore(new RedisStore({ client, prefix: prefix() })),
    );
  });
}
