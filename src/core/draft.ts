import type { Content, Expiry } from "./codec.ts";
import type { Context, Loaded } from "./context.ts";
import type { Draft } from "./engine.ts";
import { expiresAt, type Lifetime, renewalDue } from "./expiry.ts";
import type { Data, Operation } from "./operations.ts";
import type { Instant } from "./store.ts";

/** Everything one request wants different. The boxes tell "set to undefined" from "not set", and one
 * request for a change from a later one. */
export interface Changes {
  readonly operations: readonly Operation[];
  readonly userId: { readonly value: string | undefined } | undefined;
  readonly expiry: { readonly value: Expiry | undefined } | undefined;
  readonly cycle: { readonly requested: true } | undefined;
}

/** When the session signed in and how it expires, once the changes are made. */
export function lifetimeAfter(changes: Changes, base: Loaded | undefined, now: Instant): Lifetime {
  const expiry = changes.expiry === undefined ? base?.expiry : changes.expiry.value;
  const authenticatedAt =
    changes.userId === undefined ? base?.authenticatedAt : changes.userId.value === undefined ? undefined : now;
  return { createdAt: base?.snapshot.createdAt ?? now, expiry, authenticatedAt };
}

export function payloadAfter(
  context: Context,
  changes: Changes,
  base: Loaded | undefined,
  data: Readonly<Data>,
  now: Instant,
): string {
  const { expiry, authenticatedAt } = lifetimeAfter(changes, base, now);
  // Always in this order, and absent rather than undefined: equal content has to be equal text.
  const content: Content = {
    v: 1,
    data,
    ...(expiry !== undefined && { expiry }),
    ...(authenticatedAt !== undefined && { authenticatedAt }),
  };
  return context.payloads.encode(content);
}

/** The record to write. Its end moves only when it must: so most writes leave the cookie as it is. */
export function draftAfter(
  context: Context,
  changes: Changes,
  base: Loaded | undefined,
  id: string,
  payload: string,
  now: Instant,
): Draft {
  const lifetime = lifetimeAfter(changes, base, now);
  const userId = changes.userId === undefined ? base?.snapshot.userId : changes.userId.value;
  const { timeouts, renewal } = context;
  const moves =
    base === undefined ||
    changes.cycle !== undefined ||
    changes.expiry !== undefined ||
    changes.userId !== undefined ||
    renewal !== "throttled" ||
    renewalDue(base.snapshot, lifetime, now, timeouts, renewal);
  return {
    id,
    payload,
    createdAt: lifetime.createdAt,
    renewedAt: moves ? now : base.snapshot.renewedAt,
    expiresAt: moves ? expiresAt(lifetime, now, timeouts) : base.snapshot.expiresAt,
    userId,
  };
}
