import { type Codec, json } from "../../core/codec.ts";
import { SessionError } from "../../core/errors.ts";
import { resolveOptions } from "../../core/options.ts";
import type { Session } from "../../core/session.ts";
import { mountOf, type Sessions, sessionsFrom } from "../../core/sessions.ts";
import type { Instant, SessionStore } from "../../core/store.ts";
import { type FakeClock, fakeClock } from "../fake-clock.ts";
import { faultyStore } from "../faulty-store.ts";
import { initialData, type Operation, type Program, type VisitorData } from "./programs.ts";
import { type Choose, Scheduler } from "./scheduler.ts";

const idleTimeout = 14 * 24 * 3600;

/** What one request saw and was told. Steps are numbers in the run's one sequence. */
export interface Observed {
  /** Counted from 1. */
  readonly who: number;
  readonly program: Program;
  /** The data on opening; `undefined` when the token opened nothing. */
  view: VisitorData | undefined;
  /** Its step that read the record, and the last step there was when it ended. */
  start: number;
  /** The last step there was when its commit asked for the time. */
  committing: number;
  end: number;
  /** `"saved"`, or the code or the text of the error. */
  outcome: string;
  /** What the session showed after the commit. */
  after: VisitorData;
  /** The cookie in the response: a token, or `"remove"`. */
  cookie: string | undefined;
  /** Whether that token opened a session when the response was sent. */
  cookieOpens: boolean;
}

/** Everything that can be said of one run from outside. */
export interface Run {
  readonly id: string;
  readonly token: string;
  readonly requests: readonly Observed[];
  /** The steps at which the clock passed the end of all sessions. */
  readonly expiries: readonly number[];
  /** What each token that was ever handed out opens at the end. */
  readonly opens: ReadonlyMap<string, VisitorData | undefined>;
  /** When the session's record ends, if there is one that lives. */
  readonly expiresAt: Instant | undefined;
  /** Between these two it has to end, if it lives: no request may shorten it, or lengthen it past its last use. */
  readonly mayEnd: readonly [earliest: Instant, latest: Instant];
  readonly trace: readonly string[];
}

/**
 * A new session in the store, and these requests on it at once, each as if in a process of its own, in the order that
 * `choose` gives their steps. A step is a store operation or a move of the clock.
 */
export async function runTogether(
  store: SessionStore,
  programs: readonly Program[],
  choose: Choose,
  codec: Codec = json,
): Promise<Run> {
  const clock = fakeClock();
  const sessionsOn = (behind: SessionStore, time: () => Instant): Sessions<VisitorData> =>
    // A deadline is real time, and a parked step may wait for long.
    sessionsFrom(resolveOptions({ engine: behind, clock: time, codec, idleTimeout, deadline: 600 }, () => behind));
  const home = sessionsOn(store, clock);
  const { id, token } = await begin(home);
  const earliest = clock.now + idleTimeout * 1000;

  const scheduler = new Scheduler();
  const expiries: number[] = [];
  const requests = programs.map((program, index) => {
    const observed = newlyObserved(index + 1, program);
    scheduler.start(() => request(store, clock, token, observed, { scheduler, expiries, sessionsOn }));
    return observed;
  });
  await scheduler.run(choose);

  const sent = requests.flatMap(({ cookie }) => (cookie === undefined || cookie === "remove" ? [] : cookie));
  const opens = new Map<string, VisitorData | undefined>();
  for (const known of [token, ...sent]) {
    const session = await home.open(known);
    opens.set(known, session.isNew ? undefined : dataOf(session));
  }
  const record = await store.read(id, clock.now);
  const mayEnd = [earliest, clock.now + idleTimeout * 1000] as const;
  return { id, token, requests, expiries, opens, expiresAt: record?.expiresAt, mayEnd, trace: scheduler.trace };
}

async function begin(home: Sessions<VisitorData>): Promise<{ id: string; token: string }> {
  const session = await home.open();
  session.update(initialData);
  await session.save();
  return { id: session.id ?? "", token: home.token(session) ?? "" };
}

interface Stage {
  readonly scheduler: Scheduler;
  readonly expiries: number[];
  sessionsOn(store: SessionStore, clock: () => Instant): Sessions<VisitorData>;
}

/** What an adapter and a handler do between them. */
async function request(
  store: SessionStore,
  clock: FakeClock,
  token: string,
  observed: Observed,
  { scheduler, expiries, sessionsOn }: Stage,
): Promise<void> {
  const { who } = observed;
  // Asking for the time and reading the record are one step: what may come between them changes nothing.
  let opening = false;
  const stepwise = faultyStore(store, (call, proceed) =>
    opening ? proceed() : scheduler.step(who, call.verb, proceed),
  );
  const mount = mountOf(sessionsOn(stepwise, clock));
  const moveClock = (operation: Operation): Promise<void> =>
    scheduler.step(who, operation, () => {
      clock.advance(operation === "later" ? { hours: 2 } : { seconds: idleTimeout, milliseconds: 1 });
      if (operation === "expire") expiries.push(scheduler.steps);
    });

  try {
    const first = observed.program.findIndex((operation) => !isClockMove(operation));
    const opensAt = first === -1 ? observed.program.length : first;
    for (const operation of observed.program.slice(0, opensAt)) await moveClock(operation);

    const { unit, session } = await scheduler.step(who, "read", async () => {
      observed.start = scheduler.steps;
      opening = true;
      const opened = await mount.openUnit([token], true);
      opening = false;
      return opened;
    });
    observed.view = session.isNew ? undefined : dataOf(session);

    for (const operation of observed.program.slice(opensAt)) {
      await (isClockMove(operation) ? moveClock(operation) : perform(operation, session, who));
    }
    const instant = clock.now;
    observed.committing = scheduler.steps;
    await unit.commit({ failed: observed.program.includes("fail"), safe: false });
    const change = unit.sendHeaders();
    observed.cookie = change?.kind === "set" ? change.value : change?.kind;
    observed.after = dataOf(session);
    observed.cookieOpens = change?.kind === "set" && !(await sessionsOn(store, () => instant).open(change.value)).isNew;
    observed.outcome = "saved";
  } catch (error) {
    observed.outcome = error instanceof SessionError ? error.code : String(error);
  }
  observed.end = scheduler.steps;
}

function perform(operation: Operation, session: Session<VisitorData>, who: number): void | Promise<void> {
  switch (operation) {
    case "setA":
      return void session.set("a", `a from ${who}`);
    case "setB":
      return void session.set("b", `b from ${who}`);
    case "updateN":
      return void session.update("n", (n = 0) => n + 1);
    case "popA":
      return void session.pop("a");
    case "cycleKey":
      return session.cycleKey();
    case "flush":
      return session.flush();
    default:
      return undefined;
  }
}

function isClockMove(operation: Operation): boolean {
  return operation === "later" || operation === "expire";
}

function dataOf(session: Session<VisitorData>): VisitorData {
  return Object.fromEntries(session);
}

function newlyObserved(who: number, program: Program): Observed {
  return {
    who,
    program,
    view: undefined,
    start: 0,
    committing: 0,
    end: 0,
    outcome: "",
    after: {},
    cookie: undefined,
    cookieOpens: false,
  };
}
