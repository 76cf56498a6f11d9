import type { SessionRecord } from "../../src/index.ts";
import { type Barrier, barrier, type Intercept } from "../../src/testing.ts";
import type { Routes } from "./harness-call.ts";
import type { Reply } from "./harness-reply.ts";
import type { App } from "./harness.ts";

// Also used outside the test runner, by the application of `storm-app.ts`.

export const stormRoutes: Routes = {
  "/start": async (call) => {
    (await call.session()).set("count", 0);
    call.send(200);
  },
  "/own": async (call) => {
    const session = await call.session();
    session.set(`own${Number(call.query.get("n"))}`, 1);
    session.update("count", (n = 0) => n + 1);
    call.send(200);
  },
  "/show": async (call) => call.send(200, JSON.stringify((await call.session()).data)),
  "/flush": async (call) => {
    await (await call.session()).flush();
    call.send(200);
  },
  "/cycle": async (call) => {
    (await call.session()).cycleKey();
    call.send(200);
  },
};

export const times = <T>(count: number, make: (i: number) => T): T[] =>
  Array.from({ length: count }, (_, i) => make(i));

export const statuses = (replies: readonly Reply[]): Record<number, number> => {
  const counts: Record<number, number> = {};
  for (const { status } of replies) counts[status] = (counts[status] ?? 0) + 1;
  return counts;
};

/** Whatever answers requests: one application, or several on one database. */
export type Asked = Pick<App, "get" | "post">;

export async function startSessions(app: Asked, count: number): Promise<string[]> {
  const replies = await Promise.all(times(count, () => app.post("/start")));
  return replies.map((reply) => reply.cookie);
}

/**
 * Lets the writers of a session go when all of them have read it: otherwise a fast store serves one after the other, and
 * a storm is none. So of each session's first writes only one can succeed.
 */
export function writeTogether(writers: number): Intercept {
  const meetings = new Map<string, { pause: Barrier; here: number }>();
  return async (call, proceed) => {
    if (call.verb !== "update") return proceed();
    const { id } = call.args[0] as SessionRecord;
    const meeting = meetings.get(id) ?? { pause: barrier(), here: 0 };
    meetings.set(id, meeting);
    meeting.here += 1;
    if (meeting.here === writers) meeting.pause.release();
    await meeting.pause.gate;
    return proceed();
  };
}

/** Twenty requests at once in each session, each with a key of its own, all with one counter; then what is left of them. */
export async function storm(
  app: Asked,
  sessions: number,
): Promise<{ keys: number; counters: Set<number>; statuses: unknown }> {
  const cookies = await startSessions(app, sessions);
  const replies = await Promise.all(cookies.flatMap((cookie) => times(20, (n) => app.post(`/own?n=${n}`, cookie))));
  const shown = await Promise.all(cookies.map((cookie) => app.get("/show", cookie)));
  const data = shown.map(({ body }) => JSON.parse(body) as Record<string, number>);
  return {
    keys: data.flatMap((each) => Object.keys(each)).filter((key) => key.startsWith("own")).length,
    counters: new Set(data.map((each) => each["count"] ?? 0)),
    statuses: statuses(replies),
  };
}
