import { setTimeout } from "node:timers/promises";
import { describe, expect, test } from "vitest";
import { SessionConflict, type SessionError, StoreUnavailable } from "../../src/core/errors.ts";
import { type Intercept, neverAnswers } from "../../src/testing/faulty-store.ts";
import { answered, errorOf, request, scene, type Scene } from "./support.ts";

const patience = 1500;

/** Before each update of ours another request's comes: ours is always refused, with a newer revision. */
function alwaysOvertaken({ sessions }: Scene, token: string): Intercept {
  return async (call, proceed) => {
    if (call.verb === "update") {
      const other = await sessions.open(token);
      other.update("n", (n = 0) => n + 1);
      await other.save();
    }
    return proceed();
  };
}

describe("endless contention: a request whose every write is overtaken", () => {
  test("SessionConflict within the deadline, nothing written, no cookie", async () => {
    const here = scene();
    const { token, id } = await here.begin({ n: 0 });
    const sessions = here.through(alwaysOvertaken(here, token), { deadline: 0.05 });
    const events: SessionError[] = [];
    sessions.on("failed", ({ error }) => events.push(error));
    const { unit, session } = await request(sessions, token);
    session.set("theme", "mine").cycleKey();
    const begun = performance.now();
    const error = await errorOf(unit.commit(answered));
    expect(performance.now() - begun).toBeLessThan(patience);
    expect(error).toBeInstanceOf(SessionConflict);
    expect(error).toMatchObject({ code: "SESSION_CONFLICT", status: 409 });
    expect(String(error)).toMatch(id);
    expect(events).toEqual([error]);
    expect(unit.sendHeaders()).toBeUndefined();
    expect(await here.peek(token)).not.toHaveProperty("theme");
  });

  test("a deadline that passes while yet another refusal is looked into is a conflict as well", async () => {
    const here = scene();
    const { token } = await here.begin({ n: 0 });
    const overtaken = alwaysOvertaken(here, token);
    // The first read opens the session, the second explains the first refusal.
    const stuck = neverAnswers("read", 3);
    const sessions = here.through((call, proceed) => stuck(call, async () => overtaken(call, proceed)), {
      deadline: 0.05,
    });
    const { unit, session } = await request(sessions, token);
    session.set("theme", "mine");
    expect(await errorOf(unit.commit(answered))).toBeInstanceOf(SessionConflict);
  });

  test("a write that is on its way at the deadline is an outage: whether it was made is unknown", async () => {
    const here = scene();
    const { token } = await here.begin({ n: 0 });
    const overtaken = alwaysOvertaken(here, token);
    const slowly: Intercept = async (call, proceed) => {
      if (call.verb === "update" && call.nth === 3) await setTimeout(200);
      return overtaken(call, proceed);
    };
    const { unit, session } = await request(here.through(slowly, { deadline: 0.1 }), token);
    session.set("theme", "mine");
    expect(await errorOf(unit.commit(answered))).toBeInstanceOf(StoreUnavailable);
  });

  test("40 writers at once all find their turn", async () => {
    const { begin, sessions, peek } = scene();
    const { token } = await begin({ n: 0 });
    const writers = await Promise.all(Array.from({ length: 40 }, () => sessions.open(token)));
    for (const session of writers) session.update("n", (n = 0) => n + 1);
    await Promise.all(writers.map((session) => session.save()));
    expect(await peek(token)).toEqual({ n: 40 });
  });
});
