import { describe, expect, test } from "vitest";
import { SessionInterrupted, StoreUnavailable } from "../../src/core/errors.ts";
import type { SessionStore } from "../../src/core/store.ts";
import { type Intercept, losesReply, operationLog, type StoreVerb } from "../../src/testing/faulty-store.ts";
import { answered, errorOf, request, scene, tokenOf } from "./support.ts";

/**
 * A client library that sends a write again when its reply was lost. The first attempt arrived, so the second is refused:
 * `false` for a write that was made. `between` runs between the two.
 */
function resends(verb: StoreVerb, between: () => Promise<unknown> = async () => undefined): Intercept {
  return async (call, proceed) => {
    if (call.verb !== verb || call.nth > 1) return proceed();
    await proceed();
    await between();
    return proceed();
  };
}

/** Like `resends`, for a first attempt that never arrived. */
function resendsInVain(verb: StoreVerb, between: () => Promise<unknown>): Intercept {
  return async (call, proceed) => {
    if (call.verb === verb && call.nth === 1) await between();
    return proceed();
  };
}

describe("a reply that is lost, and an error instead", () => {
  const arrived = { update: '{"v":1,"data":{"n":1}}', touch: '{"v":1,"data":{"n":0}}', delete: undefined };
  test.each(["update", "touch", "delete"] as const)("%s: an outage, and no second attempt", async (verb) => {
    const { begin, store, clock, through } = scene();
    const { token, id } = await begin({ n: 0 });
    const log = operationLog();
    const sessions = through((call, proceed) => log(call, async () => losesReply(verb)(call, proceed)));
    clock.advance({ hours: 2 });
    const { unit, session } = await request(sessions, token);
    if (verb === "update") session.update("n", (n = 0) => n + 1);
    await expect(verb === "delete" ? session.flush() : unit.commit(answered)).rejects.toThrow(StoreUnavailable);
    expect(log.verbs).toEqual(["read", verb]);
    expect(unit.sendHeaders()).toBeUndefined();

    const stored = (await store.read(id, clock.now))?.payload;
    expect(stored, "the write has arrived").toEqual(arrived[verb]);
  });

  test("create: an outage, one record at most, and no token for it", async () => {
    const { through, store, clock } = scene();
    const created: string[] = [];
    const sessions = through(async (call, proceed) => {
      created.push((call.args[0] as { id: string }).id);
      return losesReply("create")(call, proceed);
    });
    const session = await sessions.open();
    session.set("n", 1);
    await expect(session.save()).rejects.toThrow(StoreUnavailable);
    expect(created).toHaveLength(1);
    expect(await store.read(created[0] ?? "", clock.now)).toBeDefined();
    expect([session.isNew, tokenOf(sessions, session)]).toEqual([true, ""]);
  });
});

describe("a reply that is lost, and a client that sends the write again", () => {
  test.each([0, 1, 2, 3, 4])("an increment counts once, with %d other writers in between", async (writers) => {
    const { begin, peek, sessions, through } = scene();
    const { token } = await begin({ n: 0 });
    const others = async (): Promise<void> => {
      for (let writer = 0; writer < writers; writer += 1) {
        const other = await sessions.open(token);
        other.update("n", (n = 0) => n + 1);
        await other.save();
      }
    };
    const { unit, session } = await request(through(resends("update", others)), token);
    session.update("n", (n = 0) => n + 1);
    await unit.commit(answered);
    expect(await peek(token)).toEqual({ n: writers + 1 });
    expect(session.get("n"), "what the request shows is what is stored").toBe(writers + 1);
  });

  test("a write that never arrived is replayed: the ancestors of another's revision are not ours", async () => {
    const { begin, peek, sessions, through } = scene();
    const { token } = await begin({ n: 0 });
    const other = async (): Promise<void> => {
      const session = await sessions.open(token);
      session.update("n", (n = 0) => n + 1);
      await session.save();
    };
    const { unit, session } = await request(through(resendsInVain("update", other)), token);
    session.update("n", (n = 0) => n + 1);
    await unit.commit(answered);
    expect(await peek(token)).toEqual({ n: 2 });
  });

  test("a rotation is made once, and its token is the one that is sent", async () => {
    const { begin, peek, through } = scene();
    const { token } = await begin({ n: 0 });
    const sessions = through(resends("update"));
    const { unit, session } = await request(sessions, token);
    session.cycleKey();
    await unit.commit(answered);
    const next = tokenOf(sessions, session);
    expect(unit.sendHeaders()).toMatchObject({ kind: "set", value: next });
    expect([await peek(token), await peek(next)]).toEqual([undefined, { n: 0 }]);
  });

  test("a write that arrived before another request cycled the key: no dead token is sent", async () => {
    const { begin, sessions, peek, clock, through } = scene();
    const { token } = await begin({ n: 0 });
    clock.advance({ hours: 2 });
    let next = "";
    const rotate = async (): Promise<void> => {
      const rotating = await sessions.open(token);
      rotating.cycleKey();
      await rotating.save();
      next = tokenOf(sessions, rotating);
    };
    const { unit, session } = await request(through(resends("update", rotate)), token);
    session.set("n", 1);
    const error = await errorOf(unit.commit(answered));
    expect(error === undefined || error instanceof SessionInterrupted).toBe(true);
    expect(unit.sendHeaders()).toBeUndefined();
    expect(await peek(next)).toEqual({ n: 1 });
  });

  test("a created session is created once, under its first id", async () => {
    const { store, clock, through } = scene();
    const ids = new Set<string>();
    const resend = resends("create");
    const sessions = through((call, proceed) => {
      if (call.verb === "create") ids.add((call.args[0] as { id: string }).id);
      return resend(call, proceed);
    });
    const session = await sessions.open();
    session.set("n", 1);
    await session.save();
    expect([...ids]).toEqual([session.id]);
    expect(await store.read(session.id ?? "", clock.now)).toBeDefined();
    expect((await sessions.open(tokenOf(sessions, session))).get("n")).toBe(1);
  });

  test("an id that is another session's is not adopted: a new one is drawn", async () => {
    const { store, clock, sessions, through } = scene();
    const taken: string[] = [];
    const occupied = through(async (call, proceed) => {
      if (call.verb === "create" && call.nth === 1) {
        const [record] = call.args as Parameters<SessionStore["create"]>;
        taken.push(record.id);
        await store.create({ ...record, secretHash: "another's", revision: "another's" }, clock.now);
      }
      return proceed();
    });
    const session = await occupied.open();
    session.set("n", 1);
    await session.save();
    expect(session.id).not.toBe(taken[0]);
    expect((await sessions.open(tokenOf(occupied, session))).get("n")).toBe(1);
  });
});
