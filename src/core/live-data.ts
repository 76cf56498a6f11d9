import { InvalidData } from "./errors.ts";
import { type Data, emptyData, type Operation, replay, runUpdate, type Values } from "./operations.ts";

/**
 * The one live object behind `session.data`, and the log of what was done to it.
 *
 * Objects handed out are live, so a nested change makes no call we could see. Their text is therefore remembered when
 * they leave (`#watched`), and compared before the next operation and at commit. Values that cannot change in place
 * (strings, numbers, booleans) are not watched, unless the whole object was handed out: most requests compare nothing.
 */
export class LiveData {
  readonly #values: Values;
  readonly #live: Data = emptyData();
  readonly #watched = new Map<string, string>();
  #watchAll = false;
  #operations: Operation[] = [];

  constructor(values: Values, data: Data) {
    this.#values = values;
    Object.assign(this.#live, data);
  }

  /** Done since loaded or last saved. Call `absorb` first. */
  get operations(): readonly Operation[] {
    return this.#operations;
  }

  /** For reading only; changes made to it unwatched are lost. */
  get current(): Readonly<Data> {
    return this.#live;
  }

  /** The live object itself, to be changed at will. */
  expose(): Data {
    if (!this.#watchAll) {
      for (const key of Object.keys(this.#live)) this.#watch(key);
      this.#watchAll = true;
    }
    return this.#live;
  }

  get(key: string): unknown {
    if (!Object.hasOwn(this.#live, key)) return undefined;
    const value = this.#live[key];
    if (isMutable(value)) this.#watch(key);
    return value;
  }

  has(key: string): boolean {
    return Object.hasOwn(this.#live, key) && this.#live[key] !== undefined;
  }

  keys(): string[] {
    return Object.keys(this.#live).filter((key) => this.#live[key] !== undefined);
  }

  set(key: string, value: unknown): void {
    assertKey(key);
    if (value === undefined) return void this.delete(key);
    this.#absorbKey(key);
    const text = this.#values.stringify(key, value);
    if (text === this.#text(key)) {
      // Nothing to write, yet the caller now holds a reference to what it gave us, not to what we had.
      if (isMutable(value)) this.#put(key, value, text);
      return;
    }
    this.#operations.push({ kind: "set", key, text });
    this.#put(key, value, text);
  }

  setDefault(key: string, value: unknown): unknown {
    assertKey(key);
    this.#absorbKey(key);
    if (this.has(key)) return this.get(key);
    const text = this.#values.stringify(key, value);
    this.#operations.push({ kind: "setDefault", key, text });
    this.#put(key, value, text);
    return value;
  }

  delete(key: string): boolean {
    this.#absorbKey(key);
    if (!this.has(key)) return false;
    this.#operations.push({ kind: "delete", key });
    this.#remove(key);
    return true;
  }

  update(key: string, fn: (current: unknown) => unknown): unknown {
    assertKey(key);
    this.#absorbKey(key);
    const before = this.#text(key);
    // A copy goes in: a function that changes its argument and then throws must not have changed the session.
    const next = runUpdate(key, fn, before === undefined ? undefined : this.#values.parse(before));
    const text = this.#values.stringify(key, next);
    // Logged even when it changes nothing now: on the data of a replay it may.
    this.#operations.push({ kind: "update", key, fn });
    if (text !== before) this.#put(key, next, text);
    return this.get(key);
  }

  clear(): void {
    // Without absorbing: whatever was done before, valid or not, is gone after this.
    this.#operations = [{ kind: "clear" }];
    for (const key of Object.keys(this.#live)) this.#remove(key);
    this.#watched.clear();
  }

  /**
   * Turns changes made through live objects into operations.
   * @throws InvalidData naming the key whose value JSON cannot carry.
   */
  absorb(): void {
    const keys = this.#watchAll ? new Set([...this.#watched.keys(), ...Object.keys(this.#live)]) : this.#watched.keys();
    for (const key of keys) this.#absorbKey(key);
  }

  /**
   * The first `count` operations are stored; those that came while the store was busy remain to be saved. `merged` is
   * what the store now holds when another request's changes came in between, and the live object takes it over.
   */
  settle(count: number, merged?: Data): void {
    const rest = this.#operations.slice(count);
    if (merged !== undefined) {
      this.absorb();
      rest.push(...this.#operations.slice(count + rest.length));
      const data = Object.assign(emptyData(), merged);
      replay(rest, data, this.#values);
      this.#takeOver(data);
    }
    this.#operations = rest;
  }

  /** What was done so far will not be saved, and is no longer watched; the live object goes on showing it. */
  forget(): void {
    this.#operations = [];
    this.#watched.clear();
    this.#watchAll = false;
  }

  /** Forgets everything done here. The live object keeps its identity. */
  reset(data: Data): void {
    this.#operations = [];
    this.#watched.clear();
    for (const key of Object.keys(this.#live)) delete this.#live[key];
    Object.assign(this.#live, data);
    if (this.#watchAll) for (const key of Object.keys(this.#live)) this.#watch(key);
  }

  /**
   * Keys are independent of one another, so before an operation only its own has to be looked at: a handler that sets
   * many objects does not pay for all of them each time.
   */
  #absorbKey(key: string): void {
    const known = this.#watched.get(key);
    if (known === undefined && !this.#watchAll) return;
    const value = Object.hasOwn(this.#live, key) ? this.#live[key] : undefined;
    if (value === undefined) {
      if (known === undefined) return;
      this.#operations.push({ kind: "delete", key });
      this.#watched.delete(key);
      return;
    }
    assertKey(key);
    const text = this.#values.stringify(key, value);
    if (text === known) return;
    this.#operations.push({ kind: "set", key, text });
    this.#watched.set(key, text);
  }

  /** Only what differs is replaced: a handler may hold on to the objects of all other keys, and go on changing them. */
  #takeOver(data: Data): void {
    for (const key of Object.keys(this.#live)) if (!Object.hasOwn(data, key)) this.#remove(key);
    for (const [key, value] of Object.entries(data)) {
      const text = this.#values.stringify(key, value);
      if (this.#text(key) !== text) this.#put(key, value, text);
    }
  }

  #text(key: string): string | undefined {
    if (!this.has(key)) return undefined;
    return this.#watched.get(key) ?? this.#values.stringify(key, this.#live[key]);
  }

  #watch(key: string): void {
    if (!this.#watched.has(key)) this.#watched.set(key, this.#values.stringify(key, this.#live[key]));
  }

  #put(key: string, value: unknown, text: string): void {
    this.#live[key] = value;
    if (this.#watchAll || isMutable(value)) this.#watched.set(key, text);
    else this.#watched.delete(key);
  }

  #remove(key: string): void {
    delete this.#live[key];
    this.#watched.delete(key);
  }
}

function isMutable(value: unknown): boolean {
  return typeof value === "object" && value !== null;
}

function assertKey(key: string): void {
  if (typeof key === "string" && key !== "__proto__") return;
  throw new InvalidData(
    `Session data: expected a string as key, other than "__proto__"; got ${typeof key === "string" ? `"${key}"` : typeof key}.`,
  );
}
