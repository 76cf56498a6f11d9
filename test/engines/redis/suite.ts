import { describe, expect, test, vi } from "vitest";
import type { RedisStore } from "../../../src/engines/redis.ts";
import { redis } from "../../../src/engines/redis.ts";
import { interleavingSuite, storeSuite } from "../../../src/testing.ts";
import type { Pair } from "./clients.ts";
import { ownPrefix } from "./server.ts";

/** What was left out has to show: with COATCHECK_REQUIRE=all this fails the run. */
export function needs(name: string, there: unknown): void {
  test.skipIf(there === undefined)(`${name}: has its server`, () => expect(there).toBeDefined());
}

/** The store suite, each case with keys of its own. */
export async function redisSuite(name: string, [target, broken]: Pair): Promise<void> {
  // Without `test.skip`: what is exempt here is known, and a skipped test means that a server was missing.
  const register: (title: string, body: () => Promise<void>) => unknown = test;
  const runner = { describe, test: (title: string, body: () => Promise<void>) => register(title, body) };
  await storeSuite(runner, `redis, ${name}`, own(target), { makeBrokenStore: () => redis(broken) });
}

/**
 * All pairs. Of the random runs a few: what a server does with one command is in the pairs already, and what three
 * requests make of it does not depend on the store.
 */
export async function redisInterleavings(name: string, target: Pair[0], randomRuns = 100): Promise<void> {
  vi.setConfig({ testTimeout: 120_000 });
  await interleavingSuite({ describe, test }, `redis, ${name}`, own(target), { randomRuns });
}

function own(target: Pair[0]): () => RedisStore {
  return () => redis(target, { prefix: ownPrefix() });
}
