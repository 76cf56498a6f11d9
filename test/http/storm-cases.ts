import { expect } from "vitest";
import type { SessionStore } from "../../src/index.ts";
import { barrier, startsLate } from "../../src/testing.ts";
import type { Adapter } from "./harness-adapter.ts";
import { serve } from "./harness.ts";
import { startSessions, statuses, storm, stormRoutes, times, writeTogether } from "./storm-parts.ts";

/** Two thousand requests at once on a busy machine: what is promised is that none is lost, not how long each takes. */
export const patient = { deadline: 30 };

/** Registers what every store has to bear, for one adapter. */
export function stormCases(
  adapter: Adapter,
  promise: (name: string, body: () => Promise<void>) => void,
  kind: string,
  open: () => SessionStore | Promise<SessionStore>,
): void {
  promise(`of 100 sessions with 20 requests each loses nothing (${kind})`, async () => {
    await using app = await serve(adapter, stormRoutes, {
      engine: await open(),
      store: writeTogether(20),
      ...patient,
      sockets: 64,
    });
    expect(await storm(app, 100)).toEqual({ keys: 2000, counters: new Set([20]), statuses: { 200: 2000 } });
    expect(app.operations.filter((verb) => verb === "update").length).toBeGreaterThanOrEqual(2000 + 100 * 19);
  });

  promise(`of 50 writers cannot bring back what is flushed meanwhile (${kind})`, async () => {
    const pause = barrier();
    const store = await open();
    await using app = await serve(adapter, stormRoutes, {
      engine: store,
      store: startsLate("update", pause),
      ...patient,
    });
    const [cookie = ""] = await startSessions(app, 1);
    const writers = times(50, (n) => app.send({ method: "POST", path: `/own?n=${n}`, cookie }).reply);
    await pause.arrived(50);
    expect(await app.post("/flush", cookie)).toMatchObject({ status: 200 });
    pause.release();
    const replies = await Promise.all(writers);
    expect(statuses(replies)).toEqual({ 400: 50 });
    expect(replies.flatMap((reply) => reply.setCookies)).toEqual([]);
    expect(await store.read(idOf(cookie), app.clock())).toBeUndefined();
    expect(await app.get("/show", cookie)).toMatchObject({ body: "{}" });
  });

  promise(`around a cycled key leaves exactly one token alive of all that were issued (${kind})`, async () => {
    const pause = barrier();
    await using app = await serve(adapter, stormRoutes, {
      engine: await open(),
      store: startsLate("update", pause),
      ...patient,
    });
    const [first = ""] = await startSessions(app, 1);
    const paths = [...times(15, (n) => `/own?n=${n}`), ...times(5, () => "/cycle")];
    const writers = paths.map((path) => app.send({ method: "POST", path, cookie: first }).reply);
    await pause.arrived(20);
    pause.release();
    const replies = await Promise.all(writers);
    const issued = [first, ...replies.flatMap((reply) => reply.setCookies.map(() => reply.cookie))];
    const shown = await Promise.all(issued.map((cookie) => app.get("/show", cookie)));
    expect(issued).toHaveLength(2);
    expect(shown.filter(({ body }) => body.includes("count"))).toHaveLength(1);
    // Whoever was told 200 is in it, and nobody else: the one that cycled, and the writers before it.
    const { own, count } = summary(shown.map(({ body }) => body));
    expect(statuses(replies)).toEqual({ 200: own + 1, 400: 19 - own });
    expect(count).toBe(own);
  });
}

function idOf(cookie: string): string {
  return cookie.replace(/^[^=]+=/, "").slice(0, 32);
}

function summary(bodies: readonly string[]): { own: number; count: number } {
  const data = bodies.map((body) => JSON.parse(body) as Record<string, number>);
  const live = data.find((each) => "count" in each) ?? {};
  return { own: Object.keys(live).filter((key) => key.startsWith("own")).length, count: live["count"] ?? 0 };
}
