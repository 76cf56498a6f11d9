import { causeFrom } from "../../core/cause.ts";
import { StoreUnavailable } from "../../core/errors.ts";
import type { Callback, ExpressSessionStore } from "./contract.ts";

/**
 * In milliseconds. Past any deadline a request has; without it one call that is never answered would keep a session's
 * turn for good.
 */
const LONGEST_CALL = 5_000;

/** The three methods of a store, as promises that settle once, in time, whatever the store does. */
export interface Calls {
  /** `undefined` where there is nothing. */
  get(sid: string): Promise<unknown>;
  set(sid: string, session: object): Promise<void>;
  destroy(sid: string): Promise<void>;
}

export function callsOf(store: ExpressSessionStore): Calls {
  return {
    async get(sid) {
      try {
        // Stores say "nothing" by undefined, null and false alike.
        return (await called("get", (callback) => store.get(sid, callback))) || undefined;
      } catch (error) {
        if (isMissing((error as StoreUnavailable).cause)) return undefined;
        throw error;
      }
    },
    async set(sid, session) {
      await called("set", (callback) => store.set(sid, session, callback));
    },
    async destroy(sid) {
      await called("destroy", (callback) => store.destroy(sid, callback));
    },
  };
}

/**
 * The first answer counts. A second one comes from stores that go on after an error, or that catch what a callback
 * threw; a thrown error or a rejected promise counts if there was no callback before.
 *
 * What a promise is fulfilled with says nothing: some are before the store has called back. But one that is rejected,
 * and that nobody heard, ends the process.
 */
function called(verb: string, call: (callback: Callback) => unknown): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const fail = (cause: unknown): void => {
      clearTimeout(timer);
      reject(failed(verb, cause));
    };
    const timer = setTimeout(fail, LONGEST_CALL, new Error(NO_CALLBACK));
    // It must not throw: connect-pg-simple answers that by destroying the session.
    const callback: Callback = (error, result) => {
      if (error) return fail(error);
      clearTimeout(timer);
      resolve(result);
    };
    try {
      Promise.resolve(call(callback)).catch(fail);
    } catch (error) {
      fail(error);
    }
  });
}

const NO_CALLBACK =
  "it did not call back within 5 seconds. A store that only returns a promise, or that calls nobody back when there is " +
  "no session, cannot be used";

/**
 * As express-session has it: session-file-store says ENOENT of every session that there is none of. But so does Node of
 * a server's socket file, while that server is away.
 */
function isMissing(cause: unknown): boolean {
  const { code, syscall } = Object(cause) as { code?: unknown; syscall?: unknown };
  return code === "ENOENT" && syscall !== "connect";
}

/** Of the store's error only a code is repeated: its message may hold values. */
function failed(verb: string, cause: unknown): StoreUnavailable {
  const { code, message } = Object(cause) as { code?: unknown; message?: unknown };
  const known = typeof code === "string" && /^[A-Z0-9_]+$/.test(code) ? ` with ${code}` : "";
  const why = message === NO_CALLBACK ? `: ${NO_CALLBACK}` : known;
  return new StoreUnavailable(`The expressStore engine: ${verb} of the store failed${why}.`, {
    cause: causeFrom(cause),
  });
}
