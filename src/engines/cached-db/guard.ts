import { causeFrom } from "../../core/cause.ts";
import { type Deadline, startDeadline } from "../../core/deadline.ts";
import { SessionError, StoreUnavailable } from "../../core/errors.ts";

/** Milliseconds in which a cache that failed is left alone. Then one caller waits for it again, and the others do not. */
const pause = 1_000;
const betweenReports = 60_000;
/** Calls that a cache left unanswered cost memory, in its client and here. */
const mostUnanswered = 100;

/** Stands between a request and a cache that is down or slow: bounds the wait, swallows the failure, tells somebody. */
export class Guard {
  readonly #cache: string;
  readonly #milliseconds: number;
  readonly #onError: (error: Error) => void;
  /** When it failed first; `undefined` while it answers. */
  #outSince: number | undefined;
  #nextTry = 0;
  #nextReport = 0;
  #unanswered = 0;

  constructor(cache: string, milliseconds: number, onError: (error: Error) => void) {
    this.#cache = cache;
    this.#milliseconds = milliseconds;
    this.#onError = onError;
  }

  /**
   * One exchange with the cache, each call of it through `run`, all of them within one timeout. `undefined`: it failed,
   * or was late, or is out and was not waited for.
   *
   * @param unwaited Sent instead, when nobody waits: a pause of a second, after one late answer, must not leave other
   *   processes with what this one has replaced.
   */
  async exchange<T>(
    work: (run: Deadline["run"]) => Promise<T>,
    unwaited?: () => Promise<unknown>,
  ): Promise<T | undefined> {
    if (this.#outSince !== undefined && performance.now() < this.#nextTry) {
      if (unwaited !== undefined) void this.#send(unwaited);
      return undefined;
    }
    // While it is out, the next one waits for its own turn.
    this.#nextTry = performance.now() + pause;
    try {
      const answer = await work(startDeadline(this.#milliseconds, this.#cache).run);
      this.#outSince = undefined;
      return answer;
    } catch (error) {
      this.#fail(error);
      return undefined;
    }
  }

  #fail(error: unknown): void {
    const now = performance.now();
    this.#outSince ??= now;
    this.#nextTry = now + pause;
    // Not at the first failure: one late answer, as from a client that is still connecting, is nobody's business.
    if (now < this.#outSince + pause) return;
    this.report(`The cache "${this.#cache}" cannot be used; sessions go on with the database alone.`, error);
  }

  report(message: string, cause: unknown): void {
    const now = performance.now();
    if (now < this.#nextReport) return;
    this.#nextReport = now + betweenReports;
    const reason = cause instanceof StoreUnavailable ? ` ${cause.message}` : "";
    const known = cause instanceof SessionError ? cause : causeFrom(cause);
    try {
      this.#onError(new StoreUnavailable(`cachedDb: ${message}${reason}`, { cause: known }));
    } catch {
      // A listener is for logs: it decides over no request.
    }
  }

  async #send(work: () => Promise<unknown>): Promise<void> {
    if (this.#unanswered >= mostUnanswered) return;
    this.#unanswered += 1;
    try {
      await work();
    } catch {
      // That the cache is out has been told.
    } finally {
      this.#unanswered -= 1;
    }
  }
}
