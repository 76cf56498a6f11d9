import { StoreUnavailable } from "../../core/errors.ts";
import type { KeyedTurns } from "../../core/keyed-turns.ts";
import type { Instant, Revision, SessionRecord, SessionStore } from "../../core/store.ts";
import type { Calls } from "./calls.ts";
import { holds, recordIn, sessionFor } from "./envelope.ts";

/** @see expressStore */
export interface ExpressStore extends SessionStore {
  readonly name: "expressStore";
  /** No store of express-session's can compare and set. One process alone loses nothing; several may. */
  readonly atomic: false;
}

/**
 * Each verb has the session to itself, in this process. Reading too: session-file-store removes what it cannot parse,
 * and a store that writes in place shows half a session.
 */
export function storeOn(calls: Calls, turns: KeyedTurns, prefix: string): ExpressStore {
  let proven = false;

  async function recordAt(id: string): Promise<SessionRecord | undefined> {
    return recordIn(await calls.get(prefix + id), prefix + id, id);
  }

  /**
   * The first write is read back: a store that acknowledges before it has written, or that keeps only what it knows of
   * a session, does not say so, and an answer would leave for what was never kept.
   */
  async function write(record: SessionRecord, now: Instant): Promise<true> {
    const sid = prefix + record.id;
    await calls.set(sid, sessionFor(sid, record, now));
    proven ||= holds(await calls.get(sid), sid, record);
    if (proven) return true;
    throw new StoreUnavailable(
      "The expressStore engine: the store did not give back what had just been written. Does it acknowledge before it " +
        "has written, or keep only what it knows of a session? Sessions need to read what they wrote.",
    );
  }

  /** Never the store's own `touch`: of a session that has ended, some make a new one. */
  function replaceLive(
    id: string,
    expected: Revision,
    now: Instant,
    next: (current: SessionRecord) => SessionRecord | undefined,
  ): Promise<boolean> {
    return turns.take(prefix + id, async () => {
      const current = await recordAt(id);
      if (current === undefined || current.expiresAt <= now || current.revision !== expected) return false;
      const record = next(current);
      return record === undefined || write(record, now);
    });
  }

  return {
    name: "expressStore",
    atomic: false,

    async read(id, now) {
      const record = await turns.take(prefix + id, () => recordAt(id));
      return record !== undefined && record.expiresAt > now ? record : undefined;
    },

    create: (record, now) =>
      turns.take(prefix + record.id, async () => {
        // Whatever it is, and whosever: also one that express-session wrote.
        if ((await calls.get(prefix + record.id)) !== undefined) return false;
        return write(record, now);
      }),

    update: (record, expected, now) =>
      replaceLive(record.id, expected, now, ({ createdAt }) => ({ ...record, createdAt })),

    touch: (id, expected, expiresAt, now) =>
      replaceLive(id, expected, now, (current) =>
        current.expiresAt < expiresAt ? { ...current, expiresAt, renewedAt: now } : undefined,
      ),

    delete: (id) =>
      turns.take(prefix + id, async () => {
        if ((await recordAt(id)) === undefined) return false;
        await calls.destroy(prefix + id);
        return true;
      }),
  };
}
