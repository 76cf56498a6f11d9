import { accept, type Context, deadlineOf, endOf, type Loaded } from "./context.ts";
import { reportFailures } from "./events.ts";
import { UnitSession } from "./session.ts";

/**
 * Why a session ended for whoever holds it. `"flushed"`: its visitor ended it. `"revoked"`: it was ended from outside.
 * `"cycled"`: it lives, under another token. `"expired"`. `"gone"`: it ended where this process did not see how, such
 * as in another one; a store does not tell.
 */
export type SessionEnd = "flushed" | "revoked" | "cycled" | "expired" | "gone";

/** Tells when one session ends. */
export interface Watch {
  /** Settles once, when the session has ended. Never rejects, and never settles for a new session or after `close`. */
  readonly ended: Promise<SessionEnd>;
  /** Looks at the store now. `undefined`: it lives, or was new. @throws StoreUnavailable, CorruptPayload */
  check(): Promise<SessionEnd | undefined>;
  /** Stops watching. Idempotent. */
  close(): void;
}

/** One opened session, for all who watch it by the same token. */
interface Watched {
  readonly token: string | undefined;
  /** As last read. */
  known: Loaded;
  readonly tell: Set<(end: SessionEnd) => void>;
  over: SessionEnd | undefined;
  timer: ReturnType<typeof setTimeout> | undefined;
}

/** An event that may concern a session. Only with both an id and an end it says all; otherwise a look has to tell. */
interface Notice {
  readonly id?: string | undefined;
  readonly userId?: string | undefined;
  /** Those that may be the user's. */
  readonly ids?: ReadonlySet<string>;
  readonly end?: SessionEnd;
}

/**
 * Watches sessions for what outlives a request, such as a socket. Ends in this process are heard of as events; those in
 * others, and the end by time, are found by looking: one read, which renews nothing and leaves unsaved changes alone.
 * Nothing but an answer of the store, or an event after one, ends a session: a store that fails is asked again later.
 */
export class Watcher {
  readonly #context: Context;
  readonly #interval: number;
  /** By id, since events name it; under one id by token, since a cycled key leaves sessions of two. */
  readonly #watched = new Map<string, Set<Watched>>();
  /** What was heard while a session is being opened: it may have ended between its read and our knowing its id. */
  readonly #opening = new Set<Notice[]>();
  #stopped = false;

  constructor(context: Context, interval: number) {
    this.#context = context;
    this.#interval = interval;
    const { events } = context;
    events.on("flushed", ({ id }) => this.#hear({ id, end: "flushed" }));
    // Before its cookie leaves: whoever is watched now was opened by a token from before.
    events.on("cycled", ({ id }) => this.#hear({ id, end: "cycled" }));
    events.on("revoked", ({ id }) => {
      if (id !== undefined) this.#hear({ id, end: "revoked" });
    });
    events.on("interrupted", ({ id }) => this.#hear({ id }));
  }

  /** Watches what `open` opens, from before it is read on. */
  async watch(open: () => Promise<object>): Promise<Watch> {
    const heard: Notice[] = [];
    this.#opening.add(heard);
    try {
      const { loaded } = UnitSession.unitOf(await open()) ?? {};
      if (loaded === undefined) return nothingToWatch();
      const watched = this.#enter(loaded);
      const watch = this.#watch(watched);
      if (this.#stopped) watch.close();
      else for (const notice of heard) if (concerns(notice, watched)) this.#take(watched, notice);
      return watch;
    } finally {
      this.#opening.delete(heard);
    }
  }

  /**
   * A user's sessions were revoked. Which ones, and which one was excepted, a look tells.
   * @param ids Whose they were just before, by the store: a session may have been signed in since it was last looked at.
   */
  revoked(userId: string, ids: ReadonlySet<string>): void {
    this.#hear({ userId, ids, end: "revoked" });
  }

  /** Ends all watching, without a word: the store will not be there to be asked. */
  stop(): void {
    this.#stopped = true;
    for (const watched of [...this.#watched.values()].flatMap((group) => [...group])) {
      watched.tell.clear();
      this.#leave(watched);
    }
  }

  #enter(loaded: Loaded): Watched {
    const { id, cookie: token } = loaded.snapshot;
    const group = this.#watched.get(id) ?? new Set();
    // As it is: the last look was fresh, and this read may be a cache's.
    const before = [...group].find((watched) => watched.token === token);
    if (before !== undefined) return before;
    const watched: Watched = { token, known: loaded, tell: new Set(), over: undefined, timer: undefined };
    this.#watched.set(id, group.add(watched));
    // The first look comes at random: those who connect at once, as after a restart, would be looked at together ever after.
    this.#schedule(watched, endOf(this.#context, loaded) - this.#context.clock(), this.#interval * (1 - Math.random()));
    return watched;
  }

  #watch(watched: Watched): Watch {
    let tell = (_end: SessionEnd): void => undefined;
    const ended = new Promise<SessionEnd>((resolve) => {
      tell = resolve;
    });
    watched.tell.add(tell);
    const close = (): void => {
      watched.tell.delete(tell);
      if (watched.tell.size === 0) this.#leave(watched);
    };
    return { ended, close, check: () => this.#look(watched) };
  }

  #leave(watched: Watched): void {
    clearTimeout(watched.timer);
    const { id } = watched.known.snapshot;
    const group = this.#watched.get(id);
    group?.delete(watched);
    if (group?.size === 0) this.#watched.delete(id);
  }

  #hear(notice: Notice): void {
    for (const heard of this.#opening) heard.push(notice);
    const groups = notice.id === undefined ? this.#watched.values() : [this.#watched.get(notice.id) ?? []];
    for (const group of groups) {
      for (const watched of group) if (concerns(notice, watched)) this.#take(watched, notice);
    }
  }

  #take(watched: Watched, { id, end }: Notice): void {
    if (id !== undefined && end !== undefined) this.#end(watched, end);
    else void this.#lookUnasked(watched, end);
  }

  #end(watched: Watched, end: SessionEnd): SessionEnd {
    watched.over ??= end;
    this.#leave(watched);
    for (const tell of watched.tell) tell(watched.over);
    return watched.over;
  }

  /** @param end Why it has ended, if it has. */
  async #look(watched: Watched, end?: SessionEnd): Promise<SessionEnd | undefined> {
    if (watched.over !== undefined) return watched.over;
    const { engine, events, clock } = this.#context;
    const now = clock();
    const opened = await reportFailures(events, async () => {
      const snapshot = await deadlineOf(this.#context).run(() => engine.refresh(watched.known.snapshot, now));
      return snapshot && accept(this.#context, snapshot, now);
    });
    if (opened === undefined) {
      return this.#end(watched, end ?? (endOf(this.#context, watched.known) <= now ? "expired" : "gone"));
    }
    watched.known = opened.loaded;
    return watched.over;
  }

  /** Nobody waits for this look: a failure was an event, and is no end. */
  async #lookUnasked(watched: Watched, end?: SessionEnd): Promise<boolean> {
    return this.#look(watched, end).then(
      () => true,
      () => false,
    );
  }

  #schedule(watched: Watched, left: number, within = this.#interval): void {
    // At its end by time too, which other requests may have moved meanwhile.
    const wait = Math.max(1, Math.min(within, left));
    watched.timer = setTimeout(() => void this.#wake(watched), wait);
    // A number in some runtimes. A watch must not keep the process alive.
    (watched.timer as { unref?: () => void }).unref?.();
  }

  /** The next look is planned after this one, so a slow store is not asked faster than it answers. */
  async #wake(watched: Watched): Promise<void> {
    const answered = await this.#lookUnasked(watched);
    if (watched.over !== undefined || watched.tell.size === 0) return;
    const left = endOf(this.#context, watched.known) - this.#context.clock();
    // With its time up and nobody to ask it would be asked for ever, without a pause.
    this.#schedule(watched, answered ? left : this.#interval);
  }
}

function nothingToWatch(): Watch {
  // One of its own for each: a promise that never settles keeps all who wait for it.
  return { ended: new Promise(() => undefined), check: async () => undefined, close: () => undefined };
}

function concerns({ id, userId, ids }: Notice, { known: { snapshot } }: Watched): boolean {
  if (id !== undefined) return id === snapshot.id;
  // By what is known too: one that was signed in and opened since the store was asked is on no list.
  return ids?.has(snapshot.id) === true || userId === snapshot.userId;
}
