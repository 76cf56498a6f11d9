import { nextRevision } from "../../core/revision.ts";
import type { Instant, SessionRecord } from "../../core/store.ts";

/**
 * What the cache keeps under a session's id, dressed as a record, because a cache is a store like any other.
 *
 * - `secretHash` is a mark that is no hash of anything: no token opens an entry, even for somebody who reads the cache
 *   as if it held sessions.
 * - `revision` is new each time something is put: to compare it is to know that nothing happened to the entry meanwhile.
 * - `renewedAt` is when the database was asked: the instant *before*, so that an entry is never younger than what it says.
 * - `payload` is the session's record. In a placeholder it is empty: an entry that always has to be checked.
 */
type Entry = SessionRecord;

/** Says what format it is: another one must have another mark. */
const mark = "cached-db:1";

export function placeholder(id: string, now: Instant, lifetime: number): Entry {
  const times = { createdAt: now, renewedAt: now, expiresAt: now + lifetime };
  return { id, secretHash: mark, payload: "", revision: nextRevision(), ...times };
}

export function entryOf(record: SessionRecord, checkedAt: Instant, lifetime: number): Entry {
  const { payload, ...rest } = record;
  return {
    ...placeholder(record.id, checkedAt, lifetime),
    // JSON has no raw line break, so the first one is ours; the payload behind it needs no escaping.
    payload: `${JSON.stringify(rest)}\n${payload}`,
    expiresAt: Math.min(record.expiresAt, checkedAt + lifetime),
  };
}

/** Whether cachedDb put it there. */
export function isEntry({ secretHash }: SessionRecord): boolean {
  return secretHash === mark;
}

/** The session's record; `undefined` in a placeholder, and where an entry cannot be read or is another session's. */
export function recordIn({ payload }: Entry, id: string): SessionRecord | undefined {
  const end = payload.indexOf("\n");
  if (end === -1) return undefined;
  try {
    const record: unknown = { ...(JSON.parse(payload.slice(0, end)) as object), payload: payload.slice(end + 1) };
    return isRecord(record) && record.id === id ? record : undefined;
  } catch {
    return undefined;
  }
}

function isRecord(value: unknown): value is SessionRecord {
  const { id, secretHash, revision, createdAt, renewedAt, expiresAt, userId } = value as Record<string, unknown>;
  return (
    [id, secretHash, revision, userId ?? ""].every((text) => typeof text === "string") &&
    [createdAt, renewedAt, expiresAt].every((instant) => Number.isSafeInteger(instant))
  );
}
