import { describe, expect, test } from "vitest";
import { SessionInterrupted, StoreUnavailable } from "../../src/core/errors.ts";
import type { Session } from "../../src/core/session.ts";
import { answersLate, barrier, fails, faultyStore, operationLog } from "../../src/testing/faulty-store.ts";
import { answered, type Data, request, type Scene, scene } from "../faults/support.ts";
import { settings } from "./settings.ts";

type Visitor = Session<Data>;

describe.each(settings)("on %s", (_, makeStore, options) => {
  describe("P1: nothing is lost", () => {
    test("20 parallel increments give 20", async () => {
      const { sessions, begin, peek } = scene(makeStore(), options);
      const { token } = await begin({ n: 0 });
      const requests = await Promise.all(Array.from({ length: 20 }, () => sessions.open(token)));
      for (const session of requests) session.update("n", (n = 0) => n + 1);
      await Promise.all(requests.map((session) => session.save()));
      expect(await peek(token)).toEqual({ n: 20 });
    });

    test("different keys merge, and each request sees what the others had written", async () => {
      const { sessions, begin, peek } = scene(makeStore(), options);
      const { token } = await begin({ n: 0 });
      const requests = await Promise.all(Array.from({ length: 10 }, () => sessions.open(token)));
      for (const [index, session] of requests.entries()) session.set(`key${index}`, index);
      await Promise.all(requests.map((session) => session.save()));
      const all = Object.fromEntries(requests.map((_session, index) => [`key${index}`, index]));
      expect(await peek(token)).toEqual({ n: 0, ...all });
      expect(requests.map((session) => session.size).sort((a, b) => a - b)).toEqual([2, 3, 4, 5, 6, 7, 8, 9, 10, 11]);
    });

    test("a plain set of one key by two: the last wins, and an event names the key", async () => {
      const { sessions, begin, peek } = scene(makeStore(), options);
      const { token, id } = await begin({ theme: "light", n: 0 });
      const events: unknown[] = [];
      sessions.on("overwritten", (event) => events.push(event));
      const [first, second] = [await sessions.open(token), await sessions.open(token)];
      first.set("theme", "dark").set("other", 1);
      second.set("theme", "sepia").set("n", 1);
      await first.save();
      await second.save();
      expect(await peek(token)).toEqual({ theme: "sepia", other: 1, n: 1 });
      expect(events).toEqual([{ id, keys: ["theme"] }]);
    });

    test("update, setDefault and different keys overwrite nothing, and raise no event", async () => {
      const { sessions, begin } = scene(makeStore(), options);
      const { token } = await begin();
      const events: unknown[] = [];
      sessions.on("overwritten", (event) => events.push(event));
      const [first, second] = [await sessions.open(token), await sessions.open(token)];
      for (const session of [first, second]) session.update("n", (n = 0) => n + 1);
      first.set("theme", "dark");
      second.setDefault("theme", "light");
      await first.save();
      await second.save();
      expect(events).toEqual([]);
    });

    const replays: readonly [string, (session: Visitor) => unknown, object][] = [
      [
        "setDefault keeps what another set first",
        (session) => session.setDefault("theme", "mine"),
        { cart: ["a"], n: 1, theme: "theirs" },
      ],
      ["pop takes the key, and nothing of the other's", (session) => session.pop("cart"), { n: 1, theme: "theirs" }],
      ["clear empties what the other added, too", (session) => session.clear(), {}],
      ["clear, then set", (session) => (session.clear(), session.set("x", 1)), { x: 1 }],
      [
        "a change through data joins the other's",
        (session) => (session.data.cart ?? []).push("b"),
        { cart: ["a", "b"], n: 1, theme: "theirs" },
      ],
      ["a key deleted through data stays deleted", (session) => delete session.data.cart, { n: 1, theme: "theirs" }],
    ];
    test.each(replays)("done again on newer data: %s", async (_name, change, expected) => {
      const { sessions, begin, peek } = scene(makeStore(), options);
      const { token } = await begin({ cart: ["a"], n: 0 });
      const late = await sessions.open(token);
      const early = await sessions.open(token);
      change(late);
      early.set("theme", "theirs").set("n", 1);
      await early.save();
      await late.save();
      expect(await peek(token)).toEqual(expected);
      expect(Object.fromEntries(late)).toEqual(expected);
    });
  });

  describe("P2: deleted stays deleted", () => {
    const ends: readonly [string, (scene: Scene, token: string, id: string) => Promise<unknown>][] = [
      ["flushed by another request", async ({ sessions }, token) => (await sessions.open(token)).flush()],
      ["revoked from outside", async ({ store }, _token, id) => store.delete(id)],
      ["expired", async ({ clock }) => clock.advance({ days: 14 })],
    ];
    const writes: readonly [string, (session: Visitor) => unknown][] = [
      ["data", (session) => session.set("theme", "dark")],
      ["a new key", (session) => session.cycleKey()],
      ["an expiry", (session) => session.setExpiry(60)],
      ["a user", (session) => (session.userId = "ada")],
    ];
    test.each(ends.flatMap(([how, end]) => writes.map(([what, write]) => [how, what, end, write] as const)))(
      "%s: %s is never written back",
      async (_how, _what, end, write) => {
        const here = scene(makeStore(), options);
        const { token, id } = await here.begin();
        const events: unknown[] = [];
        here.sessions.on("interrupted", (event) => events.push(event));
        const slow = await here.sessions.open(token);
        write(slow);
        await end(here, token, id);
        await expect(slow.save()).rejects.toThrow(SessionInterrupted);
        expect(await here.store.read(id, here.clock.now)).toBeUndefined();
        expect(events).toEqual([{ id }]);
      },
    );

    test("neither does a slow request's renewal wake a session that has expired meanwhile", async () => {
      const { sessions, begin, peek, clock } = scene(makeStore(), options);
      const { token } = await begin();
      clock.advance({ days: 13 });
      const slow = await request(sessions, token);
      clock.advance({ days: 1 });
      expect(await peek(token), "at its end").toBeUndefined();
      await slow.unit.commit(answered);
      expect(await peek(token), "after the slow request has ended").toBeUndefined();
    });

    test("a safe request that lost its session drops its changes, and sends no cookie", async () => {
      const { sessions, begin } = scene(makeStore(), options);
      const { token } = await begin();
      const { unit, session } = await request(sessions, token);
      session.set("theme", "dark");
      await (await sessions.open(token)).flush();
      await unit.commit({ failed: false, safe: true });
      expect(unit.sendHeaders()).toBeUndefined();
    });

    test("a flush that comes second removes no cookie: the browser may hold a newer one by then", async () => {
      const { sessions, begin } = scene(makeStore(), options);
      const { token } = await begin();
      const [first, second] = [await request(sessions, token), await request(sessions, token)];
      const flushed: unknown[] = [];
      sessions.on("flushed", (event) => flushed.push(event));
      await first.session.flush();
      await second.session.flush();
      expect(first.unit.sendHeaders()).toEqual({ kind: "remove" });
      expect(second.unit.sendHeaders()).toBeUndefined();
      expect(flushed).toHaveLength(1);
    });

    test("reload says so, too", async () => {
      const { sessions, begin, store } = scene(makeStore(), options);
      const { token, id } = await begin();
      const session = await sessions.open(token);
      await store.delete(id);
      await expect(session.reload()).rejects.toThrow(SessionInterrupted);
    });
  });

  test("P3: acknowledged before answered: save settles after the store's answer, and fails with the store", async () => {
    const { begin, through } = scene(makeStore(), options);
    const { token } = await begin();
    const pause = barrier();
    const session = await through(answersLate("update", pause)).open(token);
    session.set("theme", "dark");
    let settled = false;
    const saving = session.save().then(() => (settled = true));
    await pause.arrived();
    expect(settled).toBe(false);
    pause.release();
    await saving;

    const failing = await through(fails("update")).open(token);
    await expect(failing.set("theme", "sepia").save()).rejects.toThrow(StoreUnavailable);
  });

  describe("P4: unused is free", () => {
    const costs: readonly [string, (session: Visitor) => unknown, string[]][] = [
      ["reading", (session) => [session.get("n"), session.has("theme"), [...session]], ["read"]],
      ["reading through data", (session) => JSON.stringify(session.data), ["read"]],
      ["setting an equal value", (session) => session.set("cart", ["a"]), ["read"]],
      ["set and set back", (session) => session.set("n", 5).set("n", 0), ["read"]],
      [
        "changing data and changing it back",
        (session) => (session.data.cart?.push("b"), session.data.cart?.pop()),
        ["read"],
      ],
      ["deleting what is not there", (session) => session.delete("theme"), ["read"]],
      ["an update that changes nothing", (session) => session.update("n", (n = 0) => n), ["read"]],
      ["a write", (session) => session.set("n", 1), ["read", "update"]],
      ["many writes", (session) => session.set("n", 1).set("theme", "dark").cycleKey(), ["read", "update"]],
    ];
    test.each(costs)("%s", async (_name, use, expected) => {
      const { begin, through } = scene(makeStore(), options);
      const { token } = await begin({ n: 0, cart: ["a"] });
      const log = operationLog();
      const { unit, session } = await request(through(log), token);
      use(session);
      await unit.commit(answered);
      expect(log.verbs).toEqual(expected);
    });

    test("no token, or one that is none: no store operation at all, and nothing is stored", async () => {
      const { through } = scene(makeStore(), options);
      const log = operationLog();
      const sessions = through(log);
      for (const token of [undefined, "", "nonsense", "0".repeat(74), "g".repeat(32) + "A".repeat(43)]) {
        const session = await sessions.open(token);
        session.setExpiry(60);
        session.cycleKey();
        await session.save();
        expect(session.isNew).toBe(true);
      }
      expect(log.verbs).toEqual([]);
    });
  });

  describe("P5: an outage is not a logout", () => {
    test("a request that could not read is told so, and does not go on with an empty session", async () => {
      const { begin, through, peek } = scene(makeStore(), options);
      const { token } = await begin();
      const down = through(fails("read", 1));
      await expect(request(down, token)).rejects.toThrow(StoreUnavailable);
      expect(await peek(token)).toEqual({ n: 0 });
    });

    test("a failed write leaves the session as it was, and sends no cookie; the next request goes on", async () => {
      const { begin, through, peek } = scene(makeStore(), options);
      const { token } = await begin();
      const { unit, session } = await request(through(fails("update")), token);
      session.set("n", 1).cycleKey();
      await expect(unit.commit(answered)).rejects.toThrow(StoreUnavailable);
      expect(unit.sendHeaders()).toBeUndefined();
      expect(await peek(token)).toEqual({ n: 0 });
    });

    test("one operation that failed is not tried again", async () => {
      const log = operationLog();
      const { begin, store } = scene(makeStore(), options);
      const { token } = await begin();
      const sessions = scene(faultyStore(faultyStore(store, fails("update")), log), options).sessions;
      const session = await sessions.open(token);
      await expect(session.set("n", 1).save()).rejects.toThrow(StoreUnavailable);
      expect(log.verbs).toEqual(["read", "update"]);
    });
  });
});
