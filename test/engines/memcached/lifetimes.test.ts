import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { memcached } from "../../../src/engines/memcached.ts";
import { lifetimeOf } from "../../../src/engines/memcached/lifetime.ts";
import { caseContext } from "../../../src/testing.ts";
import { ask, memcachedUrl, ownPrefix } from "./server.ts";

const DAY = 86_400_000;
const MONTH = 30 * 86_400;
const LAST_SECOND = 2 ** 31 - 1;
/** In seconds: the server looks at its clock once a second, and counts from two seconds before it was started. */
const A_WHILE = 30;

test("memcached keeps a record for as long as it lives, whatever the two clocks say, and not for ever after", () => {
  const instant = fc.integer({ min: 0, max: 4e12 });
  const realNow = fc.integer({ min: Date.UTC(2024), max: Date.UTC(2037) });
  fc.assert(
    fc.property(instant, fc.integer({ min: -1e12, max: 4e12 }), realNow, (now, left, real) => {
      const told = lifetimeOf(now + left, now, real);
      if (told === 0) return left / 1000 + real / 1000 + 86_400 > LAST_SECOND - 120;
      // As the server reads it.
      const kept = told <= MONTH ? told : told - real / 1000;
      const wanted = Math.max(0, left / 1000);
      return (
        Number.isInteger(told) && told > 0 && told <= LAST_SECOND && kept >= wanted && kept <= wanted + 86_400 + 62
      );
    }),
  );
});

describe.skipIf(memcachedUrl === undefined)("on a server, past its border at 30 days", () => {
  const url = memcachedUrl ?? "";

  // The last two are beyond 2038, which memcached cannot say: they stay until they are evicted.
  test.each<[days: number, keptDays: number | "for ever"]>([
    [29, 29],
    [30, 31],
    [31, 32],
    [365, 366],
    [10 * 365, 10 * 365 + 1],
    [40 * 365, "for ever"],
    [80_000, "for ever"],
  ])("a session of %i days is kept %s days", async (days, keptDays) => {
    const prefix = ownPrefix();
    const store = memcached(url, { prefix });
    const { record, revise, now } = caseContext();
    const kept = async (): Promise<number> => Number((await ask(url, `mg ${prefix}a t`)).replace("HD t", ""));
    const expected = keptDays === "for ever" ? -1 : (keptDays * DAY) / 1000 + 60;
    const asExpected = (seconds: number): boolean =>
      seconds === expected || (expected > 0 && Math.abs(seconds - expected) < A_WHILE);

    const created = record({ id: "a", expiresAt: now + days * DAY });
    expect(await store.create(created, now)).toBe(true);
    expect(await kept()).toSatisfy(asExpected);

    const shorter = revise(created, { expiresAt: now + DAY });
    expect(await store.update(shorter, created.revision, now)).toBe(true);
    expect(await kept()).toBeLessThan(DAY / 1000 + 60 + A_WHILE);

    expect(await store.touch("a", shorter.revision, now + days * DAY, now)).toBe(true);
    expect(await kept()).toSatisfy(asExpected);
    expect((await store.read("a", now))?.expiresAt).toBe(now + days * DAY);
    await store[Symbol.asyncDispose]();
  });

  test("a record that has ended is still there for a while, so its id is not given away by a slow clock", async () => {
    const prefix = ownPrefix();
    const store = memcached(url, { prefix });
    const { record, now } = caseContext();
    expect(await store.create(record({ id: "a", expiresAt: now - DAY }), now)).toBe(true);
    expect(await ask(url, `mg ${prefix}a t`)).toMatch(/^HD t(?:60|[345]\d)$/);
    await store[Symbol.asyncDispose]();
  });
});
