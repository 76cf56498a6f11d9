import type { SessionRecord, SessionStore } from "../../src/core/store.ts";
import { START } from "../../src/testing.ts";

const HOUR = 3_600_000;

/** Visitors that each create a record, read, update and renew it, over and over, and note how it went. */
export function startLoad(store: SessionStore, visitors: number) {
  const errors: unknown[] = [];
  let succeeded = 0;
  let slowest = 0;
  const state = { stopped: false };
  let wake: (() => void)[] = [];

  async function step(work: () => Promise<unknown>): Promise<void> {
    const begin = performance.now();
    try {
      await work();
      succeeded += 1;
    } catch (error) {
      errors.push(error);
      // Not a pause for something to happen: a refused connection fails so fast that the test would do nothing else.
      await new Promise((resolve) => setTimeout(resolve, 20));
    } finally {
      slowest = Math.max(slowest, performance.now() - begin);
      for (const look of wake) look();
    }
  }

  const visits = Array.from({ length: visitors }, async (_, visitor) => {
    for (let visit = 0; !state.stopped; visit += 1) {
      const record = recordOf(`${performance.timeOrigin.toString(36).replace(".", "_")}-${visitor}-${visit}`);
      await step(() => store.create(record, START));
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
    },
  };
}

function recordOf(id: string): SessionRecord {
  const times = { createdAt: START, renewedAt: START, expiresAt: START + HOUR };
  return { id, secretHash: "h".repeat(43), payload: `payload of ${id}`, revision: "r1", ...times };
}
