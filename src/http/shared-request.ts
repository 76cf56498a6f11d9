import type { Settled } from "./exchange.ts";

const shared = new WeakMap<object, SharedRequest>();

/** A web-standard request on which sessions are mounted beside one another, an admin's and the shop's, each with a cookie. */
export class SharedRequest {
  readonly #said: Settled["addHeaders"][] = [];
  #mounted = 0;

  /** The same for whoever shares a carrier; a request that comes again, when all have responded, is another one. */
  static of(carriers: readonly object[]): SharedRequest {
    const known = carriers.map((carrier) => shared.get(carrier)).find((request) => request && request.#mounted > 0);
    const request = known ?? new SharedRequest();
    for (const carrier of carriers) shared.set(carrier, request);
    request.#mounted += 1;
    return request;
  }

  /** Returns what was said so far, this included. */
  say(addHeaders: Settled["addHeaders"]): readonly Settled["addHeaders"][] {
    this.#said.push(addHeaders);
    return [...this.#said];
  }

  leave(): void {
    this.#mounted -= 1;
  }
}
