import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { afterAll, expect, vi } from "vitest";
import type { SessionRecord, SessionStore } from "../../src/index.ts";
import { db } from "../../src/engines/db.ts";
import { memory } from "../../src/engines/memory.ts";
import { type Barrier, barrier, type Intercept, startsLate } from "../../src/testing.ts";
import type { Routes } from "./harness-call.ts";
import type { Reply } from "./harness-reply.ts";
import { type App, onEveryAdapter, serve } from "./harness.ts";

const folder = mkdtempSync(join(tmpdir(), "coatcheck-storms-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

// Two thousand requests at once on a busy machine: what is promised here is that none is lost, not how long each takes.
const patient = { deadline: 30 };
vi.setConfig({ testTimeout: 30_000 });
afterAll(() => vi.resetConfig());

let files = 0;
const stores: Record<string, () => SessionStore> = {
  memory: () => memory(),
  "an SQLite file": () => db({ path: join(folder, `${(files += 1)}.sqlite`) }),
};

const routes: Routes = {
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

const times = <T>(count: number, make: (i: number) => T): T[] => Array.from({ length: count }, (_, i) => make(i));

const statuses = (replies: readonly Reply[]): Record<number, number> => {
  const counts: Record<number, number> = {};
  for (const { status } of replies) counts[status] = (counts[status] ?? 0) + 1;
  return counts;
};

async function startSessions(app: App, count: number): Promise<string[]> {
  const replies = await Promise.all(times(count, () => app.post("/start")));
  return replies.map((reply) => reply.cookie);
}

/**
 * Lets the writers of a session go when all of them have read it: otherwise a fast store serves one after the other, and
 * a storm is none. So of each session's first writes only one can succeed.
 */
function writeTogether(writers: number): Intercept {
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
async function storm(app: App, sessions: number): Promise<{ keys: number; counters: Set<number>; statuses: unknown }> {
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

onEveryAdapter("a storm", (adapter, promise) => {
  for (const [kind, open] of Object.entries(stores)) {
    promise(`of 100 sessions with 20 requests each loses nothing (${kind})`, async () => {
      await using app = await serve(adapter, routes, {
        engine: open(),
        store: writeTogether(20),
        ...patient,
        sockets: 64,
      });
      expect(await storm(app, 100)).toEqual({ keys: 2000, counters: new Set([20]), statuses: { 200: 2000 } });
      expect(app.operations.filter((verb) => verb === "update").length).toBeGreaterThanOrEqual(2000 + 100 * 19);
    });

    promise(`of 50 writers cannot bring back what is flushed meanwhile (${kind})`, async () => {
      const pause = barrier();
      const store = open();
      await using app = await serve(adapter, routes, { engine: store, store: startsLate("update", pause) });
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
      await using app = await serve(adapter, routes, { engine: open(), store: startsLate("update", pause) });
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

  promise("over a store that takes 5 ms for each call loses nothing, and is over in time", async () => {
    const slow: Intercept = async (_call, proceed) => {
      await delay(5);
      return proceed();
    };
    await using app = await serve(adapter, routes, { store: slow, ...patient });
    expect(await storm(app, 100)).toEqual({ keys: 2000, counters: new Set([20]), statuses: { 200: 2000 } });
  });
});

function idOf(cookie: string): string {
  return cookie.replace(/^[^=]+=/, "").slice(0, 32);
}

function summary(bodies: readonly string[]): { own: number; count: number } {
  const data = bodies.map((body) => JSON.parse(body) as Record<string, number>);
  const live = data.find((each) => "count" in each) ?? {};
  return { own: Object.keys(live).filter((key) => key.startsWith("own")).length, count: live["count"] ?? 0 };
}
