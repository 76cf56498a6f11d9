import { EventEmitter } from "node:events";
import session from "express-session";
import createMemoryStore from "memorystore";
import { describe, expect, test } from "vitest";
import { InvalidOption } from "../../../src/core/errors.ts";
import { expressStore, type ExpressSessionStore, type ExpressStore } from "../../../src/engines/express-store.ts";
import { caseContext } from "../../../src/testing.ts";
import { plainStore } from "./hand-written.ts";

/** As settings that are not written in TypeScript come. */
const loosely = expressStore as (target?: unknown, options?: unknown) => ExpressStore;

describe("expressStore() is refused at the call, saying what was expected and found", () => {
  class OwnStore extends session.MemoryStore {}

  test.each<[what: string, target: unknown, options: unknown, ...said: string[]]>([
    ["nothing", undefined, undefined, "with get, set and destroy", "given undefined"],
    ["a URL", "redis://127.0.0.1", undefined, "given a string"],
    ["a client of redis", { get() {}, set() {}, del() {} }, undefined, "the keys get, set, del"],
    ["a Map", new Map(), undefined, "an instance of Map"],
    ["a class", OwnStore, undefined, "the class OwnStore. Pass an instance: new OwnStore({ … })"],
    ["what a package exports", createMemoryStore, undefined, "new (connect(expressSession))({ … })"],
    ["a function that makes nothing", () => {}, undefined, "given undefined"],
    ["a function that takes its time", async () => plainStore(), undefined, "a promise: await it first"],
    ["an unknown option", plainStore(), { ttl: 1 }, 'expected expressSession, prefix, got "ttl"'],
    ["options that are none", plainStore(), [], "options: expected an object, got an array"],
    ["a prefix that leaves its folder", plainStore(), { prefix: "../" }, "options.prefix: expected up to 64", '"../"'],
    ["a prefix that is none", plainStore(), { prefix: 1 }, "got a number"],
    ["express-session, called", plainStore(), { expressSession: () => {} }, "a Store, got a function without one"],
    ["no express-session", plainStore(), { expressSession: null }, "with a Store, got null"],
  ])("%s", (_, target, options, ...said) => {
    expect(() => loosely(target, options)).toThrow(InvalidOption);
    for (const part of said) expect(() => loosely(target, options)).toThrow(part);
  });
});

test("a function is given express-session, or where there is none a Store to derive from, in both manners", async () => {
  const { record, now } = caseContext();
  const given: unknown[] = [];
  const note = (module: typeof session): ExpressSessionStore => {
    given.push(module);
    return plainStore();
  };
  expressStore(note, { expressSession: session });
  expect(given).toEqual([session]);

  function OldStore(this: EventEmitter): void {
    EventEmitter.call(this);
  }
  const oldManner = ({ Store }: { Store: typeof EventEmitter }) => {
    Object.setPrototypeOf(OldStore.prototype, Store.prototype);
    return Object.assign(Reflect.construct(OldStore, []) as EventEmitter, plainStore());
  };
  const newManner = ({ Store }: { Store: typeof EventEmitter }) =>
    Object.assign(new (class extends Store {})(), plainStore());
  for (const make of [oldManner, newManner]) {
    const store = loosely(make);
    const created = record();
    expect(await store.create(created, now)).toBe(true);
    expect(await store.read(created.id, now)).toEqual(created);
  }
});

test("it says that it is not atomic, and has no powers that no store of express-session's has", () => {
  const store = expressStore(new session.MemoryStore());
  expect(store).toMatchObject({ name: "expressStore", atomic: false });
  expect(Object.keys(store).sort()).toEqual(["atomic", "create", "delete", "name", "read", "touch", "update"]);
});

test("two prefixes on one store never meet, and without one the session has the record's id", async () => {
  const { record, now } = caseContext();
  const sessions = new Map<string, string>();
  const shared = plainStore(sessions);
  const [one, other] = [expressStore(shared, { prefix: "one:" }), expressStore(shared, { prefix: "" })];
  const created = record({ id: "a" });
  await one.create(created, now);
  expect(await other.read("a", now)).toBeUndefined();
  expect(await other.delete("a")).toBe(false);
  expect(await one.read("a", now)).toEqual(created);
  await other.create(created, now);
  expect([...sessions.keys()]).toEqual(["one:a", "a"]);
});

test("an error event that nobody listens for is none; where the application listens, it alone does", () => {
  const alone = Object.assign(new EventEmitter(), plainStore());
  expressStore(alone);
  expect(() => alone.emit("error", new Error("connection lost"))).not.toThrow();

  const heard = Object.assign(new EventEmitter(), plainStore());
  heard.on("error", () => {});
  expressStore(heard);
  expect(heard.listenerCount("error")).toBe(1);
});
