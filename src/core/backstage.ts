import type { Instant, SessionStore } from "./store.ts";

/**
 * What maintenance needs of sessions and a request never does. Sweeping and migrating concern a store as a whole,
 * whatever namespaces share it, so this is the store itself.
 */
export interface Backstage {
  /** For messages. */
  readonly engine: string;
  /** `undefined` where the engine keeps no records, or keeps its store to itself. */
  readonly store: SessionStore | undefined;
  readonly clock: () => Instant;
}

/**
 * Where sessions keep it: a property that no listing shows. A registered symbol and neither a WeakMap nor `instanceof`,
 * because the command line and the app may each have a copy of this package, and have to know one another's sessions.
 */
export const backstage: unique symbol = Symbol.for("coatcheck.sessions");

/** `undefined`: the value is not from any copy's `createSessions`. */
export function backstageOf(value: unknown): Backstage | undefined {
  if (typeof value !== "object" || value === null) return undefined;
  return (value as { [backstage]?: Backstage })[backstage];
}
