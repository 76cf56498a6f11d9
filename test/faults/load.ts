import { SessionError } from "../../src/core/errors.ts";
import type { SessionRecord, SessionStore } from "../../src/core/store.ts";
import { START } from "../../src/testing.ts";

export const HOUR = 3_600_000;
/** In milliseconds: a request's patience, and what a busy machine adds. */
export const PATIENCE = 5_000;

/** Visitors that each create a record, read and update it, over and over, and note how it went. */
export function startLoad(store: SessionStore, visitors: number) {
  const errors: unknown[] = [];
  let succeeded = 0;
  let acknowledged = 0;
  let slowest = 0;
  const state = { stopped: false };
  let wake: (() => void)[] = [];

  async function step<T>(work: () => Promise<T>): Promise<T | undefined> {
    const begin = performance.now();
    try {
      const answer = await work();
      succeeded += 1;
      return answer;
    } catch (error) {
      errors.push(error);
      // Not a pause for something to happen: a refused connection fails so fast that the test would do nothing else.
      await new Promise((resolve) => setTimeout(resolve, 20));
      return undefined;
    } finally {
      slowest = Math.max(slowest, performance.now() - begin);
      for (const look of wake) look();
    }
  }

  const visits = Array.from({ length: visitors }, async (_, visitor) => {
    for (let visit = 0; !state.stopped; visit += 1) {
      const record = recordOf(`${performance.timeOrigin.toString(36).replace(".", "_")}-${visitor}-${visit}`);
      if ((await step(() => store.create(record, START))) === true) acknowledged += 1;
      await step(() => store.read(record.id, START));
      await step(() => store.update({ ...record, revision: "r2" }, "r1", START));
      await step(() => store.touch(record.id, "r2", START + 2 * HOUR, START));
    }
  });

  const when = (reached: () => boolean): Promise<void> =>
    new Promise((resolve) => {
      const look = (): void => {
        if (!reached()) return;
        wake = wake.filter((other) => other !== look);
        resolve();
      };
      wake.push(look);
      look();
    });

  return {
    errors,
    slowest: () => slowest,
    until: (count: number, from = succeeded) => when(() => succeeded >= from + count),
    untilFailed: (count: number, from = errors.length) => when(() => errors.length >= from + count),
    async stop() {
      state.stopped = true;
      await Promise.all(visits);
      return { acknowledged };
    },
  };
}

export function recordOf(id: string): SessionRecord {
  const times = { createdAt: START, renewedAt: START, expiresAt: START + HOUR };
  return { id, secretHash: "h".repeat(43), payload: `payload of ${id}`, revision: "r1", ...times };
}

/** Asks until it answers. */
export async function recovered(store: SessionStore): Promise<void> {
  for (let attempt = 0; attempt < 500; attempt += 1) {
    try {
      await store.read("nobody", START);
      return;
    } catch (error) {
      if (!(error instanceof SessionError)) throw error;
    }
  }
  throw new Error("It did not recover");
}
