import type { SessionStore } from "../core/store.ts";
import { isCountable, isListable, isSweepable, isUserIndexed } from "../core/store.ts";
import type { StoreCase } from "./store-suite/case.ts";
import { caseContext } from "./store-suite/case.ts";
import { countCases } from "./store-suite/count.ts";
import { createCases } from "./store-suite/create.ts";
import { deleteCases } from "./store-suite/delete.ts";
import { failureCases } from "./store-suite/failures.ts";
import { listCases } from "./store-suite/list.ts";
import { raceCases } from "./store-suite/races.ts";
import { readCases } from "./store-suite/read.ts";
import { sweepCases } from "./store-suite/sweep.ts";
import { textCases } from "./store-suite/text.ts";
import { touchCases } from "./store-suite/touch.ts";
import { updateCases } from "./store-suite/update.ts";
import { userIndexCases } from "./store-suite/user-index.ts";

/** Gives an empty store; called once for each case. A store with `Symbol.asyncDispose` is disposed after its case. */
export type MakeStore = () => SessionStore | Promise<SessionStore>;

type Register = (name: string, body: () => Promise<void>) => unknown;

/** The two functions of the caller's runner. Vitest, `node:test`, Mocha (`it` as `test`), Jest and Bun have them. */
export interface SuiteRunner {
  describe(name: string, body: () => void): unknown;
  /** Where the runner has `test.skip`, exempt cases are shown as skipped, otherwise as empty tests. */
  test: Register & { skip?: Register };
}

export interface StoreSuiteOptions {
  /**
   * Promises this store does not keep. The cases are not run and stay visible as `<case> (exempt: <reason>)`.
   * @default []
   */
  exempt?: readonly { readonly reason: string; readonly cases: readonly string[] }[];
  /** Gives a store whose backend is down, for the cases on failures. Without it they are exempt. */
  makeBrokenStore?: MakeStore;
}

/** Every promise of the store contract, in the order of the contract. */
export const storeCases: readonly StoreCase[] = [
  ...readCases,
  ...textCases,
  ...createCases,
  ...updateCases,
  ...touchCases,
  ...deleteCases,
  ...raceCases,
  ...sweepCases,
  ...countCases,
  ...listCases,
  ...userIndexCases,
  ...failureCases,
];

/**
 * Registers the store contract as tests of the caller's runner, one test for each promise.
 *
 * What the store does not claim is told apart by itself, by asking one store from `makeStore`: cases of powers it
 * lacks, and for `atomic: false` those about writers at the same time, are registered as exempt. That first look is why
 * this is asynchronous: **await it at the top level of the test file**, or the runner may look for tests too early.
 *
 * @example
 * import { describe, test } from "node:test";
 * import { storeSuite } from "coatcheck/testing";
 *
 * await storeSuite({ describe, test }, "my store", () => myStore());
 *
 * @throws TypeError when an exemption has no reason or names no case of the suite.
 */
export async function storeSuite(
  { describe, test }: SuiteRunner,
  name: string,
  makeStore: MakeStore,
  options: StoreSuiteOptions = {},
): Promise<void> {
  const exempt = reasonsByCase(options.exempt ?? []);
  const { makeBrokenStore } = options;
  const probe = await makeStore();
  const reasonFor = (storeCase: StoreCase): string | undefined =>
    exempt.get(storeCase.name) ?? unclaimed(storeCase, probe, makeBrokenStore !== undefined);

  try {
    describe(`store contract: ${name}`, () => {
      for (const storeCase of storeCases) {
        const reason = reasonFor(storeCase);
        if (reason === undefined) {
          test(storeCase.name, () => runStoreCase(storeCase, (storeCase.broken && makeBrokenStore) || makeStore));
        } else {
          (test.skip ?? test)(`${storeCase.name} (exempt: ${reason})`, async () => {});
        }
      }
    });
  } finally {
    await dispose(probe);
  }
}

/** Runs one case on a store of its own and disposes it; rejects with what the contract wants and what was found. */
export async function runStoreCase(storeCase: StoreCase, makeStore: MakeStore): Promise<void> {
  const store = await makeStore();
  try {
    await storeCase.run(store, caseContext());
  } finally {
    await dispose(store);
  }
}

/** Why a case does not concern this store, in the words of its contract. */
function unclaimed(storeCase: StoreCase, store: SessionStore, canBreak: boolean): string | undefined {
  if (storeCase.atomic && !store.atomic) return "not atomic";
  if (storeCase.power === "sweepable" && !isSweepable(store)) return "not sweepable";
  if (storeCase.power === "countable" && !isCountable(store)) return "has no countExpired";
  if (storeCase.power === "listable" && !isListable(store)) return "not listable";
  if (storeCase.power === "user-indexed" && !isUserIndexed(store)) return "not user-indexed";
  if (storeCase.broken && !canBreak) return "no makeBrokenStore given";
  return undefined;
}

function reasonsByCase(exempt: NonNullable<StoreSuiteOptions["exempt"]>): Map<string, string> {
  const known = new Set(storeCases.map((storeCase) => storeCase.name));
  const reasons = new Map<string, string>();
  for (const { reason, cases } of exempt) {
    if (reason.trim() === "") {
      throw new TypeError(`storeSuite: expected a reason for the exemption of ${cases.join(", ")}, got none`);
    }
    for (const name of cases) {
      if (!known.has(name)) throw new TypeError(`storeSuite: expected the name of a case to exempt, got "${name}"`);
      reasons.set(name, reason);
    }
  }
  return reasons;
}

async function dispose(store: SessionStore & Partial<AsyncDisposable>): Promise<void> {
  await store[Symbol.asyncDispose]?.();
}
