import { nextRevision } from "../../core/revision.ts";
import type { Instant, ReadOptions, Revision, SessionRecord, SessionStore } from "../../core/store.ts";
import { arriving, departing, isMarked, placeFor } from "./mark.ts";

const fresh: ReadOptions = { fresh: true };

/**
 * Two stores as one: sessions begin in the new one, and those of the old one move with their first write or renewal.
 *
 * A session has one authority at any time. A move makes a place in the new store (nobody can open it), then decides: the
 * old record, compared by its revision, is replaced by the one that was to be written, marked as departing. That one
 * write is what the caller's `true` rests on. Then the place is filled and the old record removed, by the mover or by
 * whoever comes across it, so that a process killed in the middle costs nobody a session. A delete takes the old record
 * first and the new one after it: a mover it overtakes finds no old record to decide on, or no place to fill.
 */
export class MovingStore implements SessionStore {
  readonly name: string;
  readonly atomic: boolean;
  readonly #from: SessionStore;
  readonly #to: SessionStore;

  constructor(from: SessionStore, to: SessionStore) {
    this.#from = from;
    this.#to = to;
    this.name = `migrating from ${from.name} to ${to.name}`;
    this.atomic = from.atomic && to.atomic;
  }

  async read(id: string, now: Instant, options?: ReadOptions): Promise<SessionRecord | undefined> {
    const moved = await this.#to.read(id, now, options);
    if (moved !== undefined && !isMarked(moved)) return moved;
    const old = await this.#from.read(id, now, options);
    if (old !== undefined && !isMarked(old)) return old;
    // It may have moved between the two reads, from where we had not looked yet to where we had.
    const again = await this.#to.read(id, now, fresh);
    if (again === undefined || !isMarked(again)) return again;
    return old && arriving(old);
  }

  create(record: SessionRecord, now: Instant): Promise<boolean> {
    return this.#to.create(record, now);
  }

  async update(record: SessionRecord, expected: Revision, now: Instant): Promise<boolean> {
    if (await this.#to.update(record, expected, now)) return true;
    const old = await this.#from.read(record.id, now, fresh);
    if (old === undefined) return false;
    if (isMarked(old)) {
      await this.#arrive(record.id, now);
      return this.#to.update(record, expected, now);
    }
    return old.revision === expected && this.#move({ ...record, createdAt: old.createdAt }, expected, now);
  }

  async touch(id: string, expected: Revision, expiresAt: Instant, now: Instant): Promise<boolean> {
    if (await this.#to.touch(id, expected, expiresAt, now)) return true;
    const old = await this.#from.read(id, now, fresh);
    if (old === undefined) return false;
    if (isMarked(old)) {
      await this.#arrive(id, now);
      return this.#to.touch(id, expected, expiresAt, now);
    }
    if (old.revision !== expected) return false;
    return this.#move(old.expiresAt < expiresAt ? { ...old, expiresAt, renewedAt: now } : old, expected, now);
  }

  async delete(id: string): Promise<boolean> {
    const wasOld = await this.#from.delete(id);
    return (await this.#to.delete(id)) || wasOld;
  }

  /** Answers whether the record was written, in either store. */
  async #move(record: SessionRecord, expected: Revision, now: Instant): Promise<boolean> {
    const place = await this.#takePlace(record, now);
    if (place === undefined) return false;
    // A revision of its own, so that a writer who knows only the old record is refused by either store.
    const written = { ...record, revision: nextRevision(record.revision) };
    if (!(await this.#from.update(departing(written), expected, now))) {
      await this.#giveUp(place, now);
      return false;
    }
    try {
      if (await this.#to.update(written, place.revision, now)) await this.#from.delete(record.id);
      else await this.#arrive(record.id, now);
    } catch {
      // It is written, and departing; the next one who comes across it takes it on.
    }
    return true;
  }

  /** A place in the new store, ours or one that another mover left. `undefined`: the session is there already. */
  async #takePlace(record: SessionRecord, now: Instant): Promise<SessionRecord | undefined> {
    const place = placeFor(record);
    if (await this.#to.create(place, now)) return place;
    const taken = await this.#to.read(record.id, now, fresh);
    if (taken === undefined || !isMarked(taken)) return undefined;
    if (taken.userId === record.userId) return taken;
    // A place under another user's name would be overlooked by a revocation of this one's sessions.
    return (await this.#to.update(place, taken.revision, now)) ? place : undefined;
  }

  /** Ends a place that nobody will fill, unless another mover can. */
  async #giveUp(place: SessionRecord, now: Instant): Promise<void> {
    if ((await this.#from.read(place.id, now, fresh)) !== undefined) return;
    await this.#to.update({ ...place, revision: nextRevision(), expiresAt: now }, place.revision, now);
  }

  /** Completes a move that was decided. Without a place there is nothing to fill: the session was ended meanwhile. */
  async #arrive(id: string, now: Instant): Promise<void> {
    const place = await this.#to.read(id, now, fresh);
    if (place !== undefined && isMarked(place)) {
      // After the place: if it departs still, whoever ends the session has not come to the place yet, and will remove it.
      const departed = await this.#from.read(id, now, fresh);
      if (departed === undefined) return;
      if (!(await this.#to.update(arriving(departed), place.revision, now))) return;
    }
    await this.#from.delete(id);
  }
}
