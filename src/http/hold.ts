import type { Settled } from "./exchange.ts";
import { logFailure, statusOf } from "./failure.ts";
import { HeldCalls, type Phase } from "./held-calls.ts";
import { keepHeaders, nodeHeaders } from "./node-headers.ts";
import type { NodeResponse } from "./node.ts";
import { pretendSent } from "./pretend-sent.ts";

/** What a session that is held for asks of the hold. */
interface Held {
  /** Settles the session. Called once, with the response's status; never throws. */
  settle(status: number): Promise<Settled>;
  /** The session could not be settled. Nothing has left yet, and the headers are as they were when the hold began. */
  fail(error: unknown): void;
  /** For an error that can no longer be answered. */
  log(error: unknown): void;
}

/** For a framework whose error handling is over once it writes: settles now, and tells it of a failure it can throw. */
export type SettleNow = (status: number) => Promise<{ readonly error: unknown } | undefined>;

const holds = new WeakMap<NodeResponse, ResponseHold>();

/** The hold of a response. Ask for it before a handler has the response: see `ResponseHold`. */
export function holdOf(response: NodeResponse): ResponseHold {
  const hold = holds.get(response) ?? new ResponseHold(response);
  holds.set(response, hold);
  return hold;
}

interface Waiting {
  readonly held: Held;
  readonly restoreHeaders: () => void;
}

interface Failed extends Waiting {
  readonly error: unknown;
}

/**
 * Holds back a Node response's first byte until its session is settled. Public methods only, so it works for http,
 * https and http2 alike. They are wrapped as soon as the request is seen, and pass through until a session is used:
 * `response.end(await page(request))` takes the method before `page` uses the session. Then they become the outermost.
 *
 * A response has one hold, whose sessions may be several: an admin's beside the shop's. The last to come settles first,
 * and after a failure the others settle by the answer to that. What each has to say is in whatever answer leaves.
 */
class ResponseHold {
  readonly #response: NodeResponse;
  readonly #calls: HeldCalls;
  #phase: Phase = "free";
  #waiting: Waiting[] = [];
  #owed: Settled["addHeaders"][] = [];
  #unhold = (): void => undefined;
  #log: Held["log"] = () => undefined;

  constructor(response: NodeResponse) {
    this.#response = response;
    this.#calls = new HeldCalls(response, this);
  }

  get phase(): Phase {
    return this.#phase;
  }

  get owes(): boolean {
    return this.#owed.length > 0;
  }

  /**
   * Whether it is too late for a session that was not used yet. Asked of the calls too: between `end` and the head others
   * may run, such as a listener of on-headers, and nothing they start can be held any more.
   */
  get left(): boolean {
    return this.#response.headersSent || this.#calls.left;
  }

  begin(): void {
    this.#hold();
    void this.#conclude(this.#response.statusCode);
  }

  /** A session was first used. Not once the answer has `left`. */
  add(held: Held): SettleNow {
    const waiting = { held, restoreHeaders: keepHeaders(this.#response) };
    this.#calls.wrap();
    this.#waiting.push(waiting);
    this.#phase = "open";
    this.#log = held.log;
    return (status) => this.#settleNow(waiting, status);
  }

  async #settleNow(waiting: Waiting, status: number): Promise<{ readonly error: unknown } | undefined> {
    if (this.#phase !== "open" || this.#response.headersSent || !this.#waiting.includes(waiting)) return undefined;
    this.#waiting = this.#waiting.filter((other) => other !== waiting);
    this.#hold();
    const failed = await this.#settle(waiting, status);
    if (this.#calls.begun) {
      // Somebody has begun the answer meanwhile, so it is not for an error handler to make.
      await this.#conclude(status, failed);
      return undefined;
    }
    this.#release();
    if (failed !== undefined) this.#takeBack(failed);
    else if (this.#waiting.length === 0) this.#calls.play();
    return failed;
  }

  #hold(): void {
    this.#phase = "held";
    this.#unhold = pretendSent(this.#response, this.#calls);
  }

  #release(): void {
    this.#unhold();
    this.#phase = this.#waiting.length > 0 ? "open" : "free";
  }

  /** Settles whoever waits, until one cannot be; then the answer leaves, or another has to be made. */
  async #conclude(status: number, before?: Failed): Promise<void> {
    let failed = before;
    try {
      while (failed === undefined && this.#waiting.length > 0) failed = await this.#settleNext(status);
      if (failed === undefined) this.#letGo(status);
      else if (this.#calls.ended) this.#handOver(failed);
      else await this.#refuse(failed);
    } catch (error) {
      // Whoever made the call that now fails is long gone, and a broken answer must not look complete.
      this.#response.destroy();
      tell(this.#log, error);
    }
  }

  async #settleNext(status: number): Promise<Failed | undefined> {
    const waiting = this.#waiting.pop();
    return waiting && this.#settle(waiting, status);
  }

  async #settle(waiting: Waiting, status: number): Promise<Failed | undefined> {
    const { addHeaders, failure } = await waiting.held.settle(status);
    this.#owed.push(addHeaders);
    return failure && { ...waiting, ...failure };
  }

  #letGo(status: number): void {
    this.#release();
    this.#response.statusCode = status;
    this.completeHead();
    this.#calls.play();
  }

  /** To the error handler, which may use the sessions that still wait: they settle by its answer. */
  #handOver(failed: Failed): void {
    this.#release();
    this.#takeBack(failed);
    const tellWaiting = this.#calls.drop();
    failed.held.fail(failed.error);
    tellWaiting(failed.error);
  }

  /** The handler is still at it, and would write into the error's answer: so that one has to be whole at once. */
  async #refuse(failed: Failed): Promise<void> {
    tell(failed.held.log, failed.error);
    while (this.#waiting.length > 0) {
      const another = await this.#settleNext(statusOf(failed.error));
      if (another !== undefined) tell(another.held.log, another.error);
    }
    this.#release();
    this.#phase = "refused";
    this.#takeBack(failed);
    const tellWaiting = this.#calls.drop();
    this.completeHead();
    this.#calls.endNow();
    tellWaiting(failed.error);
  }

  #takeBack({ error, restoreHeaders }: Failed): void {
    restoreHeaders();
    this.#calls.dropTrailers();
    // Whatever answers now, it is no 200.
    this.#response.statusCode = statusOf(error);
  }

  /**
   * Ours are added when the head is complete and not before: what answers an error may throw all headers away, or set
   * its own over them, and the cookie of a key that was cycled has to arrive all the same.
   */
  completeHead(): void {
    if (this.#response.headersSent) return;
    for (const addHeaders of this.#owed) addHeaders(nodeHeaders(this.#response));
  }
}

/** A log is the application's own, Koa's error event say: what it throws must leave no visitor waiting. */
function tell(log: Held["log"], error: unknown): void {
  try {
    log(error);
  } catch (failure) {
    logFailure(failure);
  }
}
