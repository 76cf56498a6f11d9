import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import type { Session } from "../../src/core/session.ts";
import { mountOf } from "../../src/core/sessions.ts";
import { memory } from "../../src/engines/memory.ts";
import { barrier, faultyStore, operationLog, startsLate } from "../../src/testing/faulty-store.ts";
import { type Data, scene } from "../faults/support.ts";
import { holdTimers, interval, releaseTimers, signedIn, told, watch } from "./watching.ts";

beforeEach(holdTimers);
afterEach(releaseTimers);

describe("a session whose user is revoked in this process", () => {
  test("is told; the excepted one and those of others are not", async () => {
    const operations = operationLog();
    const { sessions } = scene(faultyStore(memory(), operations));
    const [mine, other, bobs] = [
      await signedIn(sessions, "ada"),
      await signedIn(sessions, "ada"),
      await signedIn(sessions, "bob"),
    ];
    const watches = await Promise.all([mine, other, bobs].map(({ token }) => watch(sessions, token)));
    operations.verbs.length = 0;
    await sessions.revokeUser("ada", { except: mine.id });
    await vi.advanceTimersByTimeAsync(0);
    expect(await Promise.all(watches.map(told))).toEqual([undefined, "revoked", undefined]);
    expect(operations.verbs).toEqual(["listByUser", "deleteByUser", "read", "read"]);
  });

  const signIns: readonly [string, (socket: Session<Data>, elsewhere: Session<Data>) => Promise<void>][] = [
    [
      "by itself",
      async (socket) => {
        socket.userId = "ada";
        await socket.save();
      },
    ],
    [
      "by another request, in whichever process",
      async (_, elsewhere) => {
        elsewhere.userId = "ada";
        await elsewhere.save();
      },
    ],
    [
      "by another request, and that was seen",
      async (socket, elsewhere) => {
        elsewhere.userId = "ada";
        await elsewhere.save();
        await socket.reload();
      },
    ],
  ];
  test.each(signIns)("is told, though signed in while it was watched, %s", async (_, signIn) => {
    const here = scene();
    const { token } = await here.begin();
    const session = await here.sessions.open(token);
    const watched = await mountOf(here.sessions)
      .watcher(interval)
      .watch(async () => session);
    const elsewhere = here.through((_call, proceed) => proceed());
    await signIn(session, await elsewhere.open(token));
    expect(await here.sessions.revokeUser("ada")).toBe(1);
    await vi.advanceTimersByTimeAsync(0);
    expect(await told(watched)).toBe("revoked");
  });

  test("is told, though signed in since the store was asked whose it is, where that was seen", async () => {
    const pause = barrier();
    const here = scene();
    const sessions = here.through(startsLate("deleteByUser", pause));
    const { token } = await here.begin();
    const watched = await watch(sessions, token);
    const revoking = sessions.revokeUser("ada");
    await pause.arrived();
    const session = await sessions.open(token);
    session.userId = "ada";
    await session.save();
    await watched.check();
    pause.release();
    await revoking;
    await vi.advanceTimersByTimeAsync(0);
    expect(await told(watched)).toBe("revoked");
  });

  test("is not asked for where nothing is watched", async () => {
    const operations = operationLog();
    const { sessions } = scene(faultyStore(memory(), operations));
    await sessions.revokeUser("ada");
    expect(operations.verbs).toEqual(["deleteByUser"]);
  });
});
