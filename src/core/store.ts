// Our declarations speak of AsyncDisposable. Every one of them reaches this file, and so nobody's `lib` has to name it.
/// <reference lib="esnext.disposable" preserve="true" />

/**
 * The contract between Coatcheck and whatever keeps its records.
 *
 * A store knows nothing of cookies, data or expiry rules: it keeps opaque records and compares revisions. Everything a
 * session promises under concurrency (nothing lost, deleted stays deleted) rests on the five answers below, so each
 * method states what *missing*, *expired*, *twice* and *broken* look like. `storeSuite` in `coatcheck/testing` proves
 * an implementation.
 */

/** An instant in milliseconds since the epoch. Absolute instants cross every boundary; durations never do. */
export type Instant = number;

/** Opaque, new on every data write, at most 64 characters of `[A-Za-z0-9_.-]`. Stores compare it and never look inside. */
export type Revision = string;

/** What a store keeps for one session. Nothing in it can be sent as a cookie. */
export interface SessionRecord {
  /** Names the record: `[A-Za-z0-9_-]{1,96}`, safe as a file name, a cache key and in a log. Not a credential. */
  readonly id: string;
  /** SHA-256 of the token's secret, base64url (43 characters). */
  readonly secretHash: string;
  /** The codec's text. Opaque. May hold any Unicode but U+0000, which some databases cut text at. */
  readonly payload: string;
  readonly revision: Revision;
  readonly createdAt: Instant;
  /** When `expiresAt` was last moved by use of the session. */
  readonly renewedAt: Instant;
  /** The record is live while `expiresAt > now`. */
  readonly expiresAt: Instant;
  /** Whose session it is, if anybody's. Kept beside the payload so that stores can index it. */
  readonly userId?: string | undefined;
}

export interface ReadOptions {
  /** Answer from the authority, past any cache. Asked for after a refused update. */
  readonly fresh?: boolean;
}

/**
 * The five verbs every store has. Each is atomic and, where the backend allows, one round trip.
 *
 * `now` is the caller's clock; a store never asks its own. Only a broken backend throws (`StoreUnavailable`, with the
 * driver's error as `cause`): missing, expired and stale are ordinary answers.
 */
export interface SessionStore {
  /** For messages: `"memory"`, `"db"`. */
  readonly name: string;
  /** False only where the backend cannot compare and set; then parallel writers may overwrite one another. */
  readonly atomic: boolean;

  /** The live record; missing, expired and never existed are one answer, `undefined`. Never writes. Returns a copy. */
  read(id: string, now: Instant, options?: ReadOptions): Promise<SessionRecord | undefined>;

  /** True: this call inserted it. False: the id is taken, by a live or an expired record. Never overwrites. */
  create(record: SessionRecord, now: Instant): Promise<boolean>;

  /**
   * Replaces everything but `createdAt` if, and only if, a live record with this id is at revision `expected`.
   * False: missing, expired, or at another revision; nothing changed. **Never creates.** May shorten `expiresAt`.
   */
  update(record: SessionRecord, expected: Revision, now: Instant): Promise<boolean>;

  /**
   * True: a live record with this id is at revision `expected`, and if its `expiresAt` was behind the given one it was
   * moved there, with `renewedAt` set to `now`; payload and revision stay. False: missing, expired, or at another
   * revision; nothing changed. Never creates. It compares because a renewal is answered with a cookie, and must not
   * answer with the old one when the key was cycled meanwhile.
   */
  touch(id: string, expected: Revision, expiresAt: Instant, now: Instant): Promise<boolean>;

  /** True: this call removed it. Deleting twice, or what never was, is `false` and no error. */
  delete(id: string): Promise<boolean>;
}

/** A store whose expired records have to be removed by somebody. */
export interface SweepableStore extends SessionStore {
  /** Removes at most `limit` records with `expiresAt <= now`; answers how many. Safe on several nodes at once. */
  deleteExpired(now: Instant, limit: number): Promise<number>;
  /** How many records `deleteExpired` would find at `now`. Removes nothing. Left out where counting is not cheap. */
  countExpired?(now: Instant): Promise<number>;
}

/** A sweepable store that can say beforehand how much there is to sweep. */
export type CountableStore = Required<SweepableStore>;

/** What a list shows of a record: never the payload, the secret hash or the revision. */
export type RecordSummary = Pick<SessionRecord, "id" | "createdAt" | "renewedAt" | "expiresAt" | "userId">;

/** A store that can walk through its records. */
export interface ListableStore extends SessionStore {
  /** A page of summaries in the store's own order; pass `cursor` on until it is `undefined`. Live and expired alike. */
  list(cursor: string | undefined, limit: number): Promise<{ records: RecordSummary[]; cursor: string | undefined }>;
}

/** A store that can find records by user. The index may name the dead for a moment; it never misses the living. */
export interface UserIndexedStore extends SessionStore {
  /** Live records of this user, oldest first. */
  listByUser(userId: string, now: Instant): Promise<RecordSummary[]>;
  /** Removes the user's records, all or all but one; answers how many live or expired records went. */
  deleteByUser(userId: string, exceptId?: string): Promise<number>;
}

export interface MigrateOptions {
  /**
   * `"up"` brings the schema up to date, `"down"` removes everything the store has made but the bookkeeping of its migrations, **the sessions included**.
   * @default "up"
   */
  readonly direction?: "up" | "down";
  /** Changes nothing, and answers what would be done. */
  readonly dryRun?: boolean;
}

export interface Migrated {
  /** Names of the migrations that were, or with `dryRun` would be, applied or undone; in that order. */
  readonly migrations: readonly string[];
  /** With `dryRun`: the statements, one by one. Running them by hand, in order, is as good as `migrate`. */
  readonly sql?: readonly string[];
}

/** A store with a schema to bring up to date. */
export interface MigratableStore extends SessionStore {
  /** Idempotent, and safe when many processes call it at once. */
  migrate(options?: MigrateOptions): Promise<Migrated>;
}

export function isSweepable(store: SessionStore): store is SweepableStore {
  return typeof (store as Partial<SweepableStore>).deleteExpired === "function";
}

export function isCountable(store: SessionStore): store is CountableStore {
  return isSweepable(store) && typeof store.countExpired === "function";
}

export function isListable(store: SessionStore): store is ListableStore {
  return typeof (store as Partial<ListableStore>).list === "function";
}

export function isMigratable(store: SessionStore): store is MigratableStore {
  return typeof (store as Partial<MigratableStore>).migrate === "function";
}

export function isUserIndexed(store: SessionStore): store is UserIndexedStore {
  const candidate = store as Partial<UserIndexedStore>;
  return typeof candidate.listByUser === "function" && typeof candidate.deleteByUser === "function";
}
