import { memory, type MemoryStore } from "../engines/memory.ts";
import { faultyStore, operationLog, type StoreVerb } from "./faulty-store.ts";

export interface TestStore extends MemoryStore {
  /**
   * The verbs that reached the store, in order. Yours to empty: `store.operations.splice(0)` gives what there was and
   * begins anew.
   */
  readonly operations: StoreVerb[];
}

/**
 * The `memory` engine that says what was asked of it: for tests of what a request of your app costs. Put `faultyStore`
 * around it to have it fail or wait; calls that are stopped there never reach it and are not among its operations.
 *
 * @example
 * const store = testStore();
 * const sessions = createSessions({ engine: store });
 * // … a request that reads its session
 * assert.deepEqual(store.operations.splice(0), ["read"]);
 */
export function testStore(): TestStore {
  const log = operationLog();
  return Object.assign(faultyStore(memory(), log), { operations: log.verbs });
}
