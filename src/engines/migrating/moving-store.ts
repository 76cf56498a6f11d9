import { nextRevision } from "../../core/revision.ts";
import type { Instant, ReadOptions, Revision, SessionRecord, SessionStore } from "../../core/store.ts";
import { Mark } from "./mark.ts";

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
  /** How many moves are one inside the other. Each has a mark of its own. */
  readonly depth: number;
  readonly #mark: Mark;

  constructor(from: SessionStore, to: SessionStore) {
    this.#from = from;
    this.#to = to;
    this.depth = 1 + Math.max(depthOf(from), depthOf(to));
    this.#mark = new Mark(this.depth);
    this.name = `migrating from ${from.name} to ${to.name}`;
    this.atomic = from.atomic && to.atomic;
  }

  async read(id: string, now: Instant, options?: ReadOptions): Promise<SessionRecord | undefined> {
    const moved = await this.#to.read(id, now, options);
    if (moved !== undefined && !this.#mark.isOn(moved)) return moved;
    const old = await this.#from.read(id, now, options);
    if (old !== undefined && !this.#mark.isOn(old)) return old;
    // It may have moved between the two reads, from where we had not looked yet to where we had.
    const again = await this.#to.read(id, now, fresh);
    if (again === undefined || !this.#mark.isOn(again)) return again;
    return old && this.#mark.arriving(old);
  }

  create(record: SessionRecord, now: Instant): Promise<boolean> {
    return this.#to.create(record, now);
  }

  async update(record: SessionRecord, expected: Revision, now: Instant): Promise<boolean> {
    if (await this.#to.update(record, expected, now)) return true;
    const old = await this.#from.read(record.id, now, fresh);
    if (old === undefined) return false;
    if (this.#mark.isOn(old)) {
      await this.#arrive(record.id, now);
      return this.#to.update(record, expected, now);
    }
    return old.revision === expected && this.#move({ ...record, createdAt: old.createdAt }, old, now);
  }

  async touch(id: string, expected: Revision, expiresAt: Instant, now: Instant): Promise<boolean> {
    if (await this.#to.touch(id, expected, expiresAt, now)) return true;
    const old = await this.#from.read(id, now, fresh);
    if (old === undefined) return false;
    if (this.#mark.isOn(old)) {
      await this.#arrive(id, now);
      return this.#to.touch(id, expected, expiresAt, now);
    }
    if (old.revision !== expected) return false;
    return this.#move(old.expiresAt < expiresAt ? { ...old, expiresAt, renewedAt: now } : old, old, now);
  }

  async delete(id: string): Promise<boolean> {
    const wasOld = await this.#from.delete(id);
    return (await this.#to.delete(id)) || wasOld;
  }

  /** Puts the record in the place of the old one. Answers whether it was written, in either store. */
  async #move(record: SessionRecord, old: SessionRecord, now: Instant): Promise<boolean> {
    const place = await this.#takePlace(record, old, now);
    if (place === undefined) return false;
    // A revision of its own, so that a writer who knows only the old record is refused by either store.
    const written = { ...record, revision: nextRevision(record.revision) };
    if (!(await this.#from.update(this.#mark.departing(written), old.revision, now))) {
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

  /** A place in the new store, made ours if another mover has left one. `undefined`: the session is there already. */
  async #takePlace(record: SessionRecord, old: SessionRecord, now: Instant): Promise<SessionRecord | undefined> {
    // As long as the old record at least: a place that ends before it would keep every later mover out.
    const place = this.#mark.placeFor(record, old.expiresAt);
    if (await this.#to.create(place, now)) return place;
    const taken = await this.#to.read(record.id, now, fresh);
    if (taken === undefined || !this.#mark.isOn(taken)) return undefined;
    // And as the one whose place it was: its move may have been decided since.
    const ours = { ...place, expiresAt: Math.max(place.expiresAt, taken.expiresAt) };
    return (await this.#to.update(ours, taken.revision, now)) ? ours : undefined;
  }

  /** Ends a place that nobody will fill, unless another mover can. */
  async #giveUp(place: SessionRecord, now: Instant): Promise<void> {
    if ((await this.#from.read(place.id, now, fresh)) !== undefined) return;
    await this.#to.update({ ...place, revision: nextRevision(), expiresAt: now }, place.revision, now);
  }

  /** Completes a move that was decided. Without a place there is nothing to fill: the session was ended meanwhile. */
  async #arrive(id: string, now: Instant): Promise<void> {
    let place = await this.#to.read(id, now, fresh);
    if (place !== undefined && this.#mark.isOn(place)) {
      // After the place: if it departs still, whoever ends the session has not come to the place yet, and will remove it.
      let departed = await this.#from.read(id, now, fresh);
      if (departed !== undefined && departed.userId !== place.userId) {
        // Another mover's place. Under its user's name, a revocation of this one's sessions would overlook it.
        const ours = this.#mark.placeFor(this.#mark.arriving(departed), place.expiresAt);
        if (!(await this.#to.update(ours, place.revision, now))) return;
        place = ours;
        departed = await this.#from.read(id, now, fresh);
      }
      if (departed === undefined) return;
      if (!(await this.#to.update(this.#mark.arriving(departed), place.revision, now))) return;
    }
    await this.#from.delete(id);
  }
}

function depthOf(store: Partial<MovingStore>): number {
  return store.depth ?? 0;
}
