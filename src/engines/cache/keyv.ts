import type { Cache } from "./contract.ts";

type OnError = (error: unknown) => void;

/** What is used of a Keyv, version 5 or newer. */
export interface KeyvLike {
  get(key: string): Promise<unknown>;
  /** The lifetime in milliseconds. */
  set(key: string, value: string, ttl: number): Promise<unknown>;
  delete(key: string): Promise<unknown>;
  getMany(keys: string[]): Promise<unknown>;
  on(event: "error", listener: OnError): unknown;
  off(event: "error", listener: OnError): unknown;
  listeners?(event: "error"): unknown;
}

/**
 * Keyv throws what goes wrong only as long as nobody listens for it. With a listener, which applications are told to
 * have, a `get` that failed answers `undefined`, and a session would be missing instead of out of reach. So we listen
 * too, but only beside others, since our listening alone would hide the application's own failures from it.
 */
export function keyvCache(keyv: KeyvLike): Cache {
  let calls = 0;
  let listening = false;
  let errors = 0;
  let last: unknown;
  const note: OnError = (error) => {
    errors += 1;
    last = error;
  };

  async function watched<T>(missing: (answer: T) => boolean, work: () => Promise<T>): Promise<T> {
    calls += 1;
    if (!listening && hasListeners(keyv)) {
      keyv.on("error", note);
      listening = true;
    }
    const before = errors;
    try {
      const answer = await work();
      // Of several calls at once nobody knows which one failed. To take a missing session for an outage is the lesser evil.
      if (missing(answer) && errors !== before) throw last;
      return answer;
    } finally {
      calls -= 1;
      if (calls === 0 && listening) {
        keyv.off("error", note);
        listening = false;
      }
    }
  }

  const isNothing = (answer: unknown): boolean => answer === undefined || answer === null || answer === false;
  return {
    get: (key) => watched(isNothing, () => keyv.get(key)) as Promise<string | undefined>,
    set: (key, value, ttl) => watched(isNothing, () => keyv.set(key, value, ttl * 1000)),
    delete: (key) => watched(isNothing, () => keyv.delete(key)),
  };
}

function hasListeners(keyv: KeyvLike): boolean {
  const listeners = keyv.listeners?.("error");
  return !Array.isArray(listeners) || listeners.length > 0;
}
