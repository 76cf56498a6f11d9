import type { Expiry, PayloadFormat } from "./codec.ts";
import { startDeadline, type Deadline } from "./deadline.ts";
import type { Engine, Snapshot } from "./engine.ts";
import type { Emitter } from "./events.ts";
import { expiresAt, type Renewal, type Timeouts } from "./expiry.ts";
import type { Data, Values } from "./operations.ts";
import type { Instant } from "./store.ts";

/** What every session of one `createSessions` call shares. */
export interface Context {
  readonly engine: Engine;
  readonly payloads: PayloadFormat;
  readonly values: Values;
  readonly timeouts: Timeouts;
  readonly renewal: Renewal;
  /** Milliseconds a request may wait for the store. */
  readonly deadline: number;
  readonly clock: () => Instant;
  readonly events: Emitter;
}

/** A stored session as the core works with it: the record, and what its payload says beside the data. */
export interface Loaded {
  readonly snapshot: Snapshot;
  readonly expiry: Expiry | undefined;
  readonly authenticatedAt: Instant | undefined;
}

/** A snapshot and the data in it. */
export interface Opened {
  readonly loaded: Loaded;
  readonly data: Data;
}

/** @throws CorruptPayload */
export function decode(context: Context, snapshot: Snapshot): Opened {
  const { data, expiry, authenticatedAt } = context.payloads.decode(snapshot.payload, snapshot.id);
  return { loaded: { snapshot, expiry, authenticatedAt }, data };
}

/**
 * What a snapshot holds, unless it has expired by our own reckoning: a store may keep a record too long, and settings may
 * have become stricter since it was written.
 * @throws CorruptPayload
 */
export function accept(context: Context, snapshot: Snapshot, now: Instant): Opened | undefined {
  const opened = decode(context, snapshot);
  return endOf(context, opened.loaded) > now ? opened : undefined;
}

/** When a session ends if nobody renews it: what its record says, or earlier by the settings. */
export function endOf(context: Context, { snapshot, expiry, authenticatedAt }: Loaded): Instant {
  const lifetime = { expiry, authenticatedAt, createdAt: snapshot.createdAt };
  return Math.min(snapshot.expiresAt, expiresAt(lifetime, snapshot.renewedAt, context.timeouts));
}

export function deadlineOf(context: Context): Deadline {
  return startDeadline(context.deadline, context.engine.name);
}
