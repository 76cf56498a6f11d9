import { afterAll, describe, expect, test, vi } from "vitest";
import type { SessionStore } from "../../../src/core/store.ts";
import { memory } from "../../../src/engines/memory.ts";
import { everyOrder } from "../../../src/testing/interleavings/scheduler.ts";
import { type Actor, runOrder, starts } from "./orders.ts";

const companies: readonly Actor[][] = [
  ["reader", "updater"],
  ["reader", "deleter"],
  ["reader", "toucher"],
  ["reader", "reader", "updater"],
  ["reader", "reader", "toucher"],
  ["reader", "reader", "deleter"],
  ["reader", "updater", "deleter"],
  ["reader", "incrementer", "updater"],
  ["incrementer", "incrementer"],
  ["incrementer", "incrementer", "deleter"],
];

// Some ten thousand orders where three meet.
vi.setConfig({ testTimeout: 120_000 });
afterAll(() => vi.resetConfig());

describe.each(starts)("processes at once, in every order of their steps, where the cache holds %s", (start) => {
  // Putting something in the place of what has expired takes two steps more, and three actors millions of orders.
  const few = companies.filter(({ length }) => start !== "what has expired" || length === 2);
  test.each(few.map((company) => [company.join(", "), company] as const))("%s", async (_, company) => {
    const orders = await everyOrder(async (choose) => {
      expect(await runOrder(company, start, choose)).toBeUndefined();
    });
    expect(orders).toBeGreaterThan(1);
  });
});

describe("the orders find a cache that does not keep its word:", () => {
  /** Fills by what is a plain `set` elsewhere. */
  function settingCache(): SessionStore {
    const cache = memory();
    return {
      ...cache,
      async update(entry, _, now) {
        await cache.delete(entry.id);
        return cache.create(entry, now);
      },
    };
  }

  /** Fills only what is there, whatever it is. */
  function replacingCache(): SessionStore {
    const cache = memory();
    return {
      ...cache,
      async update(entry, _, now) {
        return (await cache.delete(entry.id)) && cache.create(entry, now);
      },
    };
  }

  test.each([
    ["one that fills what was removed", settingCache, ["reader", "updater"]],
    ["one that does not compare", replacingCache, ["reader", "reader", "updater"]],
    ["one that removes nothing", () => ({ ...memory(), delete: async () => true }), ["reader", "deleter"]],
  ] as const)("%s", async (_, makeCache, company) => {
    const wrong = new Set<string>();
    await everyOrder(async (choose) => {
      const found = await runOrder(company, "nothing", choose, makeCache());
      if (found !== undefined) wrong.add(found);
    });
    expect(wrong.size).toBeGreaterThan(0);
  });
});
