import type { Instant, RecordSummary, SessionRecord, SessionStore } from "./store.ts";

/**
 * The seam between a session and wherever its record travels or rests: cookie value in, cookie value out. Above it
 * nobody knows of secrets, hashes or revisions; below it nobody knows of data. `storeEngine(store)` implements it for
 * every store; an engine that keeps the session in the cookie itself implements it without one.
 */
export interface Engine {
  readonly name: string;
  readonly atomic: boolean;
  /** The record travels in the cookie. What no header can carry any more would be lost, so the core refuses it. */
  readonly inCookie?: true;

  /** Whether the value could be ours, by its shape and tag. Asks no store. */
  recognizes(cookie: string): boolean;

  /**
   * What this cookie value opens. Malformed, forged, unknown, wrong secret, expired: one answer, `undefined`, and the
   * first two without asking the store. At most one store operation.
   */
  open(cookie: string, now: Instant): Promise<Snapshot | undefined>;

  /** By id, without a cookie, for code that acts on a session from outside. Absent where records live in cookies. */
  find?(id: string, now: Instant): Promise<Snapshot | undefined>;

  /** The same session as the authority sees it now. `undefined`: it is gone, or its key was cycled by somebody else. */
  refresh(from: Snapshot, now: Instant): Promise<Snapshot | undefined>;

  /** Makes one change with one store operation, and never a second one. */
  commit(change: Change, now: Instant): Promise<Outcome>;

  /** After a `"refused"` outcome: why. One fresh read. */
  explain(refusal: Refused, now: Instant): Promise<Saved | Newer | Gone>;

  /** Ends a session from outside; whether there was one. Absent where records live in cookies. */
  revoke?(id: string): Promise<boolean>;

  /** What a user index can do; absent without one. */
  readonly users?: UserIndex;

  /** The store behind, whole and past any namespace, for tools that sweep or migrate it. Absent where there is none. */
  readonly store?: SessionStore;

  [Symbol.asyncDispose]?(): Promise<void>;
}

export interface UserIndex {
  /** The user's live sessions, oldest first. */
  list(userId: string, now: Instant): Promise<RecordSummary[]>;
  /** Ends the user's sessions, all or all but one; answers how many. */
  revoke(userId: string, exceptId: string | undefined): Promise<number>;
}

/** A session as it was read or written: what the core may know of a record. */
export interface Snapshot extends Draft {
  /** The cookie value that opens it; `undefined` when it was found by id. */
  readonly cookie: string | undefined;
  /** The id its payload was written under, where the session has another one by now. A sealed payload opens for it only. */
  readonly sealedFor?: string;
  /** This session is in the cookie still, while the engine moves it into a store: to save or end it takes a header. */
  readonly inCookie?: true;
}

/** What the core wants a record to say. */
export type Draft = Omit<SessionRecord, "secretHash" | "revision">;

/** The closed list of changes. */
export type Change =
  | { readonly kind: "create"; readonly draft: Draft }
  /** With `cycle`, the same write also replaces the secret: before it the old cookie opens the session, after it the new. */
  | { readonly kind: "update"; readonly from: Snapshot; readonly draft: Draft; readonly cycle: boolean }
  | { readonly kind: "touch"; readonly from: Snapshot; readonly expiresAt: Instant }
  | { readonly kind: "delete"; readonly from: Snapshot };

export interface Saved {
  readonly kind: "saved";
  readonly snapshot: Snapshot;
}

/** The store said no: the id is taken, or the record is gone, cycled or newer. `explain` tells which. */
interface Refused {
  readonly kind: "refused";
  readonly attempted: Snapshot;
  /** What the refused update started from; `undefined` for a create. */
  readonly from: Snapshot | undefined;
}

/** Another request's write came first; `snapshot` is what to replay on. */
export interface Newer {
  readonly kind: "newer";
  readonly snapshot: Snapshot;
}

/** No live record with our secret: ended, expired, or its key was cycled. For a `create`: the id is somebody else's. */
export interface Gone {
  readonly kind: "gone";
}

export type Outcome = Saved | Refused | Gone;

/** What an engine is told of the settings when `createSessions` builds it. */
export interface EngineSettings {
  /** Newest first; empty when none are configured. */
  readonly secrets: readonly string[];
  readonly namespace: string | undefined;
  /** Most characters a cookie's value may have, so that browsers keep it. */
  readonly cookieRoom: number;
}

export type EngineFactory = (settings: EngineSettings) => Engine;
