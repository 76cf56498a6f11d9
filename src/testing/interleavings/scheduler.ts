/** Picks one of `count` steps that could be next: 0 to `count - 1`. */
export type Choose = (count: number) => number;

/**
 * Runs several actors, one step at a time, in an order that the caller chooses. Between two of its steps an actor runs
 * freely, and alone; so the same choices give the same run. No timers: an actor that pauses for a while of its own (a
 * retry with jitter) is simply waited for.
 */
export class Scheduler {
  /** Every step so far, for messages: `2 update → false`. */
  readonly trace: string[] = [];
  readonly #parked = new Map<number, () => void>();
  #running = 0;
  #onQuiet: (() => void) | undefined;

  /** How many steps have been made. */
  get steps(): number {
    return this.trace.length;
  }

  /** Starts an actor; it runs up to its first step. `body` must not reject. */
  start(body: () => Promise<void>): void {
    this.#running += 1;
    void body().finally(() => this.#leave());
  }

  /** Called by an actor: waits for its turn and does the step. An actor makes one step at a time. */
  async step<T>(actor: number, name: string, work: () => T | Promise<T>): Promise<T> {
    const turn = new Promise<void>((resolve) => this.#parked.set(actor, resolve));
    this.#leave();
    await turn;
    const index = this.trace.push(`${actor} ${name}`) - 1;
    const answer = await work();
    if (typeof answer === "boolean") this.trace[index] += ` → ${answer}`;
    return answer;
  }

  /** Lets the actors go, step by step, until all have finished. */
  async run(choose: Choose): Promise<void> {
    for (;;) {
      await this.#quiet();
      const ready = [...this.#parked].sort(([a], [b]) => a - b);
      // One candidate is no choice: asking would only multiply the orders to explore by one.
      const next = ready.length > 1 ? ready[choose(ready.length)] : ready[0];
      if (next === undefined) return;
      const [actor, release] = next;
      this.#parked.delete(actor);
      this.#running += 1;
      release();
    }
  }

  #leave(): void {
    this.#running -= 1;
    if (this.#running === 0) this.#onQuiet?.();
  }

  async #quiet(): Promise<void> {
    while (this.#running > 0) {
      await new Promise<void>((resolve) => {
        this.#onQuiet = resolve;
      });
    }
  }
}

/**
 * Calls `run` once for every sequence of choices there is, by going back to the last choice that has an alternative
 * left. Answers how many runs that took.
 */
export async function everyOrder(run: (choose: Choose) => Promise<void>): Promise<number> {
  let path: readonly number[] = [];
  for (let runs = 1; ; runs += 1) {
    const taken: { choice: number; count: number }[] = [];
    await run((count) => {
      const choice = path[taken.length] ?? 0;
      taken.push({ choice, count });
      return choice;
    });
    while ((taken.at(-1)?.choice ?? 0) + 1 === taken.at(-1)?.count) taken.pop();
    const last = taken.pop();
    if (last === undefined) return runs;
    path = [...taken.map(({ choice }) => choice), last.choice + 1];
  }
}

/** A stream of choices that a seed repeats exactly (mulberry32). */
export function seededChoices(seed: number): Choose {
  let state = seed >>> 0;
  return (count) => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) % count;
  };
}
