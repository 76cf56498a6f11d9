// What sweeping costs those who are working: a million records, nine in ten expired, removed in batches of a thousand
// while one reader and one writer go on. Prints records per second, the longest batch, and how long reader and writer
// waited.
//
//   node bench/sweep.ts                                            SQLite, in a temporary file
//   COATCHECK_BENCH_URL=postgres://… node bench/sweep.ts           PostgreSQL (or mysql://…), in a table of its own
//   COATCHECK_BENCH_URL=file: node bench/sweep.ts                  files, in a temporary folder
//
// RECORDS and BATCH change the numbers. READS=1 measures reads per second instead, prepared and not; VERBS=1 each verb, one
// call after the other.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { monitorEventLoopDelay } from "node:perf_hooks";
import { setImmediate as nextTurn } from "node:timers/promises";
import type { ListableStore, SweepableStore } from "../src/core/store.ts";
import { type DbTarget, db } from "../src/engines/db.ts";
import { file } from "../src/engines/file.ts";

type Store = ListableStore & SweepableStore & Partial<AsyncDisposable>;

const DAY = 86_400_000;
const NOW = 20_000 * DAY + 43_200_000;
const records = Number(process.env["RECORDS"] ?? 1_000_000);
const batch = Number(process.env["BATCH"] ?? 1_000);
const url = process.env["COATCHECK_BENCH_URL"];
const table = `bench_${process.pid}`;
const folder = mkdtempSync(join(tmpdir(), "coatcheck-bench-"));
const target: DbTarget = url ?? { path: join(folder, "sessions.sqlite") };

const isFile = url === "file:";
const open = (): Store => (isFile ? file({ path: folder }) : db(target, { table, migrate: true }));

const store = open();
try {
  if (process.env["VERBS"] !== undefined) await measureVerbs();
  else if (process.env["READS"] !== undefined) await measureReads();
  else await measureSweep();
} finally {
  await store[Symbol.asyncDispose]?.();
  if (!isFile) {
    await using tables = db(target, { table });
    await tables.migrate({ direction: "down" });
  }
  rmSync(folder, { recursive: true, force: true });
}

async function measureSweep(): Promise<void> {
  const begin = performance.now();
  await fill();
  report(`${records} records written in ${((performance.now() - begin) / 1000).toFixed(0)} s`);

  const alone = startVisitors(store);
  await new Promise((resolve) => setTimeout(resolve, 5_000));
  await alone.stop("without a sweep");

  const expired = records * 0.9;
  const first = startVisitors(store);
  await sweep("one sweep", [store], expired / 2);
  await first.stop("beside one sweep");

  const second = open();
  const both = startVisitors(store);
  await sweep("two sweeps at once", [store, second], Infinity);
  await both.stop("beside two sweeps");
  await second[Symbol.asyncDispose]?.();

  let left = 0;
  for (let cursor: string | undefined, more = true; more;) {
    const page = await store.list(cursor, 10_000);
    left += page.records.length;
    cursor = page.cursor;
    more = cursor !== undefined;
  }
  report(`left: ${left} records, expected ${records - expired} and those of the writer`);
}

async function sweep(name: string, stores: readonly Store[], most: number): Promise<void> {
  let removed = 0;
  let longest = 0;
  const begin = performance.now();
  const counts = await Promise.all(
    stores.map(async (each) => {
      let own = 0;
      while (removed < most) {
        const started = performance.now();
        const count = await each.deleteExpired(NOW, batch);
        longest = Math.max(longest, performance.now() - started);
        removed += count;
        own += count;
        if (count === 0) break;
        // SQLite answers in the same turn: the others have one, too.
        await nextTurn();
      }
      return own;
    }),
  );
  const seconds = (performance.now() - begin) / 1000;
  const rate = Math.round(removed / seconds);
  report(
    `${name}: ${removed} (${counts.join(" + ")}) in ${seconds.toFixed(1)} s, ${rate}/s, longest batch ${longest.toFixed(1)} ms`,
  );
}

/** One who reads live records, one who creates and updates; each as fast as it is answered. */
function startVisitors(on: Store) {
  const state = { stopped: false };
  const delay = monitorEventLoopDelay({ resolution: 1 });
  delay.enable();
  const reads: number[] = [];
  const writes: number[] = [];
  const run = async (times: number[], step: () => Promise<unknown>): Promise<void> => {
    while (!state.stopped) {
      const begin = performance.now();
      await step();
      times.push(performance.now() - begin);
      await nextTurn();
    }
  };
  let written = 0;
  const working = [
    run(reads, () => on.read(idOf(Math.floor((Math.random() * records) / 10) * 10), NOW)),
    run(writes, async () => {
      written += 1;
      const record = recordOf(`w${process.pid}-${performance.now()}-${written}`.replaceAll(".", "_"), NOW + DAY);
      await on.create(record, NOW);
      await on.update({ ...record, revision: "r2" }, "r1", NOW);
    }),
  ];
  return {
    async stop(when: string): Promise<void> {
      state.stopped = true;
      await Promise.all(working);
      delay.disable();
      const held = [50, 99, 100].map((part) => (delay.percentile(part) / 1e6).toFixed(1));
      report(`  ${when}: event loop held (1 ms is none) p50 ${held[0]} p99 ${held[1]} max ${held[2]} ms`);
      report(`  ${when}: reader ${spread(reads)}; writer (create and update) ${spread(writes)}`);
    },
  };
}

function spread(times: number[]): string {
  const sorted = times.toSorted((a, b) => a - b);
  const at = (part: number): string => (sorted[Math.floor((sorted.length - 1) * part)] ?? 0).toFixed(1);
  return `p50 ${at(0.5)} p99 ${at(0.99)} max ${at(1)} ms (${sorted.length} times)`;
}

async function measureReads(): Promise<void> {
  const count = 10_000;
  for (let n = 0; n < 100; n += 1) await store.create(recordOf(`r${n}`, NOW + DAY), NOW);
  const one = url?.startsWith("postgres") ? { max: 1 } : { connectionLimit: 1 };
  const ways = url === undefined ? [undefined] : [true, false];
  for (let round = 0; round < 3; round += 1) {
    for (const prepare of ways) {
      const reading = db(target, {
        table,
        ...(prepare !== undefined && { prepare, pool: one }),
      });
      await reading.read("r0", NOW);
      const begin = performance.now();
      for (let n = 0; n < count; n += 1) await reading.read(`r${n % 100}`, NOW);
      const rate = Math.round(count / ((performance.now() - begin) / 1000));
      report(
        `${rate} reads/s on one connection${prepare === undefined ? "" : prepare ? ", prepared" : ", not prepared"}`,
      );
      await reading[Symbol.asyncDispose]();
    }
  }
}

async function measureVerbs(): Promise<void> {
  const count = Number(process.env["VERBS"]) > 1 ? Number(process.env["VERBS"]) : 3_000;
  for (let round = 0; round < 3; round += 1) {
    const some = Array.from({ length: count }, (_, n) => recordOf(idOf(round * count + n), NOW + DAY));
    const verbs: Record<string, (record: (typeof some)[number]) => Promise<unknown>> = {
      create: (record) => store.create(record, NOW),
      read: (record) => store.read(record.id, NOW),
      update: (record) => store.update({ ...record, revision: "r2" }, "r1", NOW),
      touch: (record) => store.touch(record.id, "r2", NOW + 2 * DAY, NOW),
      delete: (record) => store.delete(record.id),
    };
    for (const [verb, call] of Object.entries(verbs)) {
      const begin = performance.now();
      for (const record of some) await call(record);
      report(`${verb}: ${Math.round(count / ((performance.now() - begin) / 1000))}/s`);
    }
  }
}

/** Every tenth lives; the others have expired over the last month, in no order. */
async function fill(): Promise<void> {
  const width = url === undefined ? 1_000 : isFile ? 8 : 10;
  for (let from = 0; from < records; from += width) {
    const some = Array.from({ length: Math.min(width, records - from) }, (_, index) => from + index);
    await Promise.all(
      some.map((n) => {
        const expiresAt = n % 10 === 0 ? NOW + DAY : NOW - ((n * 7_919) % (30 * DAY));
        return store.create(recordOf(idOf(n), expiresAt), NOW - 31 * DAY);
      }),
    );
  }
}

function recordOf(id: string, expiresAt: number) {
  const times = { createdAt: NOW - 31 * DAY, renewedAt: NOW - 31 * DAY, expiresAt };
  return { id, secretHash: "h".repeat(43), payload: "x".repeat(300), revision: "r1", ...times };
}

/** Spread over the primary key, as random ids are. */
function idOf(n: number): string {
  return ((n * 2_654_435_761) % 2 ** 32).toString(16).padStart(8, "0") + n.toString(16).padStart(24, "0");
}

function report(line: string): void {
  process.stdout.write(`${line}\n`);
}
