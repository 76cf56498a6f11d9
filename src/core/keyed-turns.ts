/** Work under one key, one after the other in the order it was asked for. A key that nobody works under is forgotten. */
export class KeyedTurns {
  readonly #last: Map<string, Promise<unknown>>;

  constructor(last: Map<string, Promise<unknown>> = new Map<string, Promise<unknown>>()) {
    this.#last = last;
  }

  /** A turn that fails does not keep the next one from its own. */
  take<T>(key: string, work: () => Promise<T>): Promise<T> {
    const before = this.#last.get(key);
    const turn = before === undefined ? work() : before.then(work);
    const over = (): void => {
      if (this.#last.get(key) === settled) this.#last.delete(key);
    };
    const settled: Promise<unknown> = turn.then(over, over);
    this.#last.set(key, settled);
    return turn;
  }
}

const turnsByOwner = new WeakMap<object, KeyedTurns>();

/** The turns of an object of the application's, so that two stores of a process on one object wait for each other. */
export function turnsOf(owner: object): KeyedTurns {
  const turns = turnsByOwner.get(owner) ?? new KeyedTurns();
  turnsByOwner.set(owner, turns);
  return turns;
}
