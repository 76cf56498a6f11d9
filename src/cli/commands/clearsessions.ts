import { setTimeout as sleep } from "node:timers/promises";
import { NotSupported } from "../../core/errors.ts";
import { isCountable, type SweepableStore } from "../../core/store.ts";
import type { Config } from "../config.ts";
import { exitOf, type StopSignal } from "../exit.ts";
import { type Interrupt, listenForInterrupt } from "../interrupt.ts";
import { sweepableBehind } from "../powers.ts";
import { number, progress, type Progress } from "../progress.ts";
import type { Report } from "../report.ts";

export interface ClearOptions {
  readonly batch: number;
  readonly dryRun?: boolean;
  /** Seconds. */
  readonly maxTime?: number;
}

type Stopped = StopSignal | "max-time";

interface Sweep {
  readonly removed: number;
  readonly batches: number;
  /** Why it ended before there was nothing left. */
  readonly stopped: Stopped | undefined;
  readonly failure: unknown;
}

/** Django's `clearsessions`: removes expired records, of every namespace in the store. */
export async function clearSessions({ file, behind }: Config, options: ClearOptions): Promise<Report> {
  const store = sweepableBehind(behind);
  const facts = { engine: behind.engine, config: file, dryRun: options.dryRun === true };
  // One instant for the whole run: with a moving one a busy store would never be swept clean.
  const now = behind.clock();
  if (options.dryRun) {
    const expired = await countIn(store, now);
    return { facts: { ...facts, expired }, text: `${number(expired)} expired sessions would be removed.` };
  }

  const begun = performance.now();
  const { removed, batches, stopped, failure } = await sweepOnScreen(store, now, options);
  const seconds = Math.round(performance.now() - begun) / 1000;
  return {
    facts: { ...facts, removed, batches, seconds, stopped: stopped ?? null },
    text:
      failure !== undefined && removed === 0
        ? ""
        : `${number(removed)} expired sessions removed in ${seconds} s.${reasons[stopped ?? "done"]}`,
    failure,
    exitCode: stopped === undefined || stopped === "max-time" ? undefined : exitOf(stopped),
  };
}

const reasons: Record<Stopped | "done", string> = {
  done: "",
  "max-time": " Stopped by --max-time; there may be more.",
  SIGINT: " Interrupted; there may be more.",
  SIGTERM: " Told to stop; there may be more.",
};

async function countIn(store: SweepableStore, now: number): Promise<number> {
  if (isCountable(store)) return store.countExpired(now);
  throw new NotSupported(
    `--dry-run: the store "${store.name}" can remove expired sessions and cannot count them. Stores that can: db, or ` +
      "one of your own with countExpired.",
  );
}

async function sweepOnScreen(store: SweepableStore, now: number, options: ClearOptions): Promise<Sweep> {
  // Counting walks over everything that is about to be removed: for a bar on a screen it is worth it, for a log not.
  const total = process.stderr.isTTY && isCountable(store) ? await store.countExpired(now) : undefined;
  const shown = progress(process.stderr, total, () => performance.now());
  using interrupt = listenForInterrupt(() => {
    shown.end();
    console.error("Stopping when this batch is done. Once more to stop at once.");
  });
  try {
    return await sweep(store, now, options, interrupt, shown);
  } finally {
    shown.end();
  }
}

/**
 * Batch after batch, until one finds nothing. A batch that is not full is no sign of the end: two sweepers that chose
 * the same records share them between them, and both would stop with half of the work undone.
 */
async function sweep(
  store: SweepableStore,
  now: number,
  { batch, maxTime = Number.POSITIVE_INFINITY }: ClearOptions,
  interrupt: Interrupt,
  shown: Progress,
): Promise<Sweep> {
  const end = performance.now() + maxTime * 1000;
  let removed = 0;
  for (let batches = 0; ; batches += 1) {
    if (interrupt.name !== undefined) return { removed, batches, stopped: interrupt.name, failure: undefined };
    if (performance.now() >= end) return { removed, batches, stopped: "max-time", failure: undefined };

    const begun = performance.now();
    try {
      const found = await store.deleteExpired(now, batch);
      if (found === 0) return { removed, batches, stopped: undefined, failure: undefined };
      removed += found;
    } catch (failure) {
      return { removed, batches, stopped: undefined, failure };
    }
    shown.show(removed);
    await pause(performance.now() - begun, interrupt.signal);
  }
}

/** As long as the batch took: at least half of the time the store, and any lock on it, is the app's. */
async function pause(milliseconds: number, signal: AbortSignal): Promise<void> {
  // An interrupt ends the pause; whoever asks next sees it.
  await sleep(Math.min(milliseconds, 1000), undefined, { signal }).catch(() => undefined);
}
