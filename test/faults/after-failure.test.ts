import { describe, expect, test } from "vitest";
import { InvalidData, SessionConflict, SessionInterrupted, StoreUnavailable } from "../../src/core/errors.ts";
import { fails, faultyStore, losesReply, operationLog } from "../../src/testing/faulty-store.ts";
import { memory } from "../../src/engines/memory.ts";
import { answered, crashed, errorOf, request, scene } from "./support.ts";

describe("after a save that failed", () => {
  test("the response fails too, though the handler caught the error: a write nobody confirmed is never a 200", async () => {
    const { begin, through } = scene();
    const { token } = await begin({ n: 0 });
    const { unit, session } = await request(through(fails("update", 1)), token);
    session.set("n", 1);
    await expect(session.save()).rejects.toThrow(StoreUnavailable);
    await expect(unit.commit(answered)).rejects.toThrow(StoreUnavailable);
  });

  test("an increment whose reply was lost is not made twice", async () => {
    const { begin, through, peek } = scene();
    const { token } = await begin({ n: 0 });
    const { unit, session } = await request(through(losesReply("update", 1)), token);
    session.update("n", (n = 0) => n + 1);
    await expect(session.save()).rejects.toThrow(StoreUnavailable);
    await expect(session.save()).rejects.toThrow(StoreUnavailable);
    await expect(unit.commit(answered)).rejects.toThrow(StoreUnavailable);
    expect(await peek(token)).toEqual({ n: 1 });
  });

  test("behind a server error nothing more is written, and nothing is thrown", async () => {
    const log = operationLog();
    const { begin, through, store } = scene(faultyStore(memory(), log));
    const { token } = await begin({ n: 0 });
    const { unit, session } = await request(through(fails("update", 1)), token);
    session.set("n", 1).cycleKey();
    await expect(session.save()).rejects.toThrow(StoreUnavailable);
    log.verbs.length = 0;
    await unit.commit(crashed);
    expect(log.verbs).toEqual([]);
    expect(store.name).toBe("memory");
  });

  test.each([
    [false, "told once more, so that it is no 200", "SESSION_INTERRUPTED"],
    [true, "over, when the method is safe", undefined],
  ])("an interruption (safe: %s) is %s", async (safe, _, code) => {
    const { begin, sessions } = scene();
    const { token } = await begin({ n: 0 });
    const { unit, session } = await request(sessions, token);
    await (await sessions.open(token)).flush();
    session.set("n", 1);
    await expect(session.save()).rejects.toThrow(SessionInterrupted);
    const error = await errorOf(unit.commit({ failed: false, safe }));
    expect(error instanceof SessionInterrupted ? error.code : error).toBe(code);
    expect(unit.sendHeaders()).toBeUndefined();
  });

  test("a reload clears it, and the changes can be made again", async () => {
    const { begin, through, peek } = scene();
    const { token } = await begin({ n: 0 });
    const { unit, session } = await request(through(losesReply("update", 1)), token);
    session.update("n", (n = 0) => n + 1);
    await expect(session.save()).rejects.toThrow(StoreUnavailable);
    await session.reload();
    expect(session.get("n")).toBe(1);
    session.set("theme", "dark");
    await unit.commit(answered);
    expect(await peek(token)).toEqual({ n: 1, theme: "dark" });
  });

  test("a value JSON cannot carry is the handler's to mend: then the save succeeds", async () => {
    const { begin, sessions, peek } = scene();
    const { token } = await begin({ n: 0 });
    const { unit, session } = await request(sessions, token);
    session.data["when"] = new Date(0);
    await expect(session.save()).rejects.toThrow(InvalidData);
    session.data["when"] = 0;
    await unit.commit(answered);
    expect(await peek(token)).toEqual({ n: 0, when: 0 });
  });

  test("a conflict is not written behind its own 409", async () => {
    const here = scene();
    const { token } = await here.begin({ n: 0 });
    let contested = true;
    const sessions = here.through(async (call, proceed) => {
      if (call.verb === "update" && contested) {
        const other = await here.sessions.open(token);
        other.update("n", (n = 0) => n + 1);
        await other.save();
      }
      return proceed();
    });
    const { unit, session } = await request(sessions, token);
    session.set("theme", "mine");
    await expect(session.save()).rejects.toThrow(SessionConflict);
    contested = false;
    await expect(unit.commit(answered)).rejects.toThrow(SessionConflict);
    expect(await here.peek(token)).not.toHaveProperty("theme");
  });
});
