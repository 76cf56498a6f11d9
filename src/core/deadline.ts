import { causeFrom } from "./cause.ts";
import { SessionError, StoreUnavailable } from "./errors.ts";

/**
 * One stretch of work on a store, with an end. Client libraries retry and wait in their own ways, some for ever; a
 * request must not.
 */
export interface Deadline {
  /** True once the time is up. */
  readonly passed: boolean;
  /** Runs one engine call. @throws StoreUnavailable when it fails or the time is up; a late result is dropped. */
  run<T>(work: () => Promise<T>): Promise<T>;
}

/** @param milliseconds Real time: this guards against a clock that stands still as much as against a store that does. */
export function startDeadline(milliseconds: number, engine: string): Deadline {
  const end = performance.now() + milliseconds;
  // Timers may fire a fraction of a millisecond early; once one has, the time is up whatever the clock says.
  let isOver = false;
  const late = (cause?: unknown): StoreUnavailable =>
    new StoreUnavailable(`The session store "${engine}" did not answer within ${milliseconds / 1000} s.`, { cause });

  return {
    get passed() {
      return isOver || performance.now() >= end;
    },

    run(work) {
      return new Promise((resolve, reject) => {
        const left = end - performance.now();
        if (left <= 0) return reject(late());
        // Not unref'd: with nothing else alive the process would end with this promise pending.
        const timer = setTimeout(() => {
          isOver = true;
          reject(late());
        }, left);
        const finish = (settle: () => void): void => {
          clearTimeout(timer);
          settle();
        };
        call(work).then(
          (value) => finish(() => resolve(value)),
          (error: unknown) => finish(() => reject(unavailable(error, engine))),
        );
      });
    },
  };
}

/** A store that throws before it returns a promise is as broken as one that rejects. */
async function call<T>(work: () => Promise<T>): Promise<T> {
  return work();
}

function unavailable(error: unknown, engine: string): SessionError {
  if (error instanceof SessionError) return error;
  return new StoreUnavailable(`The session store "${engine}" failed.`, { cause: causeFrom(error) });
}
