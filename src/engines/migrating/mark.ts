import { nextRevision } from "../../core/revision.ts";
import type { Instant, SessionRecord } from "../../core/store.ts";
import { hashSecret } from "../../core/token.ts";

/**
 * What a move leaves in the two stores while it is under way. Its records bear a secret hash that no token has, and carry
 * their own in the payload: stores may have room for a hash and no more.
 */
export class Mark {
  readonly #hash: string;

  /** @param depth 1; one more than theirs for stores that move themselves, and know their own marks only. */
  constructor(depth: number) {
    // No secret has a space in it.
    this.#hash = hashSecret(`moving ${depth}`);
  }

  /**
   * What the new store holds for a session that is about to move: its place, and its user's, so that a revocation finds
   * it. It is as long as the record, so that one the new store cannot hold is refused before anything is decided.
   *
   * @param until at least as long: the place has to outlive whatever may move into it.
   */
  placeFor(record: SessionRecord, until: Instant): SessionRecord {
    return { ...this.departing(record), revision: nextRevision(), expiresAt: Math.max(until, record.expiresAt) };
  }

  /** What the old store holds once the move is decided: the whole record, where nobody can write to it any more. */
  departing(record: SessionRecord): SessionRecord {
    return { ...record, secretHash: this.#hash, payload: `${record.secretHash}\n${record.payload}` };
  }

  /** The record of a departing one, as the new store is to hold it. */
  arriving(record: SessionRecord): SessionRecord {
    const end = record.payload.indexOf("\n");
    return { ...record, secretHash: record.payload.slice(0, end), payload: record.payload.slice(end + 1) };
  }

  isOn(record: SessionRecord): boolean {
    return record.secretHash === this.#hash;
  }
}
