import { EventEmitter } from "node:events";
import { setImmediate as turn } from "node:timers/promises";
import { afterEach, describe, expect, test, vi } from "vitest";
import { StoreUnavailable } from "../../../src/core/errors.ts";
import type { SessionRecord } from "../../../src/core/store.ts";
import { expressStore, type ExpressSessionStore } from "../../../src/engines/express-store.ts";
import { caseContext } from "../../../src/testing.ts";
import { errorOf } from "../../faults/support.ts";
import { neverAnswers, plainStore } from "./hand-written.ts";

// Each is one that a store from the registry has, or express-session's own tests expect to be borne.

const HOUR = 3_600_000;
const { record, revise, now } = caseContext();
const away = Object.assign(new Error("connection lost while writing the-payload"), { code: "ECONNRESET" });
const noSocket = Object.assign(new Error("connect ENOENT /run/server.sock"), { code: "ENOENT", syscall: "connect" });

/** A session from its beginning to its end, as it is to go on any store. */
async function assertLives(target: ExpressSessionStore): Promise<void> {
  const store = expressStore(target);
  const created = record();
  const { id, revision, expiresAt } = created;
  const next: SessionRecord = { ...revise(created), expiresAt: expiresAt + HOUR, renewedAt: now };
  expect(await store.read(id, now)).toBeUndefined();
  expect(await store.create(created, now)).toBe(true);
  expect(await store.create(created, now)).toBe(false);
  expect(await store.read(id, now)).toEqual(created);
  expect(await store.touch(id, revision, expiresAt + HOUR, now)).toBe(true);
  expect(await store.update(next, revision, now)).toBe(true);
  expect(await store.update(next, revision, now)).toBe(false);
  expect(await store.read(id, now)).toEqual(next);
  expect(await store.read(id, next.expiresAt)).toBeUndefined();
  expect(await store.delete(id)).toBe(true);
  expect(await store.delete(id)).toBe(false);
  expect(await store.touch(id, next.revision, next.expiresAt, now)).toBe(false);
  expect(await store.update(next, next.revision, now)).toBe(false);
  expect(await store.read(id, now)).toBeUndefined();
}

/** All of it in one turn, as over better-sqlite3. */
function syncStore(sessions = new Map<string, object>(), nothing?: unknown): ExpressSessionStore {
  return {
    get: (sid, callback) => callback(null, sessions.get(sid) ?? nothing),
    set: (sid, session, callback) => callback?.(sessions.set(sid, session) && null),
    destroy: (sid, callback) => callback?.(sessions.delete(sid) && null),
  };
}

describe("a session lives on a store that", () => {
  test.each<[what: string, make: () => ExpressSessionStore]>([
    ["calls back at once (better-sqlite3-session-store)", () => syncStore()],
    ["says null for what is missing (connect-redis)", () => syncStore(new Map(), null)],
    ["says false for what is missing", () => syncStore(new Map(), false)],
    ["says ENOENT for what is missing (session-file-store)", sayingEnoent],
    ["writes into what it is handed, and keeps it (session-file-store)", writingIntoSessions],
    ["calls back twice, with success", callingTwice],
    ["calls back, and then throws", throwingAfterwards],
    ["gives a promise beside the callback, before it", () => promising(async () => {})],
    ["gives a promise beside the callback, which is rejected after it", () => promising(rejectLater)],
    ["makes anew what it is to touch (session-file-store), or has no touch", touchingAnew],
    ["says that it is disconnected, and is not", disconnected],
  ])("%s", async (_, make) => {
    await assertLives(make());
    // Past which a rejection that nobody heard would have failed the run.
    await turn();
    await turn();
  });

  function sayingEnoent(): ExpressSessionStore {
    const plain = plainStore();
    const enoent = Object.assign(new Error("no such file"), { code: "ENOENT", syscall: "open" });
    return {
      ...plain,
      get: (sid, callback) => plain.get(sid, (_, found) => (found === null ? callback(enoent) : callback(null, found))),
    };
  }

  function writingIntoSessions(): ExpressSessionStore {
    const sync = syncStore();
    return {
      ...sync,
      set: (sid, session, callback) => sync.set(sid, Object.assign(session, { __lastAccess: 1 }), callback),
    };
  }

  function callingTwice(): ExpressSessionStore {
    const sync = syncStore();
    return {
      get: (sid, callback) => [sync.get(sid, callback), callback(null)],
      set: (sid, session, callback) => [sync.set(sid, session, callback), callback?.(away)],
      destroy: (sid, callback) => [sync.destroy(sid, callback), callback?.(away)],
    };
  }

  function throwingAfterwards(): ExpressSessionStore {
    const { get, set, destroy } = syncStore();
    const afterwards = (_: unknown): never => {
      throw away;
    };
    return {
      get: (sid, callback) => afterwards(get(sid, callback)),
      set: (sid, session, callback) => afterwards(set(sid, session, callback)),
      destroy: (sid, callback) => afterwards(destroy(sid, callback)),
    };
  }

  function promising(promise: () => Promise<void>): ExpressSessionStore {
    const { get, set, destroy } = plainStore();
    return {
      get: (sid, callback) => [get(sid, callback), promise()][1],
      set: (sid, session, callback) => [set(sid, session, callback), promise()][1],
      destroy: (sid, callback) => [destroy(sid, callback), promise()][1],
    };
  }

  async function rejectLater(): Promise<void> {
    for (let turns = 0; turns < 4; turns += 1) await turn();
    throw away;
  }

  function touchingAnew(): ExpressSessionStore {
    const sessions = new Map<string, object>();
    const touch = (sid: string, session: object, callback: () => void): void => {
      sessions.set(sid, { ...sessions.get(sid), ...session });
      callback();
    };
    return Object.assign(syncStore(sessions), { touch });
  }

  function disconnected(): ExpressSessionStore {
    const store = Object.assign(new EventEmitter(), plainStore());
    queueMicrotask(() => store.emit("disconnect"));
    return store;
  }
});

describe("it is an outage, and no missing session, when a store", () => {
  test.each<[what: string, fault: ExpressSessionStore["get"]]>([
    ["calls back with an error", (_, callback) => callback(away)],
    ["calls back with an error, and a session (memcached stores)", (_, callback) => callback(away, {})],
    [
      "calls back with an error, and then with nothing (connect-sqlite3)",
      (_, callback) => [callback(away), callback()],
    ],
    ["throws", () => raise(away)],
    ["gives a promise that is rejected, and calls nobody back", () => Promise.reject(away)],
    ["finds no socket of its server's", (_, callback) => callback(noSocket)],
    ["calls back with an error that is no Error", (_, callback) => callback("the-payload")],
    ["throws nothing", () => raise(undefined)],
  ])("%s", async (_, fault) => {
    const honest = plainStore();
    const one = record();
    await expressStore(honest).create(one, now);
    const faulty = { get: fault, set: fault as never, destroy: fault as never };
    const asWritten: ExpressSessionStore = {
      get: honest.get,
      set: (sid, _session, callback) => callback && fault(sid, callback),
      destroy: (sid, callback) => callback && fault(sid, callback),
    };
    const verbs = [
      expressStore(faulty).read(one.id, now),
      expressStore(faulty).create(one, now),
      expressStore(faulty).delete(one.id),
      expressStore(asWritten).create(record(), now),
      expressStore(asWritten).update(revise(one), one.revision, now),
      expressStore(asWritten).touch(one.id, one.revision, one.expiresAt + HOUR, now),
      expressStore(asWritten).delete(one.id),
    ];
    for (const error of await Promise.all(verbs.map(errorOf))) {
      expect(error).toBeInstanceOf(StoreUnavailable);
      expect(String(error)).toMatch(/The expressStore engine: (get|set|destroy) of the store failed( with [A-Z]+)?\./);
      expect(String(error)).not.toContain("the-payload");
    }
  });

  function raise(error: unknown): never {
    throw error;
  }
});

describe("a call that is never called back", () => {
  afterEach(() => vi.useRealTimers());

  test.each<[what: string, get: ExpressSessionStore["get"]]>([
    ["at all (express-session's SmartStore, of a session that is missing)", () => {}],
    ["because the store only gives a promise", async () => ({})],
  ])("%s is an outage after five seconds that says so, and keeps nobody from the session", async (_, get) => {
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
    const honest = plainStore();
    let hangs = true;
    const store = expressStore({
      ...honest,
      get: (sid, callback) => (hangs ? get(sid, callback) : honest.get(sid, callback)),
    });
    let settled = false;
    const stuck = errorOf(store.read("a", now)).finally(() => (settled = true));
    const next = store.read("a", now);
    hangs = false;
    await vi.advanceTimersByTimeAsync(4_999);
    expect(settled).toBe(false);
    await vi.advanceTimersByTimeAsync(1);
    const error = await stuck;
    expect(error).toBeInstanceOf(StoreUnavailable);
    expect(String(error)).toContain("did not call back within 5 seconds");
    expect(await next).toBeUndefined();
    expect(vi.getTimerCount()).toBe(0);
  });
});

describe("a store that does not keep what it is given is found out at the first write, when it", () => {
  test.each<[what: string, set: (sessions: Map<string, object>) => ExpressSessionStore["set"]]>([
    [
      "acknowledges before it has written",
      (sessions) => (sid, session, callback) => [callback?.(), setImmediate(() => sessions.set(sid, session))],
    ],
    [
      "keeps only what it knows of a session",
      (sessions) => (sid, session, callback) => [sessions.set(sid, { cookie: Object(session).cookie }), callback?.()],
    ],
    ["keeps nothing", () => (_sid, _session, callback) => callback?.()],
    [
      "does not parse it again",
      (sessions) => (sid, session, callback) => [sessions.set(sid, JSON.stringify(session) as never), callback?.()],
    ],
  ])("%s", async (_, set) => {
    const sessions = new Map<string, object>();
    const store = expressStore({ ...syncStore(sessions), set: set(sessions) });
    const error = await errorOf(store.create(record(), now));
    expect(error).toBeInstanceOf(StoreUnavailable);
    expect(String(error)).toContain("did not give back what had just been written");
  });
});

describe("what is not ours", () => {
  const nobodys = { ...neverAnswers, destroy: () => expect.unreachable("it destroyed what was not its own") };

  test.each<[what: string, session: object]>([
    ["a session of express-session's", { cookie: { originalMaxAge: null, expires: null, path: "/" }, user: "ann" }],
    ["the empty session that a touch left behind", { __lastAccess: 1 }],
  ])("%s is not opened, renewed or ended; and the place is taken", async (_, session) => {
    const one = record();
    const store = expressStore({ ...nobodys, get: (_sid, callback) => callback(null, session) });
    expect(await store.read(one.id, now)).toBeUndefined();
    expect(await store.update(revise(one), one.revision, now)).toBe(false);
    expect(await store.touch(one.id, one.revision, one.expiresAt + HOUR, now)).toBe(false);
    expect(await store.delete(one.id)).toBe(false);
    expect(await store.create(one, now)).toBe(false);
  });

  test("another session than was asked for is refused, and not ended in its place", async () => {
    const sessions = new Map<string, string>();
    const honest = plainStore(sessions);
    const one = record({ id: "Ann" });
    await expressStore(honest).create(one, now);
    // As a column that compares without regard to case.
    const store = expressStore({ ...nobodys, get: (sid, callback) => honest.get(sid.replace("ann", "Ann"), callback) });
    for (const error of await Promise.all(everyVerb(store, { ...one, id: "ann" }).map(errorOf))) {
      expect(error).toBeInstanceOf(StoreUnavailable);
      expect(String(error)).toContain('asked for "cc_ann", the store gave another session');
    }
    expect(await store.create({ ...one, id: "ann" }, now)).toBe(false);
  });

  test("half of a session is refused", async () => {
    const sessions = new Map<string, string>();
    const one = record();
    const store = expressStore(plainStore(sessions));
    await store.create(one, now);
    const [[sid, text] = ["", ""]] = sessions;
    const { coatcheck, ...rest } = JSON.parse(text) as { coatcheck: string };
    sessions.set(sid, JSON.stringify({ ...rest, coatcheck: coatcheck.slice(0, 40) }));
    for (const error of await Promise.all(everyVerb(store, one).map(errorOf))) {
      expect(error).toBeInstanceOf(StoreUnavailable);
      expect(String(error)).toContain("the store gave a damaged session");
    }
    expect(await store.create(one, now)).toBe(false);
  });

  function everyVerb(store: ReturnType<typeof expressStore>, one: SessionRecord): Promise<unknown>[] {
    return [
      store.read(one.id, now),
      store.update(revise(one), one.revision, now),
      store.touch(one.id, one.revision, one.expiresAt + HOUR, now),
      store.delete(one.id),
    ];
  }
});
