import { spawnSync } from "node:child_process";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { StoreUnavailable } from "../../src/core/errors.ts";
import { mountOf } from "../../src/core/sessions.ts";
import type { SessionEnd } from "../../src/core/watch.ts";
import { memory } from "../../src/engines/memory.ts";
import { answersLate, barrier, fails, faultyStore, operationLog, startsLate } from "../../src/testing/faulty-store.ts";
import { request, scene } from "../faults/support.ts";
import { type Ended, holdTimers, interval, pass, releaseTimers, signedIn, told, watch } from "./watching.ts";

beforeEach(holdTimers);
afterEach(releaseTimers);

describe("while a session is being opened", () => {
  const meanwhile: readonly [SessionEnd, (ended: Ended) => Promise<unknown>][] = [
    ["revoked", ({ sessions, id }) => sessions.revoke(id)],
    ["revoked", ({ sessions }) => sessions.revokeUser("ada")],
    [
      "flushed",
      async ({ sessions, id }) => {
        await (await sessions.byId(id))?.flush();
      },
    ],
  ];
  test.each(meanwhile)("its end is not missed: %s", async (why, end) => {
    const pause = barrier();
    const store = memory();
    const begun = await signedIn(scene(store).sessions, "ada");
    const { sessions } = scene(faultyStore(store, answersLate("read", pause, 1)));
    const opening = watch(sessions, begun.token);
    await pause.arrived();
    await end({ sessions, ...begun });
    pause.release();
    const watched = await opening;
    await vi.advanceTimersByTimeAsync(0);
    expect(await told(watched)).toBe(why);
    expect(vi.getTimerCount()).toBe(0);
  });

  test("a failure is thrown, and nothing is watched", async () => {
    const here = scene();
    const { token } = await here.begin();
    await expect(watch(here.through(fails("read")), token)).rejects.toThrow(StoreUnavailable);
    expect(vi.getTimerCount()).toBe(0);
  });
});

describe("watching", () => {
  test("is shared by all who were opened by one token", async () => {
    const operations = operationLog();
    const here = scene();
    const sessions = here.through(operations);
    const { token, id } = await here.begin();
    const watches = await Promise.all(Array.from({ length: 3 }, () => watch(sessions, token)));
    operations.verbs.length = 0;
    watches[0]?.close();
    await pass(here, interval);
    expect(operations.verbs).toEqual(["read"]);
    await here.sessions.revoke(id);
    await pass(here, interval);
    expect(await Promise.all(watches.map(told))).toEqual([undefined, "gone", "gone"]);
  });

  test("goes by the last look, which was fresh, and not by a later read of a cache", async () => {
    const here = scene(memory(), { idleTimeout: 60 });
    const { token, id } = await here.begin();
    const watcher = mountOf(here.through((_, proceed) => proceed())).watcher(interval * 1000);
    const stale = await here.sessions.open(token);
    const watched = await watcher.watch(() => here.sessions.open(token));
    here.clock.advance({ seconds: 30 });
    await (await here.sessions.open(token)).save();
    await watched.check();
    await watcher.watch(async () => stale);
    here.clock.advance({ seconds: 40 });
    await here.sessions.revoke(id);
    expect(await watched.check()).toBe("gone");
  });

  test("leaves no timer behind once all are closed, and then tells nothing", async () => {
    const here = scene();
    const { token, id } = await here.begin();
    const watcher = mountOf(here.sessions).watcher(interval);
    const watches = [
      await watcher.watch(() => here.sessions.open(token)),
      await watcher.watch(() => here.sessions.open(token)),
    ];
    expect(vi.getTimerCount()).toBe(1);
    for (const { close } of watches) close();
    for (const { close } of watches) close();
    expect(vi.getTimerCount()).toBe(0);
    await here.sessions.revoke(id);
    expect(await Promise.all(watches.map(told))).toEqual([undefined, undefined]);
  });

  test("that is closed during a look goes on no further, and tells nothing", async () => {
    const pause = barrier();
    const here = scene();
    const { token, id } = await here.begin();
    const watched = await watch(here.through(startsLate("read", pause, 2)), token);
    await pass(here, interval);
    await pause.arrived();
    watched.close();
    await here.sessions.revoke(id);
    pause.release();
    await vi.advanceTimersByTimeAsync(0);
    expect(await told(watched)).toBeUndefined();
    expect(vi.getTimerCount()).toBe(0);
  });

  test("keeps the reason it heard, when the look that was under way finds nothing any more", async () => {
    const pause = barrier();
    const here = scene();
    const sessions = here.through(startsLate("read", pause, 2));
    const { token, id } = await here.begin();
    const watched = await watch(sessions, token);
    const looking = watched.check();
    await pause.arrived();
    await sessions.revoke(id);
    pause.release();
    expect([await looking, await told(watched)]).toEqual(["revoked", "revoked"]);
  });

  test("ends with the sessions: after them there is no store to ask", async () => {
    const pause = barrier();
    const here = scene();
    const sessions = here.through(startsLate("read", pause, 2));
    const { token } = await here.begin();
    await watch(sessions, token);
    await pass(here, interval);
    await pause.arrived();
    await sessions[Symbol.asyncDispose]();
    pause.release();
    await vi.advanceTimersByTimeAsync(0);
    expect(vi.getTimerCount()).toBe(0);
  });

  test("does not begin when a session comes that was being opened as they ended", async () => {
    const pause = barrier();
    const operations = operationLog();
    const store = faultyStore(faultyStore(memory(), operations), answersLate("read", pause, 1));
    const here = scene(store);
    const { token } = await signedIn(here.sessions, "ada");
    const opening = watch(here.sessions, token);
    await pause.arrived();
    await here.sessions.revokeUser("ada");
    await here.sessions[Symbol.asyncDispose]();
    operations.verbs.length = 0;
    pause.release();
    await opening;
    await pass(here, interval);
    expect([operations.verbs, vi.getTimerCount()]).toEqual([[], 0]);
  });

  test("has nothing to do for a new session", async () => {
    const operations = operationLog();
    const { sessions } = scene(faultyStore(memory(), operations));
    const watched = await watch(sessions, "");
    expect(await watched.check()).toBeUndefined();
    expect([operations.verbs, vi.getTimerCount()]).toEqual([[], 0]);
  });

  test("leaves unsaved changes alone", async () => {
    const here = scene();
    const { token } = await here.begin({ n: 1 });
    const { session } = await request(here.sessions, token);
    const watched = await mountOf(here.sessions)
      .watcher(interval)
      .watch(async () => session);
    session.set("theme", "dark");
    const other = await here.sessions.open(token);
    other.set("n", 2);
    await other.save();
    await pass(here, interval);
    expect(await watched.check()).toBeUndefined();
    expect(Object.fromEntries(session)).toEqual({ n: 1, theme: "dark" });
    await session.save();
    expect(await here.peek(token)).toEqual({ n: 2, theme: "dark" });
  });

  test("keeps no process alive", () => {
    const from = (file: string): string => JSON.stringify(new URL(`../../src/${file}`, import.meta.url).href);
    const program = `
      import { createSessions } from ${from("index.ts")};
      import { mountOf } from ${from("core/sessions.ts")};
      import { memory } from ${from("engines/memory.ts")};
      const sessions = createSessions({ engine: memory() });
      const session = await sessions.open();
      session.set("n", 1);
      await session.save();
      await mountOf(sessions).watcher(86_400_000).watch(async () => session);
      console.log("watching");`;
    const { stdout, signal } = spawnSync(process.execPath, ["--input-type=module", "-e", program], {
      encoding: "utf8",
      env: { ...process.env, NODE_OPTIONS: "" },
      timeout: 20_000,
    });
    expect([stdout, signal]).toEqual(["watching\n", null]);
  });
});
