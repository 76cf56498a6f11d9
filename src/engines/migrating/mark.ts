import { nextRevision } from "../../core/revision.ts";
import type { SessionRecord } from "../../core/store.ts";

const mark = "moving:";

/**
 * What the new store holds for a session that is about to move: its place, and its user's, so that a revocation finds it.
 * No token opens it, since its secret hash is the hash of nothing.
 */
export function placeFor(record: SessionRecord): SessionRecord {
  return { ...record, secretHash: mark, payload: "", revision: nextRevision() };
}

/** What the old store holds once the move is decided: the whole record, where nobody can write to it any more. */
export function departing(record: SessionRecord): SessionRecord {
  return { ...record, secretHash: mark + record.secretHash };
}

/** The record of a departing one, as the new store is to hold it. */
export function arriving(record: SessionRecord): SessionRecord {
  return { ...record, secretHash: record.secretHash.slice(mark.length) };
}

export function isMarked(record: SessionRecord): boolean {
  return record.secretHash.startsWith(mark);
}
