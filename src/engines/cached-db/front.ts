import type { Deadline } from "../../core/deadline.ts";
import type { Instant, Revision, SessionRecord, SessionStore } from "../../core/store.ts";
import { entryOf, isEntry, placeholder, recordIn } from "./entry.ts";
import { Guard } from "./guard.ts";
import type { CheckedOptions } from "./options.ts";
import { OwedEvictions } from "./owed.ts";

/** What the cache holds under an id. */
export interface Place {
  /** What it has to be still, when it is filled; `undefined`: it is not ours to fill. */
  readonly lease: Revision | undefined;
  /** The session's record, when it can be believed without asking the database. */
  readonly record?: SessionRecord | undefined;
}

/**
 * The cache, as `cachedDb` uses it. No method throws because of it, and none waits longer than the timeout.
 *
 * The one rule that keeps old data out: **whoever fills the cache saw, before asking the database, the very entry that
 * the fill replaces.** A write removes the entry once the database has acknowledged. So a read that began before the
 * write either fills before the removal, and is removed with it, or finds its entry gone, and fills nothing.
 */
export class Front {
  readonly #cache: SessionStore;
  readonly #maxStale: number;
  readonly #lifetime: number;
  readonly #guard: Guard;
  readonly #owed: OwedEvictions;

  constructor({ cache, maxStale, cacheTimeout, onCacheError }: CheckedOptions) {
    this.#cache = cache;
    this.#maxStale = Math.round(maxStale * 1000);
    // Twice, so that a session in steady use is checked again by one compare-and-set, and the others leave the cache.
    this.#lifetime = 2 * this.#maxStale;
    this.#guard = new Guard(cache.name, cacheTimeout * 1000, onCacheError);
    this.#owed = new OwedEvictions(this.#lifetime);
  }

  /** What the cache has, and if it is nothing, a placeholder. `undefined`: leave the cache out of this. */
  async find(id: string, now: Instant): Promise<Place | undefined> {
    if (this.#owed.isBlind) return undefined;
    return this.#guard.exchange(async (run) => {
      if (this.#owed.get(id) !== undefined) {
        await run(() => this.#remove(id));
        return this.#lease(run, id, now);
      }
      const stored = await run(() => this.#cache.read(id, now));
      if (stored === undefined) return this.#lease(run, id, now);
      if (!isEntry(stored)) {
        this.#guard.report(
          `The cache "${this.#cache.name}" held something under a session's id that cachedDb has not put there; it is ` +
            "replaced. If this goes on, others use the same names: give the cache a prefix or a table of its own.",
          undefined,
        );
        return this.#lease(run, id, now);
      }
      return { lease: stored.revision, record: this.#believable(stored, id, now) };
    });
  }

  /**
   * Puts what the database answered where `find` looked, unless something has happened there since. Whether there was
   * anything to put or not, nobody has to be waited for: of several who fill, the first one does.
   *
   * @param now From before the database was asked.
   */
  async fill(id: string, lease: Revision, record: SessionRecord | undefined, now: Instant): Promise<void> {
    await this.#guard.exchange((run) =>
      run(async () => {
        if (record === undefined) return this.#cache.delete(id);
        try {
          return await this.#cache.update(entryOf(record, now, this.#lifetime), lease, now);
        } catch (error) {
          // One session may be too long for it; that is no reason to leave the cache out of the others.
          this.#guard.report(`The cache "${this.#cache.name}" refused an entry.`, error);
          return false;
        }
      }),
    );
  }

  /** To be called when the database has answered a write, whatever it said: it may have been made all the same. */
  async evict(id: string): Promise<void> {
    const owed = this.#owed.begin(id);
    const remove = (): Promise<true> => this.#remove(id, owed);
    await this.#guard.exchange((run) => run(remove), remove);
  }

  async #remove(id: string, owed = this.#owed.get(id)): Promise<true> {
    await this.#cache.delete(id);
    this.#owed.settle(id, owed);
    return true;
  }

  #believable(entry: SessionRecord, id: string, now: Instant): SessionRecord | undefined {
    const age = now - entry.renewedAt;
    // An entry from the future was made by a clock that is ahead of ours: its age is not known.
    if (age < 0 || age >= this.#maxStale) return undefined;
    // Of what has expired a store answers nothing, and an entry ends with its session.
    return recordIn(entry, id);
  }

  async #lease(run: Deadline["run"], id: string, now: Instant): Promise<Place> {
    const own = placeholder(id, now, this.#lifetime);
    const taken = { lease: own.revision };
    if (await run(() => this.#cache.create(own, now))) return taken;
    // Taken: by somebody faster, or by what has expired and nobody swept. Removing either is safe, and only costs
    // whoever was faster his fill; without it what has expired would keep the session out of the cache.
    await run(() => this.#cache.delete(id));
    return (await run(() => this.#cache.create(own, now))) ? taken : { lease: undefined };
  }
}
