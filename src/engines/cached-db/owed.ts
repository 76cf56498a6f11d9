/** One eviction that has begun; told from a later one of the same id by its identity. */
export interface Owed {
  readonly since: number;
}

/** About a megabyte. */
const most = 10_000;

/**
 * The evictions that have begun and are not confirmed. What the cache has under such an id may be what this process
 * itself has replaced, so it must not be believed here, until it was removed after all. That is how a process reads its
 * own writes with the cache out of its reach.
 *
 * In real time and not in the caller's, which may be set back: it bounds memory, and no entry outlives `lifetime`.
 */
export class OwedEvictions {
  readonly #lifetime: number;
  readonly #owed = new Map<string, Owed>();
  #blindUntil = 0;

  /** @param lifetime Milliseconds after which nothing is left in the cache of what was there. */
  constructor(lifetime: number) {
    this.#lifetime = lifetime;
  }

  /** More is owed than can be remembered: for a lifetime no entry at all is to be believed. */
  get isBlind(): boolean {
    return performance.now() < this.#blindUntil;
  }

  begin(id: string): Owed {
    const owed = { since: performance.now() };
    // Taken out first, so that the oldest stay in front.
    this.#owed.delete(id);
    this.#owed.set(id, owed);
    for (const [old, { since }] of this.#owed) {
      if (since + this.#lifetime >= owed.since) break;
      this.#owed.delete(old);
    }
    if (this.#owed.size > most) {
      this.#owed.clear();
      this.#blindUntil = owed.since + this.#lifetime;
    }
    return owed;
  }

  get(id: string): Owed | undefined {
    return this.#owed.get(id);
  }

  /** A removal was confirmed that was sent when this was owed. One that began later is owed still. */
  settle(id: string, owed: Owed | undefined): void {
    if (this.#owed.get(id) === owed) this.#owed.delete(id);
  }
}
