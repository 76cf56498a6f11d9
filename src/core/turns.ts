/** Work that must not run beside itself, one after the other in the order it was asked for. */
export class Turns {
  #last: Promise<unknown> = Promise.resolve();

  /** A turn that fails does not keep the next one from its own. */
  take<T>(work: () => Promise<T>): Promise<T> {
    const turn = this.#last.then(work);
    this.#last = turn.catch(() => undefined);
    return turn;
  }
}
