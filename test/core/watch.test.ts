import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { StoreUnavailable } from "../../src/core/errors.ts";
import { mountOf } from "../../src/core/sessions.ts";
import { memory } from "../../src/engines/memory.ts";
import { answersLate, barrier, fails, faultyStore, operationLog } from "../../src/testing/faulty-store.ts";
import { allAtOnce } from "../codecs/compositions.ts";
import { type Scene, scene, tokenOf } from "../faults/support.ts";
import { ends, firstLooks, holdTimers, interval, pass, releaseTimers, told, watch } from "./watching.ts";

beforeEach(holdTimers);
afterEach(releaseTimers);

describe("a session that ends in this process", () => {
  test.each(ends)("is told at once: %s", async (why, end) => {
    const operations = operationLog();
    const here = scene(faultyStore(memory(), operations));
    const begun = await here.begin();
    const watched = await watch(here.sessions, begun.token);
    operations.verbs.length = 0;
    await end({ sessions: here.sessions, ...begun });
    expect(await told(watched)).toBe(why);
    // What the end itself took, and no look.
    expect(operations.verbs.filter((verb) => verb === "read").length).toBe(why === "revoked" ? 0 : 1);
    expect(vi.getTimerCount()).toBe(0);
  });

  test("twice at once has one reason, the first that was acknowledged", async () => {
    const [cycled, revoked] = [barrier(), barrier()];
    const late = faultyStore(memory(), answersLate("update", cycled));
    const here = scene(faultyStore(late, answersLate("delete", revoked)));
    const { token, id } = await here.begin();
    const watched = await watch(here.sessions, token);
    const session = await here.sessions.open(token);
    session.cycleKey();
    const saving = session.save();
    await cycled.arrived();
    const revoking = here.sessions.revoke(id);
    await revoked.arrived();
    revoked.release();
    await revoking;
    cycled.release();
    await saving;
    expect([await told(watched), await watched.check()]).toEqual(["revoked", "revoked"]);
  });
});

describe("a session that ends in another process", () => {
  test.each(ends)("is found by the next look (%s)", async (_why, end) => {
    const operations = operationLog();
    const here = scene();
    const looking = here.through(operations);
    const begun = await here.begin();
    const watched = await watch(looking, begun.token);
    await pass(here, interval);
    await end({ sessions: here.sessions, ...begun });
    await pass(here, interval - 1);
    expect(await told(watched)).toBeUndefined();
    await pass(here, 1);
    expect(await told(watched)).toBe("gone");
    // One to open it, and one a look: nothing was renewed.
    expect(operations.verbs).toEqual(["read", "read", "read"]);
    expect(vi.getTimerCount()).toBe(0);
  });

  test("is found where payloads are sealed, too, and by no new payload alone", async () => {
    const here = scene(memory(), { codec: allAtOnce });
    const { token, id } = await here.begin();
    const watched = await watch(
      here.through((_, proceed) => proceed()),
      token,
    );
    const session = await here.sessions.open(token);
    session.set("n", 1);
    await session.save();
    expect(await watched.check()).toBeUndefined();
    await here.sessions.revoke(id);
    expect(await watched.check()).toBe("gone");
  });

  test("is found by asking, without waiting for the next look", async () => {
    const here = scene();
    const { token, id } = await here.begin();
    const watched = await watch(
      here.through((_, proceed) => proceed()),
      token,
    );
    expect(await watched.check()).toBeUndefined();
    await here.sessions.revoke(id);
    expect(await watched.check()).toBe("gone");
    expect(await told(watched)).toBe("gone");
  });

  test("is found by a save that it interrupted", async () => {
    const here = scene();
    const { token, id } = await here.begin();
    const elsewhere = here.through((_, proceed) => proceed());
    const watched = await watch(elsewhere, token);
    const writing = await elsewhere.open(token);
    writing.set("n", 1);
    await here.sessions.revoke(id);
    await expect(writing.save()).rejects.toThrow("The session was ended");
    await vi.advanceTimersByTimeAsync(0);
    expect(await told(watched)).toBe("gone");
  });

  test("by a cycled key, ends for the old token and not for the new one", async () => {
    const here = scene();
    const { token } = await here.begin();
    const watcher = mountOf(here.through((_, proceed) => proceed())).watcher(interval);
    const old = await watcher.watch(() => here.sessions.open(token));
    const session = await here.sessions.open(token);
    session.cycleKey();
    await session.save();
    const renewed = await watcher.watch(() => here.sessions.open(tokenOf(here.sessions, session)));
    await pass(here, interval);
    expect([await told(old), await told(renewed)]).toEqual(["gone", undefined]);
  });
});

describe("looks at sessions that were opened at once", () => {
  /** Reads of each quarter of an interval. */
  async function readsByQuarter(here: Scene, verbs: string[], quarters: number): Promise<number[]> {
    const counts: number[] = [];
    for (let quarter = 0; quarter < quarters; quarter += 1) {
      verbs.length = 0;
      await pass(here, interval / 4);
      counts.push(verbs.length);
    }
    return counts;
  }

  test("are spread over the interval, and stay so", async () => {
    const operations = operationLog();
    const here = scene(faultyStore(memory(), operations));
    const begun = await Promise.all(Array.from({ length: 4 }, () => here.begin()));
    firstLooks([1, 0.25, 0.75, 0.5]);
    await Promise.all(begun.map(({ token }) => watch(here.sessions, token)));
    expect(await readsByQuarter(here, operations.verbs, 8)).toEqual([1, 1, 1, 1, 1, 1, 1, 1]);
  });

  test("come no later than the end by time, however late they would be", async () => {
    const here = scene(memory(), { idleTimeout: 10 });
    const { token } = await here.begin();
    firstLooks([0.9]);
    const watched = await watch(here.sessions, token);
    await pass(here, 10_000);
    expect(await told(watched)).toBe("expired");
  });
});

describe("the end by time", () => {
  const day = 24 * 60 * 60 * 1000;

  test("is told when it comes, before the next look would be due", async () => {
    const here = scene(memory(), { idleTimeout: 60 });
    const { token } = await here.begin();
    const watched = await watch(here.sessions, token, day);
    await pass(here, 59_999);
    expect(await told(watched)).toBeUndefined();
    await pass(here, 1);
    expect(await told(watched)).toBe("expired");
  });

  test("is looked at before it is told: requests may have moved it", async () => {
    const operations = operationLog();
    const here = scene(memory(), { idleTimeout: 60 });
    const { token } = await here.begin();
    const watched = await watch(here.through(operations), token, day);
    await pass(here, 30_000);
    await (await here.sessions.open(token)).save();
    await pass(here, 30_000);
    await pass(here, 29_000);
    expect(await told(watched)).toBeUndefined();
    await pass(here, 1000);
    expect(await told(watched)).toBe("expired");
    // To open it, at the end that was, and at the one that is.
    expect(operations.verbs).toEqual(["read", "read", "read"]);
  });

  test("brought forward by a request, is found by the next look, and not known for what it is", async () => {
    const here = scene();
    const { token } = await here.begin();
    const watched = await watch(here.sessions, token);
    const session = await here.sessions.open(token);
    session.setExpiry(1);
    await session.save();
    await pass(here, interval - 1);
    expect(await told(watched)).toBeUndefined();
    await pass(here, 1);
    expect(await told(watched)).toBe("gone");
  });

  test("is moved by no look", async () => {
    const here = scene(memory(), { idleTimeout: 60 });
    const { token } = await here.begin();
    const watched = await watch(here.sessions, token, 10_000);
    for (let looks = 0; looks < 6; looks += 1) await pass(here, 10_000);
    expect(await told(watched)).toBe("expired");
  });

  test("is reckoned by these settings, which may be stricter than those it was stored under", async () => {
    const here = scene();
    const { token } = await here.begin();
    const watched = await watch(
      here.through((_, proceed) => proceed(), { absoluteTimeout: 60 }),
      token,
      day,
    );
    await pass(here, 60_000);
    expect(await told(watched)).toBe("expired");
  });
});

describe("a store that fails", () => {
  test("ends nothing, and is asked again", async () => {
    let down = false;
    const here = scene();
    const sessions = here.through((call, proceed) => (down ? fails("read")(call, proceed) : proceed()));
    const events: unknown[] = [];
    sessions.on("failed", ({ error }) => events.push(error.code));
    const { token, id } = await here.begin();
    const watched = await watch(sessions, token);
    down = true;
    await expect(watched.check()).rejects.toThrow(StoreUnavailable);
    await pass(here, interval);
    expect(await told(watched)).toBeUndefined();
    expect(events).toEqual(["STORE_UNAVAILABLE", "STORE_UNAVAILABLE"]);
    await here.sessions.revoke(id);
    down = false;
    await pass(here, interval);
    expect(await told(watched)).toBe("gone");
  });

  test("when the time is up, ends nothing either, and is asked once an interval", async () => {
    const operations = operationLog();
    let down = false;
    const here = scene(memory(), { idleTimeout: 60 });
    const sessions = here.through((call, proceed) => {
      void operations(call, async () => undefined);
      return down ? fails("read")(call, proceed) : proceed();
    });
    const { token } = await here.begin();
    const watched = await watch(sessions, token, 40_000);
    down = true;
    await pass(here, 120_000);
    expect(await told(watched)).toBeUndefined();
    expect(operations.verbs.length).toBe(1 + 3);
    down = false;
    await pass(here, 40_000);
    expect(await told(watched)).toBe("expired");
  });
});
