import { isDeepStrictEqual } from "node:util";
import { initialData, nameOf } from "./programs.ts";
import type { Observed, Run } from "./run.ts";
import { type State, takesTurn } from "./turn.ts";

/**
 * What requests running at once may do to a session: **what they could have done one after the other.**
 *
 * A run is right if its requests, and the moments at which the clock passed the session's end, can be put in some order
 * in which each began before the next one had ended, such that:
 *
 * - each request saw, on opening, the state after some part of that order before itself: one that had begun by then;
 * - its operations meant something on what it saw (a `pop` of a key that is not there is nothing, nor are changes that
 *   cancel out), and were done, all in one, to the state at its own place: `n + 1` to whatever `n` is there, other keys
 *   left alone. That is what the session shows afterwards;
 * - it was interrupted if, and only if, it had something to write and at its place the session is gone or bears another
 *   key. Then nothing of it was done, and its response has no cookie;
 * - a flush ends the session, whoever cycled its key meanwhile, and what follows it in its request begins a new one;
 * - of a failed response the rotation is done and the data is not;
 * - after the last of them the store holds the state there is: its one token opens it, all others open nothing. Nothing
 *   opens one that was flushed or has expired.
 *
 * Beyond the order: no error but the interruption, no cookie that is dead when it is sent, no end moved forward beyond
 * the idle timeout or back.
 *
 * @returns what is wrong; `undefined` when nothing is.
 */
export function whatIsWrong(run: Run): string | undefined {
  for (const { program, outcome, cookie, cookieOpens } of run.requests) {
    if (outcome !== "saved" && outcome !== "SESSION_INTERRUPTED") return `[${nameOf(program)}] ended with ${outcome}`;
    if (cookie !== undefined && cookie !== "remove" && !cookieOpens)
      return `[${nameOf(program)}] sent a token that is dead`;
  }
  const [earliest, latest] = run.mayEnd;
  if (run.expiresAt !== undefined) {
    if (run.expiresAt < earliest) return "a session in use was shortened";
    if (run.expiresAt > latest) return "the session lives longer than the idle timeout after its last use";
  }
  const events: Event[] = [...run.requests, ...run.expiries.map((step): Expiry => ({ start: step, end: step }))];
  const begin: State = { token: run.token, data: initialData };
  return fits(run, events, [{ state: begin, event: undefined }]) ? undefined : "no order of the requests explains it";
}

interface Expiry {
  readonly start: number;
  readonly end: number;
}

type Event = Observed | Expiry;

/** An event at its place in the order, and the state behind it. */
interface Place {
  readonly state: State;
  readonly event: Event | undefined;
}

function fits(run: Run, left: readonly Event[], placed: readonly Place[]): boolean {
  const state = placed.at(-1)?.state;
  if (left.length === 0) return endsIn(run, state);
  return left.some((event) => {
    const others = left.filter((other) => other !== event);
    if (others.some((other) => other.end < event.start)) return false;
    const next = "program" in event ? statesAfter(run, event, placed) : [undefined];
    return next.some((after) => fits(run, others, [...placed, { state: after, event }]));
  });
}

/** The state behind a request at this place, for each state it may have seen on opening. Empty: it cannot stand here. */
function statesAfter(run: Run, request: Observed, placed: readonly Place[]): State[] {
  const state = placed.at(-1)?.state;
  return placed.flatMap((seen, index) => {
    const before = placed.slice(0, index + 1);
    const after = placed.slice(index + 1);
    if (before.some(({ event }) => event !== undefined && event.start > request.start)) return [];
    if (after.some(({ event }) => event !== undefined && event.end < request.start)) return [];
    const view = seen.state?.token === run.token ? seen.state.data : undefined;
    if (!isDeepStrictEqual(view, request.view)) return [];
    const turn = takesTurn(run, request, state);
    return turn === "impossible" ? [] : [turn.state];
  });
}

/** What the tokens open at the end: the session's own one its data, each new session's its own, any other nothing. */
function endsIn(run: Run, state: State): boolean {
  const begun = new Map(
    run.requests.flatMap(({ cookie, after, committing }) => {
      const isNew = cookie !== undefined && cookie !== "remove" && !cookie.startsWith(run.id);
      return isNew && !run.expiries.some((step) => step > committing) ? [[cookie, after]] : [];
    }),
  );
  return (
    (run.expiresAt !== undefined) === (state !== undefined) &&
    [...run.opens].every(([token, data]) =>
      isDeepStrictEqual(data, token === state?.token ? state.data : begun.get(token)),
    )
  );
}
