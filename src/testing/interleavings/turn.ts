import { isDeepStrictEqual } from "node:util";
import { applyTo, type Operation, type VisitorData } from "./programs.ts";
import type { Observed, Run } from "./run.ts";

/** The session as one sequence of requests leaves it; `undefined` when it has ended. */
export type State = { readonly token: string; readonly data: Readonly<VisitorData> } | undefined;

/** The state a request leaves when its turn comes on this one; `"impossible"` when it was told something else. */
export function takesTurn(run: Run, request: Observed, state: State): { readonly state: State } | "impossible" {
  const { program, view, cookie, outcome, after } = request;
  const fails = program.includes("fail");
  const { flushes, log, cycles, begins } = meaningOf(request);
  const saved = (asTold: boolean, next: State): ReturnType<typeof takesTurn> =>
    asTold && outcome === "saved" ? { state: next } : "impossible";
  // What a failed handler did stays visible to it and is not stored.
  const shows = (data: VisitorData): boolean => fails || isDeepStrictEqual(after, data);

  if (view === undefined || flushes) {
    const next = flushes ? undefined : state;
    // Whoever ended the session first removes the cookie; a later one leaves alone what may be newer.
    const tooLate = flushes && state === undefined && cookie === undefined;
    const cookieEnds = cookie === (program.includes("flush") ? "remove" : undefined) || tooLate;
    if (begins === undefined) return saved(cookieEnds, next);
    const begun = cookie !== undefined && cookie !== "remove" && !cookie.startsWith(run.id);
    return saved(begun && isDeepStrictEqual(after, begins), next);
  }

  // The same token may be sent again, with the session's new end.
  const cookieStays = cookie === undefined || cookie === run.token;
  if (log.length === 0 && !cycles) return saved(cookieStays && shows(view), state);

  if (state?.token !== run.token) {
    const told = fails ? "saved" : "SESSION_INTERRUPTED";
    return outcome === told && cookie === undefined ? { state } : "impossible";
  }
  const data = { ...state.data };
  for (const operation of log) applyTo(data, operation, request.who);
  if (!cycles) return saved(cookieStays && shows(data), { token: run.token, data });
  const rotated = cookie !== undefined && cookie !== run.token && cookie.startsWith(run.id);
  return saved(rotated && shows(data), { token: cookie ?? "", data });
}

interface Meaning {
  /** It ends the session it opened. */
  readonly flushes: boolean;
  /** What it does to the data of the session it opened. */
  readonly log: readonly Operation[];
  readonly cycles: boolean;
  /** What it begins a new session with. */
  readonly begins: VisitorData | undefined;
}

/** What a request's operations come to, on what it saw. */
function meaningOf({ program, view, who }: Observed): Meaning {
  const fails = program.includes("fail");
  let data: VisitorData = { ...view };
  let opened = view !== undefined;
  let cycles = false;
  let log: Operation[] = [];
  for (const operation of program) {
    if (operation === "flush") [data, opened, cycles, log] = [{}, false, false, []];
    else if (operation === "cycleKey") cycles = true;
    else if (operation !== "popA" || data.a !== undefined) {
      applyTo(data, operation, who);
      log.push(operation);
    }
  }
  return {
    flushes: view !== undefined && !opened,
    log: opened && !fails && !isDeepStrictEqual(data, view) ? log : [],
    cycles: opened && cycles,
    begins: opened || fails || Object.keys(data).length === 0 ? undefined : data,
  };
}
