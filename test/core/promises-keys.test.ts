import { describe, expect, test } from "vitest";
import { HeadersSent, SessionInterrupted, StoreUnavailable } from "../../src/core/errors.ts";
import { memory } from "../../src/engines/memory.ts";
import { answersLate, barrier, losesReply, operationLog } from "../../src/testing/faulty-store.ts";
import { answered, crashed, errorOf, request, scene, tokenOf } from "../faults/support.ts";
import { settings } from "./settings.ts";

describe.each(settings)("on %s", (_, makeStore, options) => {
  test("P6: a leaked store opens no door: no field of a record, nor two together, is a cookie", async () => {
    const { begin, store, clock, sessions } = scene(makeStore(), options);
    const { token, id } = await begin();
    const record = await store.read(id, clock.now);
    const fields = Object.values(record ?? {}).map(String);
    const candidates = [...fields, ...fields.flatMap((a) => fields.map((b) => a + b))];
    expect(candidates).toContain(id + record?.secretHash);
    for (const candidate of candidates) expect((await sessions.open(candidate)).isNew).toBe(true);
    expect(JSON.stringify(record)).not.toContain(token.slice(32));
  });

  test("P6: the id, which may be shown, opens nothing with another session's secret", async () => {
    const { begin, sessions } = scene(makeStore(), options);
    const [mine, theirs] = [await begin(), await begin()];
    expect((await sessions.open(theirs.id + mine.token.slice(32))).isNew).toBe(true);
  });

  describe("P7: rotation is one step", () => {
    test("one store operation: before it the old token works, after it the new, at no moment both or none", async () => {
      const { begin, through, peek } = scene(makeStore(), options);
      const { token } = await begin();
      const [pause, log] = [barrier(), operationLog()];
      const sessions = through((call, proceed) =>
        log(call, () => Promise.resolve(answersLate("update", pause)(call, proceed))),
      );
      const { unit, session } = await request(sessions, token);
      session.cycleKey();
      expect(await peek(token), "before").toEqual({ n: 0 });
      const committing = unit.commit(answered);
      await pause.arrived();
      expect(await peek(token), "written, not yet answered").toBeUndefined();
      pause.release();
      await committing;
      const next = tokenOf(sessions, session);
      expect(unit.sendHeaders()).toMatchObject({ kind: "set", value: next });
      expect([await peek(token), await peek(next)]).toEqual([undefined, { n: 0 }]);
      expect(log.verbs).toEqual(["read", "update"]);
    });

    test("asked for while the answer's commit is under way it has missed the headers: refused, and the old token lives", async () => {
      const { begin, through, peek } = scene(makeStore(), options);
      const { token } = await begin();
      const pause = barrier();
      const { unit, session } = await request(through(answersLate("update", pause)), token);
      session.set("theme", "dark");
      const committing = unit.commit(answered);
      await pause.arrived();
      session.cycleKey();
      pause.release();
      await committing;
      unit.sendHeaders();
      expect(await errorOf(session.save())).toBeInstanceOf(HeadersSent);
      expect(await peek(token)).toEqual({ n: 0, theme: "dark" });
    });

    test("id and data stay, and the session opened by id goes on beside it", async () => {
      const { begin, sessions } = scene(makeStore(), options);
      const { token, id } = await begin();
      const [job, visitor] = [await sessions.byId(id), await sessions.open(token)];
      visitor.cycleKey();
      await visitor.save();
      job?.set("theme", "dark");
      await job?.save();
      const after = await sessions.open(tokenOf(sessions, visitor));
      expect([after.id, ...after]).toEqual([id, ["n", 0], ["theme", "dark"]]);
    });

    test("of a response that failed the rotation is kept, and its cookie sent; the data is not", async () => {
      const { begin, sessions, peek } = scene(makeStore(), options);
      const { token } = await begin();
      const { unit, session } = await request(sessions, token);
      session.set("n", 99).cycleKey();
      await unit.commit(crashed);
      const next = tokenOf(sessions, session);
      expect(unit.sendHeaders()).toMatchObject({ kind: "set", value: next });
      expect([await peek(token), await peek(next)]).toEqual([undefined, { n: 0 }]);
    });

    test("a writer who came with the old token is interrupted, and sends no cookie", async () => {
      const { begin, sessions, peek } = scene(makeStore(), options);
      const { token } = await begin();
      const { unit, session } = await request(sessions, token);
      session.set("theme", "dark");
      const rotating = await sessions.open(token);
      rotating.cycleKey();
      await rotating.save();
      await expect(unit.commit(answered)).rejects.toThrow(SessionInterrupted);
      expect(unit.sendHeaders()).toBeUndefined();
      expect(await peek(tokenOf(sessions, rotating))).toEqual({ n: 0 });
    });

    test("a reader who came with the old token cannot reload by it", async () => {
      const { begin, sessions } = scene(makeStore(), options);
      const { token } = await begin();
      const [reading, rotating] = [await sessions.open(token), await sessions.open(token)];
      rotating.cycleKey();
      await rotating.save();
      await expect(reading.reload()).rejects.toThrow(SessionInterrupted);
      await expect(rotating.reload()).resolves.toBeUndefined();
    });

    test("of two rotations at once one wins, the other is interrupted", async () => {
      const { begin, sessions, peek } = scene(makeStore(), options);
      const { token } = await begin();
      const both = await Promise.all([sessions.open(token), sessions.open(token)]);
      for (const session of both) session.cycleKey();
      const errors = await Promise.all(both.map((session) => errorOf(session.save())));
      expect(errors.filter((error) => error === undefined)).toHaveLength(1);
      expect(errors.filter((error) => error instanceof SessionInterrupted)).toHaveLength(1);
      expect(await peek(token)).toBeUndefined();
    });

    test("a renewal that comes after a rotation sends no cookie: the old token must not wipe the new one", async () => {
      const { begin, sessions, clock } = scene(makeStore(), options);
      const { token } = await begin();
      clock.advance({ hours: 2 });
      const reading = await request(sessions, token);
      const rotating = await sessions.open(token);
      rotating.cycleKey();
      await rotating.save();
      clock.advance({ hours: 2 });
      const { unit } = reading;
      await unit.commit(answered);
      expect(unit.sendHeaders()).toBeUndefined();
    });

    test("a rotation asked for while a save is on its way is kept for the next", async () => {
      const { begin, through, peek } = scene(makeStore(), options);
      const { token } = await begin();
      const pause = barrier();
      const sessions = through(answersLate("update", pause, 1));
      const { unit, session } = await request(sessions, token);
      session.set("n", 1);
      const saving = session.save();
      await pause.arrived();
      session.cycleKey();
      pause.release();
      await saving;
      await unit.commit(answered);
      expect(await peek(token), "the old token").toBeUndefined();
      expect(await peek(tokenOf(sessions, session)), "the new one").toEqual({ n: 1 });
    });

    test("a rotation whose reply was lost is an outage; no token is promised", async () => {
      const { begin, through } = scene(makeStore(), options);
      const { token } = await begin();
      const { unit, session } = await request(through(losesReply("update")), token);
      session.cycleKey();
      await expect(unit.commit(answered)).rejects.toThrow(StoreUnavailable);
      expect(unit.sendHeaders()).toBeUndefined();
    });
  });
});

describe("secrets", () => {
  const [older, newer, stranger] = ["older", "newer", "stranger"].map((name) => name.padEnd(32, "."));

  test("an older secret goes on verifying, the newest tags, and the session moves over with its next write", async () => {
    const before = scene(memory(), { secrets: [older ?? ""] });
    const { token } = await before.begin();
    const { sessions, peek } = scene(before.store, { secrets: [newer ?? "", older ?? ""] });
    const session = await sessions.open(token);
    session.set("n", 1);
    await session.save();
    const next = tokenOf(sessions, session);
    expect(next.slice(0, 75), "id and secret stay").toBe(token.slice(0, 75));
    expect(next).not.toBe(token);
    const afterwards = scene(before.store, { secrets: [newer ?? ""] });
    expect([await afterwards.peek(next), await afterwards.peek(token)]).toEqual([{ n: 1 }, undefined]);
    expect(await peek(token), "until the older secret is dropped both open it").toEqual({ n: 1 });
  });

  test("a forged tag, or none, never reaches the store", async () => {
    const { begin, through } = scene(memory(), { secrets: [newer ?? ""] });
    const { token } = await begin();
    const foreign = await scene(memory(), { secrets: [stranger ?? ""] }).begin();
    const log = operationLog();
    const sessions = through(log);
    const last = token.endsWith("A") ? "B" : "A";
    for (const forged of [
      token.slice(0, 75),
      token.slice(0, -1) + last,
      token.slice(0, 75) + foreign.token.slice(75),
    ]) {
      expect((await sessions.open(forged)).isNew).toBe(true);
    }
    expect(log.verbs).toEqual([]);
    expect((await sessions.open(token)).isNew).toBe(false);
  });
});

describe("namespace", () => {
  test("two apps on one store do not see one another's sessions, by token or by id", async () => {
    const store = memory();
    const [shop, blog] = [scene(store, { namespace: "shop" }), scene(store, { namespace: "blog" })];
    const { token, id } = await shop.begin({ n: 1 });
    expect([await shop.peek(token), await blog.peek(token), await scene(store).peek(token)]).toEqual([
      { n: 1 },
      undefined,
      undefined,
    ]);
    expect([(await shop.sessions.byId(id))?.id, await blog.sessions.byId(id)]).toEqual([id, undefined]);
    expect(await store.read(`shop-${id}`, shop.clock.now)).toBeDefined();
  });

  test("a user's sessions of one app are not those of the other", async () => {
    const store = memory();
    const shop = scene(store, { namespace: "shop" });
    const session = await shop.sessions.open();
    session.userId = "ada";
    await session.save();
    expect(await store.listByUser("ada", shop.clock.now)).toEqual([]);
    expect(await store.listByUser("shop\u0001ada", shop.clock.now)).toHaveLength(1);
    expect((await shop.sessions.byId(session.id ?? ""))?.userId).toBe("ada");
  });
});
