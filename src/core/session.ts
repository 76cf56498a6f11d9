import { InvalidData } from "./errors.ts";
import { endsAtBrowserClose, parseExpiry, type Timeouts } from "./expiry.ts";
import type { Unit } from "./unit.ts";

/** Keys of `D` that are strings; JSON has no others. */
export type KeyOf<D> = keyof D & string;

/**
 * One visitor's data over several requests. Loaded once a request, then synchronous; saved by itself, with one store
 * operation, before the response's first byte leaves. Reads may be `undefined`: a session is empty until written to.
 */
export interface Session<D> extends Iterable<[KeyOf<D>, D[KeyOf<D>]]> {
  /** Names the stored session for as long as it lives; not a credential, safe to log. `undefined` until first stored. */
  readonly id: string | undefined;
  /** Nothing is stored yet. */
  readonly isNew: boolean;
  /** The data was read or changed in this request. */
  readonly accessed: boolean;
  /** There is something to save; also after a nested change. */
  readonly modified: boolean;
  /**
   * The data as one live object, whose identity never changes. Change it freely, nested values too. When a save merges
   * what another request wrote, the values of the keys that one changed are replaced; those you hold of them are stale.
   */
  readonly data: Partial<D>;
  /** Whose session it is. Assigning another user counts as signing in: the absolute timeout starts anew. */
  userId: string | undefined;

  get<K extends KeyOf<D>>(key: K): D[K] | undefined;
  get<K extends KeyOf<D>>(key: K, fallback: D[K]): D[K];
  /** `undefined` deletes, as it does through `data`. @throws InvalidData when JSON cannot carry the value. */
  set<K extends KeyOf<D>>(key: K, value: D[K]): this;
  has(key: KeyOf<D>): boolean;
  /** Whether there was something to delete. */
  delete(key: KeyOf<D>): boolean;
  /** Deletes the key and returns what was under it. */
  pop<K extends KeyOf<D>>(key: K): D[K] | undefined;
  pop<K extends KeyOf<D>>(key: K, fallback: D[K]): D[K];
  /** The value under the key, which is set to `value` if there is none. */
  setDefault<K extends KeyOf<D>>(key: K, value: D[K]): D[K];
  /** Several `set`s. */
  update(values: Partial<D>): this;
  /**
   * Exact under concurrency: of 20 parallel increments none is lost. `fn` gets the current value and returns the next;
   * it must be synchronous and use nothing but its argument, because it runs again when another request came first.
   * @throws InvalidData when it returns `undefined` or a promise.
   */
  update<K extends KeyOf<D>>(key: K, fn: (current?: D[K]) => D[K]): D[K];
  /** Empties the data and keeps the session. */
  clear(): void;
  keys(): IterableIterator<KeyOf<D>>;
  values(): IterableIterator<D[KeyOf<D>]>;
  entries(): IterableIterator<[KeyOf<D>, D[KeyOf<D>]]>;
  readonly size: number;
  /** No data, and nothing stored. */
  isEmpty(): boolean;

  /**
   * This session's own expiry: seconds of inactivity, `0` until the browser closes, a `Date` as a fixed end (a past one
   * ends the session with this request), `null` for the default again.
   * @throws InvalidData for anything else: negative, NaN, an invalid Date.
   */
  setExpiry(value: number | Date | null): void;
  /** Seconds until it expires, if it were saved now. */
  getExpiryAge(): number;
  getExpiryDate(): Date;
  expiresAtBrowserClose(): boolean;

  /** Stores a mark, to find out on the next request whether the browser keeps cookies. */
  setTestCookie(): void;
  testCookieWorked(): boolean;
  deleteTestCookie(): void;

  /** New token, same session and data; the old token is dead once the response leaves. Call it when privileges change. */
  cycleKey(): void;
  /** Ends the session at once: record deleted, cookie removed. A later write starts a new one. */
  flush(): Promise<void>;
  /**
   * Saves now instead of with the response. Needed for changes made while a response streams, and outside HTTP.
   * @throws SessionInterrupted when another request ended the session or cycled its key, in a GET too: what was asked for
   * in so many words is not dropped in silence.
   * @throws SessionConflict, StoreUnavailable, InvalidData. Whoever catches one of the first three has to `reload()` (or
   * `flush()`) before going on: the response fails with the same error otherwise, since its changes are not known to be
   * stored, and saving them again could store them twice.
   */
  save(): Promise<void>;
  /** Reads the session again; unsaved changes are forgotten. @throws SessionInterrupted when it is gone. */
  reload(): Promise<void>;
}

/** Databases replace half a surrogate pair, or cut at U+0000; then two users would be one. U+0001 is the namespace's. */
export function isUserId(value: unknown): value is string {
  // oxlint-disable-next-line no-control-regex -- they are what is refused
  return typeof value === "string" && value.length <= 200 && /^[^\u0000-\u001f\p{Surrogate}]+$/u.test(value);
}

const testCookieKey = "_testCookie";

/** The face of a `Unit`. Types are checked here, at the edge; below, data is text and unknown values. */
export class UnitSession<D> implements Session<D> {
  readonly #unit: Unit;
  readonly #timeouts: Timeouts;
  #accessed = false;

  /** For those who hold the other half of a session. Not a method: what a handler holds shows nothing of it. */
  static unitOf(session: object): Unit | undefined {
    return #unit in session ? session.#unit : undefined;
  }

  constructor(unit: Unit, timeouts: Timeouts) {
    this.#unit = unit;
    this.#timeouts = timeouts;
  }

  get id(): string | undefined {
    return this.#unit.snapshot?.id;
  }

  get isNew(): boolean {
    return this.#unit.snapshot === undefined;
  }

  get accessed(): boolean {
    return this.#accessed;
  }

  get modified(): boolean {
    return this.#unit.modified;
  }

  get data(): Partial<D> {
    return this.#reading().expose() as Partial<D>;
  }

  get userId(): string | undefined {
    this.#accessed = true;
    return this.#unit.userId;
  }

  set userId(value: string | undefined) {
    if (value !== undefined && !isUserId(value)) {
      throw new InvalidData(
        "session.userId: expected a well-formed string of 1 to 200 characters without control characters, or undefined.",
      );
    }
    this.#accessed = true;
    this.#unit.userId = value;
  }

  get<K extends KeyOf<D>>(key: K, fallback?: D[K]): D[K] {
    const value = this.#reading().get(key);
    return (value === undefined ? fallback : value) as D[K];
  }

  set<K extends KeyOf<D>>(key: K, value: D[K]): this {
    this.#writing().set(key, value);
    return this;
  }

  has(key: KeyOf<D>): boolean {
    return this.#reading().has(key);
  }

  delete(key: KeyOf<D>): boolean {
    return this.#writing().delete(key);
  }

  pop<K extends KeyOf<D>>(key: K, fallback?: D[K]): D[K] {
    const live = this.#writing();
    const value = live.get(key);
    live.delete(key);
    return (value === undefined ? fallback : value) as D[K];
  }

  setDefault<K extends KeyOf<D>>(key: K, value: D[K]): D[K] {
    return this.#writing().setDefault(key, value) as D[K];
  }

  update(values: Partial<D>): this;
  update<K extends KeyOf<D>>(key: K, fn: (current?: D[K]) => D[K]): D[K];
  update<K extends KeyOf<D>>(keyOrValues: K | Partial<D>, fn?: (current?: D[K]) => D[K]): this | D[K] {
    const live = this.#writing();
    if (typeof keyOrValues === "string") {
      if (typeof fn !== "function")
        throw new InvalidData(`update(${JSON.stringify(keyOrValues)}, fn): expected a function.`);
      return live.update(keyOrValues, fn as (current: unknown) => unknown) as D[K];
    }
    for (const [key, value] of Object.entries(keyOrValues)) live.set(key, value);
    return this;
  }

  clear(): void {
    this.#writing().clear();
  }

  *keys(): IterableIterator<KeyOf<D>> {
    yield* this.#reading().keys() as KeyOf<D>[];
  }

  *values(): IterableIterator<D[KeyOf<D>]> {
    for (const [, value] of this) yield value;
  }

  *entries(): IterableIterator<[KeyOf<D>, D[KeyOf<D>]]> {
    const live = this.#reading();
    for (const key of live.keys()) yield [key as KeyOf<D>, live.get(key) as D[KeyOf<D>]];
  }

  [Symbol.iterator](): IterableIterator<[KeyOf<D>, D[KeyOf<D>]]> {
    return this.entries();
  }

  get size(): number {
    return this.#reading().keys().length;
  }

  isEmpty(): boolean {
    return this.isNew && this.size === 0;
  }

  setExpiry(value: number | Date | null): void {
    this.#unit.expiry = parseExpiry(value);
  }

  getExpiryAge(): number {
    return Math.floor((this.#unit.end - this.#unit.now) / 1000);
  }

  getExpiryDate(): Date {
    return new Date(this.#unit.end);
  }

  expiresAtBrowserClose(): boolean {
    return endsAtBrowserClose(this.#unit.expiry, this.#timeouts);
  }

  setTestCookie(): void {
    this.#writing().set(testCookieKey, "worked");
  }

  testCookieWorked(): boolean {
    return this.#reading().get(testCookieKey) === "worked";
  }

  deleteTestCookie(): void {
    this.#writing().delete(testCookieKey);
  }

  cycleKey(): void {
    this.#unit.cycle();
  }

  flush(): Promise<void> {
    return this.#unit.flush();
  }

  save(): Promise<void> {
    return this.#unit.commit({ failed: false, safe: false });
  }

  reload(): Promise<void> {
    return this.#unit.reload();
  }

  /** Logging a session must not put its data into a log. */
  toJSON(): object {
    return { id: this.id, isNew: this.isNew };
  }

  #reading(): Unit["live"] {
    this.#accessed = true;
    return this.#unit.live;
  }

  #writing(): Unit["live"] {
    this.#accessed = true;
    this.#unit.assertStartable();
    return this.#unit.live;
  }
}
