import type { Instant, SessionRecord, SessionStore } from "../../core/store.ts";
import { START } from "../fake-clock.ts";

/** The optional powers of a store that have cases of their own. */
export type StorePower = "sweepable" | "countable" | "listable" | "user-indexed";

/** One promise of the store contract, and the way to prove it. */
export interface StoreCase {
  /** Unique, `area: promise`; what `exempt` names. */
  readonly name: string;
  /** The case is for stores with this power. */
  readonly power?: StorePower;
  /** The case is for stores that say `atomic: true`. */
  readonly atomic?: true;
  /** The case wants a store whose backend is down: `options.makeBrokenStore`. */
  readonly broken?: true;
  /** Rejects with what the contract wants and what was found. The store must be empty. */
  run(store: SessionStore, context: StoreCaseContext): Promise<void>;
}

export interface StoreCaseContext {
  /** The case's present. Far from the real one, so that a store which asks its own clock is found out. */
  readonly now: Instant;
  /** A record created now that lives for an hour, with an id, revision and payload of its own. */
  record(fields?: Partial<SessionRecord>): SessionRecord;
  /** The same record with a new revision, payload and secret hash: what a session's next write hands over. */
  revise(record: SessionRecord, fields?: Partial<SessionRecord>): SessionRecord;
}

export const HOUR = 3_600_000;

export function caseContext(now: Instant = START): StoreCaseContext {
  let count = 0;

  function fresh(): Pick<SessionRecord, "secretHash" | "payload" | "revision"> {
    count += 1;
    return {
      secretHash: String(count).padStart(43, "s"),
      payload: `{"v":1,"data":{"n":${count}}}`,
      revision: `revision-${count}`,
    };
  }

  return {
    now,
    record(fields = {}) {
      const written = fresh();
      const id = count.toString(16).padStart(4, "0").repeat(8);
      return { id, ...written, createdAt: now, renewedAt: now, expiresAt: now + HOUR, ...fields };
    },
    revise(record, fields = {}) {
      return { ...record, ...fresh(), ...fields };
    },
  };
}
