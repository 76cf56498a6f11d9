import { AssertionError } from "node:assert/strict";
import { inspect } from "node:util";
import { type Codec, json } from "../core/codec.ts";
import type { SessionStore } from "../core/store.ts";
import { whatIsWrong } from "./interleavings/model.ts";
import { doubles, nameOf, type Program, singles, writes } from "./interleavings/programs.ts";
import { type Run, runTogether } from "./interleavings/run.ts";
import { type Choose, everyOrder, seededChoices } from "./interleavings/scheduler.ts";
import type { MakeStore, SuiteRunner } from "./store-suite.ts";

export interface InterleavingOptions {
  /** How many random runs of three requests, spread over ten tests. @default 2_000 */
  randomRuns?: number;
  /** Repeats a failed random run; its message names the seed. @default 1 */
  seed?: number;
  /**
   * Also every order of every three different requests of which at most one writes data. Many thousand runs: for stores
   * that answer in microseconds.
   * @default false
   */
  everyThree?: boolean;
  /** How the requests' data becomes text. @default JSON */
  codec?: Codec;
}

const batches = 10;
/** Runs of the pool wait for a store's answers, and for retries, together. */
const atOnce = 16;

/**
 * Registers tests that run the package's own requests against one another on this store, in every order that their
 * store operations can come in, and compare what happens with what the requests could have done one after the other.
 * `whatIsWrong` in `interleavings/model.ts` says what that means exactly.
 *
 * Two requests at once: all pairs of single operations and of a selection of several. Three: random ones, the same with
 * the same seed. Await it at the top level of the test file, like `storeSuite`, which it presupposes: here a store
 * operation counts as one step.
 */
export async function interleavingSuite(
  { describe, test }: SuiteRunner,
  name: string,
  makeStore: MakeStore,
  { randomRuns = 2000, seed = 1, everyThree = false, codec = json }: InterleavingOptions = {},
): Promise<void> {
  const { atomic } = await withStore(makeStore, async (store) => store);
  const skip = test.skip ?? test;
  const register = atomic ? test : (title: string) => skip(`${title} (exempt: not atomic)`, async () => {});
  const define = (title: string, body: (store: SessionStore) => Promise<void>): unknown =>
    register(title, () => withStore(makeStore, body));

  describe(`requests at once: ${name}`, () => {
    for (const [index, program] of [...singles, ...doubles].entries()) {
      // All orders of (A, B) are all orders of (B, A), so each pair comes once.
      const partners = [...singles, ...doubles].slice(index);
      define(`two, in every order: ${nameOf(program)}`, async (store) => {
        await allOf(partners, (partner) => everyOrder((choose) => prove(store, [program, partner], { choose, codec })));
      });
    }
    for (let batch = 0; batch < batches; batch += 1) {
      const count = Math.ceil(randomRuns / batches);
      const first = seed + batch * count;
      define(`three, in random orders: seeds ${first} to ${first + count - 1}`, async (store) => {
        await allOf(range(first, count), (own) => proveRandom(store, own, codec));
      });
    }
    if (!everyThree) return;
    for (const program of singles) {
      define(`three, in every order, one writer: ${nameOf(program)}`, async (store) => {
        const readers = singles.filter((single) => !writes(single) && single !== program);
        const others = readers.flatMap((a, index) => readers.slice(index + 1).map((b) => [a, b] as const));
        await allOf(others, (pair) => everyOrder((choose) => prove(store, [program, ...pair], { choose, codec })));
      });
    }
  });
}

interface Given {
  readonly choose: Choose;
  readonly codec: Codec;
}

async function proveRandom(store: SessionStore, seed: number, codec: Codec): Promise<void> {
  const choose = seededChoices(seed);
  const all = [...singles, ...doubles];
  const programs = range(0, 3).map((): Program => all[choose(all.length)] ?? ["read"]);
  await prove(store, programs, { choose, codec }, `seed: ${seed}`);
}

async function prove(
  store: SessionStore,
  programs: readonly Program[],
  { choose, codec }: Given,
  label = "",
): Promise<void> {
  const run = await runTogether(store, programs, choose, codec);
  const wrong = whatIsWrong(run);
  if (wrong !== undefined) throw new AssertionError({ message: describeRun(run, wrong, label) });
}

function describeRun(run: Run, wrong: string, label: string): string {
  const names = new Map([[run.token, "the first token"]]);
  const nameToken = (token: string | undefined): string | undefined =>
    token === undefined || token === "remove"
      ? token
      : (names.get(token) ?? names.set(token, `token ${names.size + 1}`).get(token));
  const requests = run.requests.map(({ who, program, view, outcome, after, cookie }) => {
    const [saw, shows] = [view, after].map((data) => inspect(data, { breakLength: Number.POSITIVE_INFINITY }));
    return `  ${who} [${nameOf(program)}] saw ${saw}, ended as ${outcome}, shows ${shows}, cookie: ${nameToken(cookie)}`;
  });
  const opens = [...run.opens].map(([token, data]) => `  ${nameToken(token)} opens ${inspect(data)}`);
  const steps = run.trace.map((step) => `  ${step}`);
  return [`${wrong} ${label}`.trim(), "requests:", ...requests, "steps:", ...steps, "at the end:", ...opens].join("\n");
}

/** Several at a time: what one waits for, others use. */
async function allOf<T>(items: readonly T[], work: (item: T) => Promise<unknown>): Promise<void> {
  const queue = items.values();
  await Promise.all(
    range(0, atOnce).map(async () => {
      for (const item of queue) await work(item);
    }),
  );
}

async function withStore<T>(makeStore: MakeStore, work: (store: SessionStore) => Promise<T>): Promise<T> {
  const store: SessionStore & Partial<AsyncDisposable> = await makeStore();
  try {
    return await work(store);
  } finally {
    await store[Symbol.asyncDispose]?.();
  }
}

function range(start: number, count: number): number[] {
  return Array.from({ length: count }, (_, index) => start + index);
}
