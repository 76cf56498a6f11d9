import { describe, test } from "vitest";
import { cachedDb } from "../../../src/engines/cached-db.ts";
import { db } from "../../../src/engines/db.ts";
import { memory } from "../../../src/engines/memory.ts";
import { neverAnswers, storeSuite } from "../../../src/testing.ts";
import { faultyStore, type StoreVerb } from "../../../src/testing/faulty-store.ts";
import { pairsAtHand } from "./pairs.ts";

const nowhere = "postgres://ann:pa55@127.0.0.1:1/shop";
const makeBrokenStore = () => cachedDb({ cache: memory(), db: db(nowhere) });

for (const [name, make] of pairsAtHand()) await storeSuite({ describe, test }, name, make, { makeBrokenStore });

// Whatever the cache does, the engine is the database.
const onCacheError = (): void => {};
await storeSuite({ describe, test }, "cachedDb, a cache that is down, over memory", () =>
  cachedDb({ cache: db(nowhere), db: memory(), onCacheError }),
);

const verbs = ["read", "create", "update", "delete"] as const satisfies StoreVerb[];
const silent = verbs.reduce((store, verb) => faultyStore(store, neverAnswers(verb)), memory());
await storeSuite({ describe, test }, "cachedDb, a cache that never answers, over memory", () =>
  cachedDb({ cache: silent, db: memory(), cacheTimeout: 0.01, onCacheError }),
);
