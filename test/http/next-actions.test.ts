import { expect, test, vi } from "vitest";
import { memory } from "../../src/engines/memory.ts";
import { coatcheck } from "../../src/http/adapters/next.ts";
import { createSessions, type Session } from "../../src/index.ts";
import { barrier, faultyStore, operationLog } from "../../src/testing.ts";

interface Data {
  a: number;
  b: number;
}

/** The functions of one request to an action, and what it leaves behind. */
function oneRequest() {
  const kept = new Map<string, string>();
  const jar = {
    get(name: string) {
      const value = kept.get(name);
      return value === undefined ? undefined : { value };
    },
    set: ({ name, value }: { name: string; value: string }) => void kept.set(name, value),
    delete: (name: string) => void kept.delete(name),
  };
  const store = operationLog();
  const refresh = vi.fn<() => void>();
  const sessions = createSessions<Data>({ engine: faultyStore(memory(), store) });
  return {
    ...coatcheck(sessions, { cookies: async () => jar, refresh }),
    refresh,
    operations: () => store.verbs.splice(0).join(" "),
    token: () => kept.get("__Host-session"),
    /** What a later request finds. */
    stored: async () => Object.fromEntries(await sessions.open(kept.get("__Host-session"))),
  };
}

const setA = (session: Session<Data>): unknown => session.set("a", 1);

test("actions at once in one request are saved when the last of them ends, whichever came first", async () => {
  for (const first of ["reader", "writer"]) {
    const { action, operations, refresh, stored } = oneRequest();
    const gate = barrier();
    const reader = action((session) => session.get("a", 0));
    const writer = action(async (session) => {
      await gate.arrive();
      session.set("a", 1);
    });
    const [reading, writing] = first === "reader" ? [reader(), writer()] : [writer(), reader()].toReversed();
    await gate.arrived();
    await reading;
    expect([operations(), refresh.mock.calls.length]).toEqual(["", 0]);
    gate.release();
    await writing;
    expect([operations(), refresh.mock.calls.length]).toEqual(["create", 1]);
    expect(await stored()).toEqual({ a: 1 });
  }
});

test("a key that the last of them cycles reaches the visitor", async () => {
  const { action, token, stored } = oneRequest();
  await action(setA)();
  const before = token();
  const gate = barrier();
  const reading = action((session) => session.get("a"))();
  const cycling = action(async (session) => {
    await gate.arrive();
    session.cycleKey();
  })();
  await Promise.all([reading, gate.arrived()]);
  gate.release();
  await cycling;
  expect(token()).not.toBe(before);
  expect(await stored()).toEqual({ a: 1 });
});

test("an action that fails keeps nothing of what it did before it called another one, nor of what that one did", async () => {
  const { action, operations, token } = oneRequest();
  const inner = action((session) => session.set("b", 2).size);
  const outer = action(async (session) => {
    setA(session);
    await inner();
    throw new Error("the outer one failed");
  });
  await expect(outer()).rejects.toThrow("the outer one failed");
  expect([operations(), token()]).toEqual(["", undefined]);
});

test("an action that goes on after another one failed in it keeps what it has, as that one left it", async () => {
  const { action, stored } = oneRequest();
  const inner = action((session) => {
    session.set("b", 2);
    throw new Error("the inner one failed");
  });
  await action(async (session) => {
    setA(session);
    await inner().catch(() => undefined);
  })();
  expect(await stored()).toEqual({ a: 1, b: 2 });
});

test("an action that comes while those before it are saved has a turn of its own, in the session they began", async () => {
  const pause = barrier();
  const store = memory();
  const kept = new Map<string, { value: string }>();
  const jar = {
    get: (name: string) => kept.get(name),
    set: (cookie: { name: string; value: string }) => void kept.set(cookie.name, cookie),
    delete: () => undefined,
  };
  const slow = faultyStore(store, async (call, proceed) => {
    if (call.verb === "create") await pause.arrive();
    return proceed();
  });
  const sessions = createSessions<Data>({ engine: slow });
  const { action } = coatcheck(sessions, { cookies: async () => jar, refresh: () => undefined });
  const first = action(setA)();
  await pause.arrived();
  const going = barrier();
  const second = action(async (session) => {
    await going.gate;
    session.set("b", 2).cycleKey();
  })();
  pause.release();
  await first;
  going.release();
  await second;
  const token = kept.get("__Host-session")?.value;
  expect(Object.fromEntries(await sessions.open(token))).toEqual({ a: 1, b: 2 });
  expect((await store.list(undefined, 10)).records).toHaveLength(1);
});
