import type { Context, Loaded } from "./context.ts";
import { type Changes, lifetimeAfter } from "./draft.ts";
import { expiresAt, renewalDue } from "./expiry.ts";
import type { Instant } from "./store.ts";

/** Everything the end of a request can mean for the store: a closed list. */
export type Step = "nothing" | "create" | "update" | "touch" | "end";

export interface Facts {
  /** A live record is behind the session. */
  readonly stored: boolean;
  /** The data, the user or the expiry differ from what is stored. */
  readonly changed: boolean;
  /** There is data, or a user: something worth a record. */
  readonly worthKeeping: boolean;
  readonly cycle: boolean;
  readonly renewalDue: boolean;
  /** The expiry that was set lies in the past. */
  readonly past: boolean;
  /** The response is a server error: what the handler did to the data is not kept (Django's rule). */
  readonly failed: boolean;
}

/**
 * One answer for one request. A failed response keeps a rotation and a renewal, never data: half of what a crashed
 * handler wanted to write is worse than none, while an old key that was meant to die must die.
 */
export function decide(facts: Facts): Step {
  const changed = facts.changed && !facts.failed;
  if (!facts.stored) return changed && facts.worthKeeping && !facts.past ? "create" : "nothing";
  if (changed && facts.past) return "end";
  if (changed || facts.cycle) return "update";
  return facts.renewalDue ? "touch" : "nothing";
}

/** A session as it stands at the end of its request. */
export interface Standing {
  readonly loaded: Loaded | undefined;
  readonly changes: Changes;
  /** What would be written. */
  readonly payload: string;
  readonly worthKeeping: boolean;
  readonly failed: boolean;
}

export function factsOf(context: Context, standing: Standing, now: Instant): Facts {
  const { loaded, changes, payload, worthKeeping, failed } = standing;
  const lifetime = lifetimeAfter(changes, loaded, now);
  const { timeouts, renewal } = context;
  return {
    stored: loaded !== undefined,
    // By what would be written: set and set back is no change.
    changed:
      payload !== (loaded?.snapshot.payload ?? "") || changes.userId !== undefined || changes.expiry !== undefined,
    worthKeeping,
    cycle: changes.cycle !== undefined,
    past: changes.expiry !== undefined && expiresAt(lifetime, now, timeouts) <= now,
    failed,
    renewalDue: loaded !== undefined && renewalDue(loaded.snapshot, lifetime, now, timeouts, renewal),
  };
}
