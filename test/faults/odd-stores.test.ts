import { describe, expect, test, vi } from "vitest";
import { SessionInterrupted, StoreUnavailable } from "../../src/core/errors.ts";
import type { Engine } from "../../src/core/engine.ts";
import { resolveOptions } from "../../src/core/options.ts";
import { sessionsFrom } from "../../src/core/sessions.ts";
import type { SessionStore } from "../../src/core/store.ts";
import { memory } from "../../src/engines/memory.ts";
import { answered, type Data, errorOf, request, scene, tokenOf } from "./support.ts";

describe("a store that throws before it returns a promise is as broken as one that rejects", () => {
  const thrown = new TypeError("client.get is not a function");
  test.each(["read", "create", "update", "touch", "delete"] as const)("%s", async (verb) => {
    const sound = scene();
    const { token } = await sound.begin({ n: 0 });
    sound.clock.advance({ hours: 2 });
    const session = verb === "create" ? undefined : await sound.sessions.open(token);
    const broken: SessionStore = {
      ...sound.store,
      [verb]: () => {
        throw thrown;
      },
    };
    const { sessions, clock } = scene(broken);
    clock.advance({ hours: 2 });
    const work = async (): Promise<unknown> => {
      if (verb === "read") return sessions.open(token);
      if (session === undefined) return (await sessions.open()).set("n", 1).save();
      const { unit, session: own } = await request(sessions, token);
      if (verb === "delete") return own.flush();
      if (verb === "update") own.set("n", 1);
      return unit.commit(answered);
    };
    const error = await errorOf(work());
    expect(error).toBeInstanceOf(StoreUnavailable);
    expect(error).toMatchObject({ cause: thrown });
  });
});

test("an engine of somebody's own that throws at once is as broken, too", async () => {
  const thrown = new TypeError("cannot read properties of undefined");
  const broken = (): never => {
    throw thrown;
  };
  const verbs = { open: broken, refresh: broken, commit: broken, explain: broken };
  const engine: Engine = { name: "own", atomic: true, recognizes: () => true, ...verbs };
  const sessions = sessionsFrom<Data>(resolveOptions({ engine: () => engine }, memory));
  const session = await sessions.open();
  for (const work of [sessions.open("any"), session.set("n", 1).save()]) {
    const error = await errorOf(work);
    expect(error).toBeInstanceOf(StoreUnavailable);
    expect(error).toMatchObject({ cause: thrown });
  }
});

describe("a store that keeps records too long", () => {
  /** It never looks at the clock: what a backend with a coarse time-to-live does for a while. */
  function timeless(store: SessionStore): SessionStore {
    return {
      ...store,
      read: (id) => store.read(id, 0),
      update: (record, expected) => store.update(record, expected, 0),
      touch: (id, expected, expiresAt) => store.touch(id, expected, expiresAt, 0),
    };
  }

  test("opens nothing that has expired, by token or by id", async () => {
    const { begin, peek, clock, sessions } = scene(timeless(memory()));
    const { token, id } = await begin();
    clock.advance({ days: 14 });
    expect(await peek(token)).toBeUndefined();
    expect(await sessions.byId(id)).toBeUndefined();
  });

  test("lets nobody replay onto what has expired, and reload says that it is gone", async () => {
    const { begin, clock, sessions } = scene(timeless(memory()));
    const { token } = await begin();
    const [slow, other] = [await sessions.open(token), await sessions.open(token)];
    await other.set("n", 1).save();
    clock.advance({ days: 15 });
    await expect(slow.set("n", 2).save()).rejects.toThrow(SessionInterrupted);
    await expect(other.reload()).rejects.toThrow(SessionInterrupted);
  });

  test("is held to settings that have become stricter since", async () => {
    const { begin, store, clock } = scene(memory());
    const { token } = await begin();
    const strict = scene(store, { idleTimeout: 60 });
    strict.clock.set(clock.advance({ seconds: 61 }));
    expect(await strict.peek(token)).toBeUndefined();
  });
});

describe("a store that answers with another's record", () => {
  test("opens nothing: the secret does not fit", async () => {
    const sound = scene();
    const [mine, theirs] = [await sound.begin({ theme: "mine" }), await sound.begin({ theme: "theirs" })];
    const mixed = scene({ ...sound.store, read: (id, now) => sound.store.read(id === mine.id ? theirs.id : id, now) });
    expect(await mixed.peek(mine.token)).toBeUndefined();
    expect(await mixed.peek(theirs.token)).toEqual({ theme: "theirs" });
  });

  test("in the middle of a commit: interrupted, and nothing of it reaches the other", async () => {
    const sound = scene();
    const [mine, theirs] = [await sound.begin({ theme: "mine" }), await sound.begin({ theme: "theirs" })];
    const mixed = scene({
      ...sound.store,
      read: (id, now, options) => sound.store.read(options?.fresh ? theirs.id : id, now),
      update: async () => false,
    });
    const session = await mixed.sessions.open(mine.token);
    await expect(session.set("theme", "dark").save()).rejects.toThrow(SessionInterrupted);
    expect(await sound.peek(theirs.token)).toEqual({ theme: "theirs" });
  });
});

describe("a listener that throws", () => {
  test("decides over no request: what it listened to happens all the same, and its error is shown", async () => {
    const shown = vi.spyOn(console, "error").mockImplementation(() => undefined);
    const { begin, sessions, peek, store } = scene();
    for (const event of ["created", "cycled", "flushed", "overwritten", "interrupted", "failed"] as const) {
      sessions.on(event, () => {
        throw new Error("listener");
      });
    }
    const { token, id } = await begin({ theme: "light" });
    const [first, second, third, fourth] = await Promise.all([1, 2, 3, 4].map(() => sessions.open(token)));
    await first?.set("theme", "dark").save();
    await second?.set("theme", "sepia").save();
    third?.cycleKey();
    await third?.save();
    expect(await errorOf(fourth?.set("theme", "red").save() ?? Promise.resolve())).toBeInstanceOf(SessionInterrupted);
    expect(await peek(third === undefined ? "" : tokenOf(sessions, third))).toEqual({ theme: "sepia" });
    await third?.flush();
    expect(await store.read(id, 0)).toBeUndefined();
    expect(shown.mock.calls.map(([message]) => String(message).match(/"(\w+)"/)?.[1])).toEqual([
      "created",
      "overwritten",
      "cycled",
      "interrupted",
      "flushed",
    ]);
  });

  test("does not replace the store's error either, and later listeners still hear", async () => {
    vi.spyOn(console, "error").mockImplementation(() => undefined);
    const heard: unknown[] = [];
    const { sessions } = scene({ ...memory(), read: () => Promise.reject(new Error("down")) });
    sessions.on("failed", () => {
      throw new Error("listener");
    });
    sessions.on("failed", ({ error }) => heard.push(error));
    const error = await errorOf(sessions.open("0".repeat(32) + "A".repeat(43)));
    expect(error).toBeInstanceOf(StoreUnavailable);
    expect(heard).toEqual([error]);
  });
});
