import { randomBytes } from "node:crypto";
import { createClient } from "redis";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { cache } from "../../../src/engines/cache.ts";
import type { Cache } from "../../../src/engines/cache.ts";
import { storeSuite } from "../../../src/testing.ts";

const url = process.env["COATCHECK_TEST_REDIS_URL"];

// What was left out has to show: with COATCHECK_REQUIRE=all this fails the run.
test.skipIf(url === undefined)("cache on Redis: has its server", () => expect(url).toBeDefined());

if (url !== undefined) {
  const client = createClient({ url });
  beforeAll(async () => void (await client.connect()));
  afterAll(() => client.destroy());

  // As docs/engines/cache.md has it.
  const compareAndSet = `if redis.call("get", KEYS[1]) ~= ARGV[1] then return 0 end
    redis.call("set", KEYS[1], ARGV[2], "EX", ARGV[3]) return 1`;
  const onRedis: Cache = {
    get: (key) => client.get(key),
    set: (key, value, ttl) => client.set(key, value, { EX: ttl }),
    delete: async (key) => (await client.del(key)) === 1,
    add: async (key, value, ttl) => (await client.set(key, value, { EX: ttl, NX: true })) === "OK",
    compareAndSet: async (key, expected, value, ttl) =>
      (await client.eval(compareAndSet, { keys: [key], arguments: [expected, value, String(ttl)] })) === 1,
  };

  const prefix = (): string => `t-${randomBytes(9).toString("base64url")}:`;
  await storeSuite({ describe, test }, "cache, an object on Redis", () => cache(onRedis, { prefix: prefix() }));
}
