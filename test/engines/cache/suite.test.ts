import { Keyv } from "keyv";
import { describe, test } from "vitest";
import type { SessionStore } from "../../../src/core/store.ts";
import type { CacheTarget } from "../../../src/engines/cache.ts";
import { cache } from "../../../src/engines/cache.ts";
import { storeSuite } from "../../../src/testing.ts";
import { atomicCache, keyvThatIsDown, plainCache, unstorageInMemory, unstorageOnFiles } from "./caches.ts";

const down = async (): Promise<never> => {
  throw new Error("down");
};
const atomicThatIsDown = { get: down, set: down, delete: down, add: down, compareAndSet: down };

await storeSuite({ describe, test }, "cache()", () => cache());
await storeSuite({ describe, test }, "cache, an atomic object", () => cache(atomicCache()), {
  makeBrokenStore: () => cache(atomicThatIsDown),
});

// None of these can compare and set, so their stores say that they are not atomic. One process at a time they are, as
// good as any: proven by claiming it for them. What several processes do to each other is in processes.test.ts.
const others: [name: string, make: () => CacheTarget | Promise<CacheTarget>, broken: () => CacheTarget][] = [
  ["Keyv", () => new Keyv(), keyvThatIsDown],
  ["unstorage in memory", unstorageInMemory, () => ({ ...unstorageInMemory(), getItem: down })],
  ["unstorage on files", unstorageOnFiles, () => ({ ...unstorageInMemory(), getItem: down })],
  ["an object", () => plainCache(), () => ({ get: down, set: down, delete: down })],
  ["a Map", () => new Map<string, string>(), () => ({ get: down, set: down, delete: down })],
];
for (const [name, make, broken] of others) {
  const makeStore = async (): Promise<SessionStore> => ({ ...cache(await make()), atomic: true });
  await storeSuite({ describe, test }, `cache, ${name}, one process`, makeStore, {
    makeBrokenStore: () => cache(broken()),
  });
}
