import { StoreUnavailable } from "../core/errors.ts";
import type { SessionStore } from "../core/store.ts";

const verbs = [
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
] as const;

export type StoreVerb = (typeof verbs)[number];

/** One call on its way to the store. */
export interface StoreCall {
  readonly verb: StoreVerb;
  /** Counts all calls of this wrapper from 1. */
  readonly index: number;
  /** Counts the calls of this verb from 1. */
  readonly nth: number;
  readonly args: readonly unknown[];
}

/**
 * Decides what one call does. `proceed` makes the real call, each time it is called; what the interceptor returns or
 * throws is what the caller sees.
 */
export type Intercept = (call: StoreCall, proceed: () => Promise<unknown>) => unknown;

/**
 * The store, with every call handed to `intercept` first. For tests of what a slow, failing or racing store does to
 * the code above it.
 *
 * The five verbs and the verbs of the optional powers are intercepted and counted. Everything else (`name`, `atomic`,
 * `migrate`, disposal) passes through, and a power the store lacks stays lacking. To combine interceptors wrap twice;
 * each wrapper counts for itself, and the outermost sees a call first.
 *
 * @example
 * faultyStore(memory(), (call, proceed) => (call.nth === 2 ? Promise.reject(new Error("down")) : proceed()));
 */
export function faultyStore<S extends SessionStore>(store: S, intercept: Intercept): S {
  const counts = new Map<StoreVerb, number>();
  let index = 0;

  return new Proxy(store, {
    get(target, key): unknown {
      const member: unknown = Reflect.get(target, key, target);
      if (typeof member !== "function") return member;
      // Bound to the store itself: private fields are out of reach through a proxy.
      const method = member.bind(target) as (...args: unknown[]) => Promise<unknown>;
      const verb = verbs.find((candidate) => candidate === key);
      if (verb === undefined) return method;

      return async (...args: unknown[]): Promise<unknown> => {
        const nth = (counts.get(verb) ?? 0) + 1;
        counts.set(verb, nth);
        index += 1;
        return intercept({ verb, index, nth, args }, () => method(...args));
      };
    },
  });
}

/** The call never reaches the store and throws. Without `nth` every call of the verb does. */
export function fails(verb: StoreVerb, nth?: number, error: Error = unavailable("failed")): Intercept {
  return only(verb, nth, () => Promise.reject(error));
}

/** The call never reaches the store and never settles: for deadlines. */
export function neverAnswers(verb: StoreVerb, nth?: number): Intercept {
  return only(verb, nth, () => new Promise<never>(() => {}));
}

/** The store does it, and the caller is told that it failed: a connection lost between the write and its reply. */
export function losesReply(verb: StoreVerb, nth?: number, error: Error = unavailable("lost its reply")): Intercept {
  return only(verb, nth, async (proceed) => {
    await proceed();
    throw error;
  });
}

/** The call waits at the barrier *before* it reaches the store: for putting something in between. */
export function startsLate(verb: StoreVerb, pause: Barrier, nth?: number): Intercept {
  return only(verb, nth, async (proceed) => {
    await pause.arrive();
    return proceed();
  });
}

/** The store does it at once, the answer waits at the barrier. */
export function answersLate(verb: StoreVerb, pause: Barrier, nth?: number): Intercept {
  return only(verb, nth, async (proceed) => {
    const answer = await proceed();
    await pause.arrive();
    return answer;
  });
}

export interface OperationLog extends Intercept {
  /** The verbs so far, in the order of their calls. Yours to empty: `log.verbs.length = 0`. */
  readonly verbs: StoreVerb[];
}

/** Lets every call through and keeps the verbs: for proving what a request costs. */
export function operationLog(): OperationLog {
  const seen: StoreVerb[] = [];
  const record: Intercept = (call, proceed) => {
    seen.push(call.verb);
    return proceed();
  };
  return Object.assign(record, { verbs: seen });
}

function only(verb: StoreVerb, nth: number | undefined, act: (proceed: () => Promise<unknown>) => unknown): Intercept {
  return (call, proceed) => (call.verb === verb && (nth === undefined || call.nth === nth) ? act(proceed) : proceed());
}

function unavailable(what: string): StoreUnavailable {
  return new StoreUnavailable(`The store ${what}, as the test asked`, { cause: new Error("faultyStore") });
}

/**
 * Holds whoever arrives until it is released: drives a race into one exact order without a sleep.
 *
 * @example
 * const pause = barrier();
 * const slow = faultyStore(store, startsLate("update", pause));
 * const saving = slow.update(record, revision, now);
 * await pause.arrived();
 * await store.delete(record.id);     // deleted while the update is on its way
 * pause.release();
 * assert.equal(await saving, false);
 */
export interface Barrier {
  /** Settles at `release`. */
  readonly gate: Promise<void>;
  /** Counts the caller in and waits at the gate. */
  arrive(): Promise<void>;
  /** Settles once that many have arrived; the trap is a count that is never reached. */
  arrived(count?: number): Promise<void>;
  /** Lets everybody go, later arrivals included. */
  release(): void;
}

export function barrier(): Barrier {
  let count = 0;
  let open: () => void = () => {};
  const gate = new Promise<void>((resolve) => {
    open = resolve;
  });
  const watchers: { count: number; resolve: () => void }[] = [];

  function notify(): void {
    for (const watcher of watchers) {
      if (count >= watcher.count) watcher.resolve();
    }
  }

  return {
    gate,
    arrive(): Promise<void> {
      count += 1;
      notify();
      return gate;
    },
    arrived(wanted = 1): Promise<void> {
      return new Promise((resolve) => {
        watchers.push({ count: wanted, resolve });
        notify();
      });
    },
    release(): void {
      open();
    },
  };
}
