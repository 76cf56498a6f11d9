import type * as nodeTest from "node:test";
import { expect, test } from "vitest";
import type { SessionStore } from "../../src/core/store.ts";
import { storeCases, storeSuite, type StoreSuiteOptions, type SuiteRunner } from "../../src/testing.ts";
import { ReferenceStore } from "./reference-store.ts";

interface Registered {
  suite: string;
  tests: Map<string, () => Promise<void>>;
  skipped: string[];
}

/** A runner that only takes down what it is told. */
async function register(makeStore: () => SessionStore, options?: StoreSuiteOptions): Promise<Registered> {
  const registered: Registered = { suite: "", tests: new Map(), skipped: [] };
  const runner: SuiteRunner = {
    describe(name, body) {
      registered.suite = name;
      body();
    },
    test: Object.assign((name: string, body: () => Promise<void>) => registered.tests.set(name, body), {
      skip: (name: string) => registered.skipped.push(name),
    }),
  };
  await storeSuite(runner, "example", makeStore, options);
  return registered;
}

/** The five verbs and nothing else. */
function plainStore(atomic: boolean): SessionStore {
  const store = new ReferenceStore();
  return {
    name: "plain",
    atomic,
    read: (id, now) => store.read(id, now),
    create: (...args) => store.create(...args),
    update: (...args) => store.update(...args),
    touch: (...args) => store.touch(...args),
    delete: (...args) => store.delete(...args),
  };
}

const [first] = storeCases.map(({ name }) => name);
const known = first ?? "";

test("a store with every power gets every case", async () => {
  const makeBrokenStore = (): SessionStore => new ReferenceStore();
  const { suite, tests, skipped } = await register(() => new ReferenceStore(), { makeBrokenStore });
  expect(suite).toBe("store contract: example");
  expect([...tests.keys()]).toEqual(storeCases.map(({ name }) => name));
  expect(skipped).toEqual([]);
});

test("a store that is not atomic is told apart by itself, and passes what is left", async () => {
  const { tests, skipped } = await register(() => plainStore(false));
  expect(skipped).toContain("create: ten at once, exactly one wins (exempt: not atomic)");
  expect(skipped).toContain("sweep: honours the limit (exempt: not sweepable)");
  expect(skipped).toContain("count: removes nothing (exempt: has no countExpired)");
  expect(skipped).toContain("list: shows live and expired alike (exempt: not listable)");
  expect(skipped).toContain("user index: lists the living only (exempt: not user-indexed)");
  expect(skipped).toContain("failure: no message tells a payload or a secret hash (exempt: no makeBrokenStore given)");
  expect(tests.size + skipped.length).toBe(storeCases.length);
  for (const body of tests.values()) await body();
});

test("an atomic store without powers keeps the cases about writers at the same time", async () => {
  const { tests, skipped } = await register(() => plainStore(true));
  expect(tests.has("race: delete against update never revives")).toBe(true);
  expect(skipped.filter((name) => name.includes("not atomic"))).toEqual([]);
});

test("an exempt case is not run and stays visible with its reason", async () => {
  const { tests, skipped } = await register(() => new ReferenceStore(), {
    exempt: [{ reason: "the backend counts in seconds", cases: [known] }],
  });
  expect(tests.has(known)).toBe(false);
  expect(skipped).toContain(`${known} (exempt: the backend counts in seconds)`);
});

test("without test.skip an exempt case is an empty test", async () => {
  const bodies = new Map<string, () => Promise<void>>();
  const runner: SuiteRunner = {
    describe: (_, body) => body(),
    test: (name, body) => bodies.set(name, body),
  };
  await storeSuite(runner, "example", () => plainStore(false));
  const body = bodies.get("sweep: honours the limit (exempt: not sweepable)");
  await expect(body?.()).resolves.toBeUndefined();
});

test("an exemption names a case of the suite and says why", async () => {
  const unknown = register(() => new ReferenceStore(), { exempt: [{ reason: "none", cases: ["read: is fast"] }] });
  await expect(unknown).rejects.toThrow('storeSuite: expected the name of a case to exempt, got "read: is fast"');
  const unexplained = register(() => new ReferenceStore(), { exempt: [{ reason: " ", cases: [known] }] });
  await expect(unexplained).rejects.toThrow(`storeSuite: expected a reason for the exemption of ${known}, got none`);
});

test("each case has a store of its own, and every store is disposed", async () => {
  let made = 0;
  let disposed = 0;
  function makeStore(): SessionStore {
    made += 1;
    return Object.assign(plainStore(true), {
      async [Symbol.asyncDispose]() {
        disposed += 1;
      },
    });
  }
  const { tests } = await register(makeStore);
  expect([made, disposed]).toEqual([1, 1]);
  for (const body of tests.values()) await body();
  expect(made).toBe(tests.size + 1);
  expect(disposed).toBe(made);
});

test("a store is disposed also when its case fails", async () => {
  let disposed = 0;
  const { tests } = await register(() =>
    Object.assign(plainStore(true), {
      delete: async () => true,
      async [Symbol.asyncDispose]() {
        disposed += 1;
      },
    }),
  );
  await expect(tests.get("delete: true, then false")?.()).rejects.toThrow("delete of a deleted record answers false");
  expect(disposed).toBe(2);
});

test("the runner of Node fits", () => {
  const fits = (runner: Pick<typeof nodeTest, "describe" | "test">): SuiteRunner => runner;
  expect(fits).toBeTypeOf("function");
});
