import type { SetCookie } from "cookie";
import type { Snapshot } from "../core/engine.ts";
import type { Session } from "../core/session.ts";
import { type Mount, mountOf, type Sessions } from "../core/sessions.ts";
import type { Unit } from "../core/unit.ts";
import { cookieValues, setCookie, setCookieLine } from "./cookie.ts";
import { addSessionHeaders, type HeaderBag } from "./headers.ts";

/** What an adapter knows of a request. Functions, because a request that uses no session must not pay for answers. */
export interface RequestFacts {
  readonly method: string;
  cookieHeader(): string | undefined;
  /** Whether this connection is https. Asked only with `secure: "auto"`; never answer from the Host header. */
  isSecure(): boolean;
  /** Whether the headers have left already. */
  headersSent(): boolean;
}

/** How the session's part of a request ended. */
export interface Settled {
  /** The session's say in whatever answer is given: a key that was cycled reaches the visitor behind a failure too. */
  addHeaders(headers: HeaderBag): void;
  /** The cookie among these headers, for a framework that takes cookies in parts. */
  readonly cookie: SetCookie | undefined;
  /** The store holds something else than this request found: the session was begun, written, renewed or ended. */
  readonly changed: boolean;
  /** The session could not be saved; the response must not be sent as it is. */
  readonly failure?: { readonly error: unknown };
}

/**
 * One request and its session: the whole algorithm, for every adapter. `load` on first use, `settle` before the first
 * header byte, `finish` when the response is complete. An adapter translates, and decides nothing.
 */
export class Exchange<D> {
  readonly #sessions: Sessions<D>;
  readonly #mount: Mount<D>;
  readonly #request: RequestFacts;
  readonly #onUse: () => void;
  readonly #release: () => void;
  #safe: boolean;
  #responded = false;
  #settling = false;
  #finished = false;
  #opening: Promise<{ unit: Unit; session: Session<D> }> | undefined;
  #session: Promise<Session<D>> | undefined;
  #unit: Unit | undefined;
  #found: Snapshot | undefined;

  /**
   * @param carriers Every object by which a handler may ask for the session.
   * @param onUse Called once, when the session is first asked for.
   */
  constructor(sessions: Sessions<D>, request: RequestFacts, carriers: readonly object[], onUse: () => void) {
    this.#sessions = sessions;
    this.#mount = mountOf(sessions);
    this.#request = request;
    this.#safe = isSafe(request.method);
    this.#onUse = onUse;
    this.#release = this.#mount.bind(carriers, () => this.load());
  }

  get used(): boolean {
    return this.#opening !== undefined;
  }

  /** Whether the answer is out of the handler's hands: what is done from now on, `settle` has not seen. */
  get over(): boolean {
    return this.#settling || this.#responded;
  }

  /** The request's session, one promise for all who ask, frozen: nobody leaves on it what another would find. */
  load(): Promise<Session<D>> {
    if (this.#session === undefined) {
      this.#session = this.#open();
      this.#onUse();
    }
    return this.#session;
  }

  /** The same for a request that is answered as part of this one: safe are both or none, as they are saved together. */
  loadFor(method: string): Promise<Session<D>> {
    this.#safe &&= isSafe(method);
    return this.load();
  }

  #open(): Promise<Session<D>> {
    const cookies = cookieValues(this.#request.cookieHeader(), this.#sessions.options.cookie.name);
    const late = this.#responded || this.#request.headersSent();
    this.#opening = late ? this.#openLate(cookies) : this.#mount.openUnit(cookies, cookies.length > 0);
    const session = Object.freeze(
      this.#opening.then(({ unit, session: opened }) => {
        this.#found = unit.snapshot;
        return opened;
      }),
    );
    // Whoever awaits it sees the error; a handler that does not await must not end the process.
    session.catch(() => undefined);
    return session;
  }

  /** Asked for when the headers had left: what needs a cookie must fail, and what was not saved be reported. */
  async #openLate(cookies: readonly string[]): Promise<{ unit: Unit; session: Session<D> }> {
    const opened = await this.#mount.openUnit(cookies, cookies.length > 0);
    this.#unit = opened.unit;
    opened.unit.sendHeaders();
    return opened;
  }

  /**
   * Saves what there is to save. Call it once, before the headers leave. Never throws: a failure is part of the answer, since
   * the answer to it has headers too.
   */
  async settle(status: number): Promise<Settled> {
    this.#settling = true;
    // A session that could not be opened was reported to whoever asked; there is nothing to save, and the cookie stays.
    const opened = await this.#opening?.catch(() => undefined);
    if (opened === undefined) {
      return { addHeaders: (headers) => addSessionHeaders(headers, undefined), cookie: undefined, changed: false };
    }
    const { unit } = opened;
    let failure: { readonly error: unknown } | undefined;
    try {
      await unit.commit({ failed: status >= 500, safe: this.#safe });
      this.#unit = unit;
      // The visitor went away meanwhile.
      if (this.#finished) unit.finish();
    } catch (error) {
      failure = { error };
    }
    const change = unit.sendHeaders();
    const { cookie } = this.#sessions.options;
    const isSecure = (): boolean => this.#request.isSecure();
    const line = change && setCookieLine(change, cookie, isSecure);
    return {
      addHeaders: (headers) => addSessionHeaders(headers, line),
      cookie: change && setCookie(change, cookie, isSecure),
      changed: unit.snapshot !== this.#found,
      ...(failure && { failure }),
    };
  }

  /** The response was handed over as it is, where only the adapter can tell; should its request come again, it is another one. */
  respond(): void {
    this.#responded = true;
    this.#release();
  }

  /**
   * The response is complete, or will never be. Changes that nobody settled are reported: the answer went past us, or the
   * visitor left before there was one. Should it be made after all, they are saved by it.
   */
  finish(): void {
    this.#finished = true;
    if (this.#unit !== undefined) this.#unit.finish();
    else if (this.used) void this.#reportUnsettled();
  }

  async #reportUnsettled(): Promise<void> {
    const opened = await this.#opening?.catch(() => undefined);
    if (!this.#settling) opened?.unit.finish();
  }
}

function isSafe(method: string): boolean {
  return method === "GET" || method === "HEAD";
}
