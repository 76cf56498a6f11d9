import type { Answer, CookieChange } from "./answer.ts";
import type { Expiry } from "./codec.ts";
import { decide, factsOf } from "./commit.ts";
import { accept, type Context, deadlineOf, type Loaded, type Opened } from "./context.ts";
import { type Changes, lifetimeAfter, payloadAfter } from "./draft.ts";
import type { Snapshot } from "./engine.ts";
import { HeadersSent, InvalidData, SessionError, SessionInterrupted } from "./errors.ts";
import { reportFailures } from "./events.ts";
import { cookieMaxAge, expiresAt } from "./expiry.ts";
import { LiveData } from "./live-data.ts";
import { create, type SaveResult, update } from "./save.ts";
import type { Instant } from "./store.ts";
import { Turns } from "./turns.ts";

const unchanged: Changes = { operations: [], userId: undefined, expiry: undefined, cycle: undefined };

/**
 * One session in the course of one request: its data, what was done to it, and the way back into the store. `Session` is
 * the face that a handler sees of it; `src/http` drives it.
 */
export class Unit {
  readonly live: LiveData;
  readonly #context: Context;
  readonly #carried: boolean;
  #loaded: Loaded | undefined;
  /** `operations` stays empty here: the live data keeps them. */
  #changes: Changes = unchanged;
  #cookie: CookieChange | undefined;
  #headersSent = false;
  /** Why the last save failed, when that leaves open what is stored, or whose session it is. */
  #failure: SessionError | undefined;
  readonly #turns = new Turns();

  /** @param carried The request came with a cookie of ours, whatever it was worth: ending the session removes it. */
  constructor(context: Context, opened: Opened | undefined, carried: boolean) {
    this.#context = context;
    this.#carried = carried;
    this.#loaded = opened?.loaded;
    this.live = new LiveData(context.values, opened?.data ?? {});
  }

  /** The present, each time: a session may have ended between a request's beginning and its commit. */
  get now(): Instant {
    return this.#context.clock();
  }

  get loaded(): Loaded | undefined {
    return this.#loaded;
  }

  get snapshot(): Snapshot | undefined {
    return this.#loaded?.snapshot;
  }

  get userId(): string | undefined {
    return this.#changes.userId === undefined ? this.snapshot?.userId : this.#changes.userId.value;
  }

  set userId(value: string | undefined) {
    this.assertStartable();
    this.#changes = { ...this.#changes, userId: value === this.snapshot?.userId ? undefined : { value } };
  }

  get expiry(): Expiry | undefined {
    return this.#changes.expiry === undefined ? this.#loaded?.expiry : this.#changes.expiry.value;
  }

  set expiry(value: Expiry | undefined) {
    const same = JSON.stringify(value) === JSON.stringify(this.#loaded?.expiry);
    this.#changes = { ...this.#changes, expiry: same ? undefined : { value } };
  }

  /** When the session would end if it were saved now. */
  get end(): Instant {
    return this.#endAfter(this.#changes, this.now);
  }

  get modified(): boolean {
    this.live.absorb();
    const { userId, expiry } = this.#changes;
    return this.live.operations.length > 0 || userId !== undefined || expiry !== undefined;
  }

  cycle(): void {
    if (this.#headersSent) throw new HeadersSent(lateKey);
    this.#changes = { ...this.#changes, cycle: { requested: true } };
  }

  /** Guards every write: a session that has no cookie yet cannot begin once the headers have left. */
  assertStartable(): void {
    if (!this.#headersSent) return;
    if (this.#loaded === undefined) throw new HeadersSent(lateStart);
    if (this.#isInCookie) throw new HeadersSent(lateSave);
  }

  /**
   * Writes what there is to write: one store operation, unless a conflict makes it replay. Once it has failed it throws
   * the same error again, until the session is reloaded or flushed.
   * @throws SessionInterrupted, SessionConflict, StoreUnavailable, InvalidData, CorruptPayload
   */
  commit(answer: Answer): Promise<void> {
    return this.#inTurn(() => this.#commit(answer));
  }

  /** Deletes the record at once; a later write starts a new session. */
  flush(): Promise<void> {
    return this.#inTurn(() => this.#end());
  }

  /** Reads the session again and forgets unsaved changes. @throws SessionInterrupted when it is gone. */
  reload(): Promise<void> {
    return this.#inTurn(async () => {
      const from = this.snapshot;
      if (from === undefined) return this.#restart(undefined);
      const snapshot = await deadlineOf(this.#context).run(() => this.#context.engine.refresh(from, this.now));
      const opened = snapshot && accept(this.#context, snapshot, this.now);
      if (opened === undefined) throw interrupted();
      this.#restart(opened);
    });
  }

  /** The headers are about to leave: what they must say. From now on nothing can be done that would need a header. */
  sendHeaders(): CookieChange | undefined {
    this.#headersSent = true;
    return this.#cookie;
  }

  /** The response is complete: what was changed since its headers left and never saved is reported. */
  finish(): void {
    if (this.#isUnsaved()) this.#context.events.emit("unsaved", { id: this.snapshot?.id });
  }

  get #isInCookie(): boolean {
    return (this.#context.engine.inCookie ?? this.snapshot?.inCookie) === true;
  }

  #isUnsaved(): boolean {
    try {
      return this.modified;
    } catch {
      // A value that cannot be saved was certainly not saved.
      return true;
    }
  }

  async #commit(answer: Answer): Promise<void> {
    // A write is never tried again after it threw: it may have been made, and would be made twice. Nor may a handler that
    // caught the error answer as if its changes were stored.
    if (this.#failure !== undefined) {
      if (answer.failed || (answer.safe && this.#failure instanceof SessionInterrupted)) return this.#discard();
      throw this.#failure;
    }
    try {
      await this.#write(answer);
    } catch (error) {
      if (error instanceof SessionError && !(error instanceof InvalidData || error instanceof HeadersSent)) {
        this.#failure = error;
      }
      throw error;
    }
  }

  async #write(answer: Answer): Promise<void> {
    if (!answer.failed) this.live.absorb();
    const operations = answer.failed ? [] : [...this.live.operations];
    const made = this.#changes;
    const changes: Changes = answer.failed ? { ...unchanged, cycle: made.cycle } : { ...made, operations };
    const { now } = this;
    const loaded = this.#loaded;
    const isChange = operations.length > 0 || changes.userId !== undefined || changes.expiry !== undefined;
    // What will not be written is not encoded either: it may be what the handler failed over.
    const payload = isChange
      ? payloadAfter(this.#context, changes, loaded, this.live.current, now)
      : (loaded?.snapshot.payload ?? "");

    const worthKeeping = this.live.keys().length > 0 || this.userId !== undefined;
    switch (decide(factsOf(this.#context, { loaded, changes, payload, worthKeeping, failed: answer.failed }, now))) {
      case "nothing":
        break;
      case "create": {
        this.assertStartable();
        const result = await create(this.#context, changes, payload, now);
        this.#saved(result, operations.length, made, now);
        this.#context.events.emit("created", { id: result.loaded.snapshot.id });
        break;
      }
      case "update": {
        this.assertStartable();
        // Asked for while the last commit was under way: the new token has missed the headers, and the old one must not die.
        if (this.#headersSent && changes.cycle !== undefined) throw new HeadersSent(lateKey);
        const result = loaded && (await update(this.#context, changes, loaded, payload, now));
        if (result === undefined) return this.#interrupt(answer);
        this.#saved(result, operations.length, made, now);
        if (changes.cycle !== undefined) this.#context.events.emit("cycled", { id: result.loaded.snapshot.id });
        break;
      }
      case "touch":
        await this.#touch(now);
        break;
      case "end":
        await this.#end();
        break;
    }
    if (answer.failed) this.#discard();
  }

  #endAfter(changes: Changes, now: Instant): Instant {
    return expiresAt(lifetimeAfter(changes, this.#loaded, now), now, this.#context.timeouts);
  }

  async #touch(now: Instant): Promise<void> {
    const loaded = this.#loaded;
    if (loaded === undefined || (this.#headersSent && this.#isInCookie)) return;
    const end = this.#endAfter(unchanged, now);
    const outcome = await deadlineOf(this.#context).run(() =>
      this.#context.engine.commit({ kind: "touch", from: loaded.snapshot, expiresAt: end }, now),
    );
    // Gone, or written by another request, which then has renewed it: this one has nothing to write, and sends no cookie.
    if (outcome.kind !== "saved") return;
    this.#loaded = { ...loaded, snapshot: outcome.snapshot };
    this.#sendCookie(now);
  }

  async #end(): Promise<void> {
    const from = this.snapshot;
    let wasThere = true;
    if (this.#headersSent && this.#isInCookie) throw new HeadersSent(lateSave);
    if (from !== undefined) {
      const { engine, events } = this.#context;
      const outcome = await deadlineOf(this.#context).run(() => engine.commit({ kind: "delete", from }, this.now));
      wasThere = outcome.kind === "saved";
      if (wasThere) events.emit("flushed", { id: from.id });
    }
    this.#restart(undefined);
    // Whoever ended it first has removed the cookie; by now the browser may hold a newer one.
    this.#cookie = this.#carried && wasThere ? { kind: "remove" } : undefined;
  }

  #saved(result: SaveResult, operations: number, committed: Changes, now: Instant): void {
    const previous = this.snapshot;
    this.#loaded = result.loaded;
    this.live.settle(operations, result.merged);
    // Changes made while the store was busy are still to be saved.
    const current = this.#changes;
    this.#changes = {
      operations: [],
      userId: current.userId === committed.userId ? undefined : current.userId,
      expiry: current.expiry === committed.expiry ? undefined : current.expiry,
      cycle: current.cycle === committed.cycle ? undefined : current.cycle,
    };
    const { snapshot } = result.loaded;
    if (previous?.cookie !== snapshot.cookie || previous?.expiresAt !== snapshot.expiresAt) this.#sendCookie(now);
  }

  #sendCookie(now: Instant): void {
    const { snapshot, expiry } = this.#loaded ?? {};
    if (snapshot?.cookie === undefined) return;
    const maxAge = cookieMaxAge(expiry, snapshot.expiresAt, now, this.#context.timeouts);
    this.#cookie = { kind: "set", value: snapshot.cookie, maxAge };
  }

  /** No cookie leaves with this response: another request may have set a newer one, and it must not be wiped. */
  #interrupt(answer: Answer): void {
    this.#cookie = undefined;
    this.#context.events.emit("interrupted", { id: this.snapshot?.id ?? "" });
    if (answer.safe || answer.failed) return this.#discard();
    throw interrupted();
  }

  /** The log is dropped; the handler's object keeps what it shows. */
  #discard(): void {
    this.#changes = unchanged;
    this.live.forget();
  }

  #restart(opened: Opened | undefined): void {
    this.#failure = undefined;
    this.#loaded = opened?.loaded;
    this.#changes = unchanged;
    this.live.reset(opened?.data ?? {});
  }

  /** One at a time: a `save()` nobody awaited and the end of the response must not write beside each other. */
  #inTurn(work: () => Promise<void>): Promise<void> {
    return this.#turns.take(() => reportFailures(this.#context.events, work));
  }
}

const lateKey = "cycleKey: the response's headers have left, so the new token cannot be sent.";
const lateSave = "The response's headers have left, so the cookie that holds this session cannot be sent any more.";
const lateStart = "A new session cannot begin: the response's headers have left, so its cookie cannot be sent.";

function interrupted(): SessionInterrupted {
  return new SessionInterrupted(
    "The session was ended, or its key was cycled, by another request while this one was using it. Nothing was saved.",
  );
}
