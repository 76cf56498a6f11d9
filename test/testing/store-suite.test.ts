import assert from "node:assert/strict";
import { describe, expect, test } from "vitest";
import { StoreUnavailable } from "../../src/core/errors.ts";
import { fails, faultyStore, runStoreCase, storeCases, storeSuite } from "../../src/testing.ts";
import type { StoreCase, StoreVerb } from "../../src/testing.ts";
import { type Flaw, flawedStore } from "./flaw.ts";
import { countFlaws, listFlaws, sweepFlaws, userIndexFlaws } from "./flaws-powers.ts";
import { readFlaws } from "./flaws-read.ts";
import { textFlaws } from "./flaws-text.ts";
import { deleteFlaws, touchFlaws } from "./flaws-touch-delete.ts";
import { writeFlaws } from "./flaws-write.ts";
import { type FullStore, ReferenceStore } from "./reference-store.ts";

const verbs: StoreVerb[] = [
  "read",
  "create",
  "update",
  "touch",
  "delete",
  "deleteExpired",
  "countExpired",
  "list",
  "listByUser",
  "deleteByUser",
];

function brokenStore(error?: Error): FullStore {
  return verbs.reduce<FullStore>(
    (store, verb) => faultyStore(store, fails(verb, undefined, error)),
    new ReferenceStore(),
  );
}

await storeSuite({ describe, test }, "reference", () => new ReferenceStore(), { makeBrokenStore: () => brokenStore() });

const failureFlaws: readonly Flaw[] = [
  {
    flaw: "the driver's error comes through",
    cases: ["failure: a broken backend rejects with StoreUnavailable and its cause"],
    breaks: () => brokenStore(new Error("ECONNREFUSED")),
  },
  {
    flaw: "the cause is lost",
    cases: ["failure: a broken backend rejects with StoreUnavailable and its cause"],
    breaks: () => brokenStore(new StoreUnavailable("down")),
  },
  {
    flaw: "a failing read is an empty session",
    cases: ["failure: a broken backend rejects with StoreUnavailable and its cause"],
    breaks: () => Object.assign(brokenStore(), { read: async () => undefined }),
  },
  {
    flaw: "the message quotes the statement with its values",
    cases: ["failure: no message tells a payload or a secret hash"],
    breaks: () => ({
      create: (record) => Promise.reject(new StoreUnavailable(`insert into sessions values ('${record.payload}')`)),
    }),
  },
];

const flaws: readonly Flaw[] = [
  ...readFlaws,
  ...textFlaws,
  ...writeFlaws,
  ...touchFlaws,
  ...deleteFlaws,
  ...sweepFlaws,
  ...countFlaws,
  ...listFlaws,
  ...userIndexFlaws,
  ...failureFlaws,
];

function caseNamed(name: string): StoreCase {
  const found = storeCases.find((storeCase) => storeCase.name === name);
  if (found === undefined) throw new Error(`No case is named "${name}"`);
  return found;
}

describe("a store that breaks one promise fails the case that names it", () => {
  for (const flaw of flaws) {
    for (const name of flaw.cases) {
      test(`${flaw.flaw} → ${name}`, async () => {
        const outcome = runStoreCase(caseNamed(name), () => flawedStore(flaw));
        // By a check of the case, that is, and not by a slip in the flaw.
        await expect(outcome).rejects.toThrow(/\n {2}found: |^not found$/);
      });
    }
  }

  test("every case has a store that fails it", () => {
    const proven = new Set(flaws.flatMap(({ cases }) => cases));
    expect(storeCases.map(({ name }) => name).filter((name) => !proven.has(name))).toEqual([]);
  });
});

test("no two cases share a name", () => {
  const names = storeCases.map(({ name }) => name);
  expect(new Set(names).size).toBe(names.length);
});

test("a failed case says what the contract wants and what was found", async () => {
  const store = Object.assign(new ReferenceStore(), { delete: async () => true });
  await assert.rejects(
    runStoreCase(caseNamed("delete: a missing record is false"), () => store),
    {
      code: "ERR_ASSERTION",
      message: "delete of what never was answers false, and throws nothing\n  expected: false\n  found:    true",
    },
  );
});
