/** A text that takes the place of another, and for how many seconds. */
export interface Replacement {
  readonly value: string;
  readonly ttl: number;
}

/** What the store needs of a cache, whether that can compare and set or not. */
export interface Keeper {
  readonly atomic: boolean;
  get(key: string): Promise<unknown>;
  add(key: string, value: string, ttl: number): Promise<boolean>;
  /**
   * Asks `next` what should stand in the place of what is there, and puts it there unless that has changed meanwhile,
   * in which case it asks again. `next` says `true` for "as it is" and `false` for "not at all", and is answered so.
   */
  replace(key: string, next: (current: unknown) => Replacement | boolean): Promise<boolean>;
  /** Whether there was something. */
  delete(key: string): Promise<boolean>;
}
