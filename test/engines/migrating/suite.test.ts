import { describe, expect, test } from "vitest";
import type { EngineFactory } from "../../../src/core/engine.ts";
import { storeEngine } from "../../../src/core/store-engine.ts";
import type { SessionStore } from "../../../src/core/store.ts";
import { compressed } from "../../../src/codecs/compressed.ts";
import { encrypted } from "../../../src/codecs/encrypted.ts";
import { db } from "../../../src/engines/db.ts";
import { memory } from "../../../src/engines/memory.ts";
import { migrating } from "../../../src/engines/migrating.ts";
import { signedCookies } from "../../../src/engines/signed-cookies.ts";
import { createSessions, type SessionsOptions } from "../../../src/index.ts";
import { fakeClock, interleavingSuite, storeSuite } from "../../../src/testing.ts";
import { engineSuite } from "../engine-suite.ts";

const sqlite = (): SessionStore => db({ path: ":memory:" });
const broken = (): SessionStore => db({ path: "/dev/null/sessions.sqlite" });

// A session that began in the new store, with the old one beside it.
await storeSuite({ describe, test }, "migrating, memory to SQLite", () => migrating({ from: memory(), to: sqlite() }), {
  makeBrokenStore: () => migrating({ from: broken(), to: broken() }),
});

// A session that began in the old store, and moves while it is used.
await interleavingSuite({ describe, test }, "migrating, SQLite to memory", () => {
  const [from, to] = [sqlite(), memory()];
  return { ...bound(migrating({ from, to })), create: (record, now) => from.create(record, now) };
});

engineSuite("migrating, signedCookies to SQLite", () => migrating({ from: signedCookies(), to: sqlite() }));

function bound(store: SessionStore): SessionStore {
  return {
    name: store.name,
    atomic: store.atomic,
    read: (...args) => store.read(...args),
    create: (...args) => store.create(...args),
    update: (...args) => store.update(...args),
    touch: (...args) => store.touch(...args),
    delete: (...args) => store.delete(...args),
  };
}

interface Data {
  name: string;
  count: number;
}

const secrets = ["s".repeat(32)];
const on = (engine: SessionStore | EngineFactory, settings: SessionsOptions = {}) =>
  createSessions<Data>({ secrets, ...settings, engine });
type AppSessions = ReturnType<typeof on>;

async function signedIn(sessions: AppSessions): Promise<string> {
  const session = await sessions.open();
  session.set("name", "Ann");
  session.userId = "ann";
  await session.save();
  return sessions.token(session) ?? "";
}

async function visit(sessions: AppSessions, cookie: string): Promise<{ cookie: string; count: number }> {
  const session = await sessions.open(cookie);
  expect(session.get("name")).toBe("Ann");
  const count = session.update("count", (n = 0) => n + 1);
  await session.save();
  return { cookie: sessions.token(session) ?? "", count };
}

describe("moving house: nobody is signed out", () => {
  const moves: [string, () => { from: SessionStore | EngineFactory; to: SessionStore | EngineFactory }][] = [
    ["from SQLite to memory", () => ({ from: sqlite(), to: memory() })],
    ["from memory to SQLite", () => ({ from: memory(), to: sqlite() })],
    ["from signedCookies to SQLite", () => ({ from: signedCookies(), to: sqlite() })],
    ["from SQLite to signedCookies", () => ({ from: sqlite(), to: signedCookies() })],
    ["from signed to encrypted cookies", () => ({ from: signedCookies(), to: signedCookies({ encrypt: true }) })],
  ];

  test.each(moves)("%s: before, while and after", async (_, make) => {
    const { from, to } = make();
    const before = on(from);
    const cookie = await signedIn(before);
    const during = on(migrating({ from, to }));
    expect((await during.open(cookie)).userId).toBe("ann");
    const first = await visit(during, cookie);
    const second = await visit(during, first.cookie);
    const third = await visit(on(to), second.cookie);
    expect([first.count, second.count, third.count]).toEqual([1, 2, 3]);
  });

  test.each(moves)("%s: a session that moved and was flushed does not open any more", async (_, make) => {
    const { from, to } = make();
    const during = on(migrating({ from, to }));
    const cookie = await signedIn(on(from));
    const moved = await visit(during, cookie);
    await (await during.open(moved.cookie)).flush();
    // A session in a cookie has no end of its own: the page of that engine says so.
    if (typeof from === "function" || typeof to === "function") return;
    for (const old of [cookie, moved.cookie]) expect((await during.open(old)).isNew).toBe(true);
  });

  test("between stores the token stays, and requests that move it at once lose nothing", async () => {
    const [from, to] = [memory(), sqlite()];
    const cookie = await signedIn(on(from));
    const during = on(migrating({ from, to }));
    const visits = await Promise.all(Array.from({ length: 20 }, () => visit(during, cookie)));
    expect(new Set(visits.map((one) => one.cookie))).toEqual(new Set([cookie]));
    expect((await on(to).open(cookie)).get("count")).toBe(20);
    expect((await from.list(undefined, 10)).records).toEqual([]);
  });

  test("a renewal moves too: who only reads does not stay behind", async () => {
    const [from, to] = [memory(), memory()];
    const clock = fakeClock();
    const cookie = await signedIn(on(from, { clock }));
    clock.advance({ hours: 2 });
    const session = await on(migrating({ from, to }), { clock }).open(cookie);
    await session.save();
    expect((await on(to, { clock }).open(cookie)).get("name")).toBe("Ann");
  });

  test("an old cookie from before a sign-in leads nowhere near the session that signed in", async () => {
    const to = memory();
    const during = on(migrating({ from: signedCookies(), to }));
    const planted = await on(signedCookies()).open();
    planted.set("count", 1);
    await planted.save();
    const known = on(signedCookies()).token(planted) ?? "";
    const victim = await during.open(known);
    victim.userId = "ann";
    victim.set("name", "Ann");
    await victim.save();
    const attacker = await during.open(known);
    attacker.set("count", 2);
    await attacker.save();
    expect([attacker.userId, attacker.get("name"), attacker.id === victim.id]).toEqual([undefined, undefined, false]);
    expect((await during.open(during.token(victim))).get("count")).toBe(1);
  });

  test.each(moves)("%s: with sealed payloads, which open for one id only", async (_, make) => {
    const { from, to } = make();
    const settings = { codec: encrypted([...secrets, "o".repeat(32)], { codec: compressed({ threshold: 1 }) }) };
    const cookie = await signedIn(on(from, settings));
    const during = on(migrating({ from, to }), settings);
    const first = await visit(during, cookie);
    const second = await visit(during, first.cookie);
    expect(await visit(on(to, settings), second.cookie)).toMatchObject({ count: 3 });
  });

  test("a renewal of a session from a cookie takes its sealed payload along", async () => {
    const to = memory();
    const settings = { codec: encrypted(secrets), clock: fakeClock() };
    const cookie = await signedIn(on(signedCookies(), settings));
    settings.clock.advance({ hours: 2 });
    const during = on(migrating({ from: signedCookies(), to }), settings);
    const session = await during.open(cookie);
    await session.save();
    expect((await on(to, settings).open(during.token(session))).get("name")).toBe("Ann");
  });

  test("a user's sessions are listed and ended in both stores", async () => {
    const [from, to] = [memory(), sqlite()];
    const [old, fresh] = [on(from), on(migrating({ from, to }))];
    const cookies = [await signedIn(old), await signedIn(old), await signedIn(fresh)];
    await visit(fresh, cookies[0] ?? "");
    expect(await fresh.forUser("ann")).toHaveLength(3);
    expect(await fresh.revokeUser("ann")).toBe(3);
    for (const cookie of cookies) expect((await fresh.open(cookie)).isNew).toBe(true);
  });
});

test.each([
  [null, "expected an object of options, got null"],
  [{ from: memory(), to: sqlite(), drop: true }, /migrating: there is no option "drop"/],
  [undefined, "expected an object of options, got undefined"],
  [{ from: memory(), to: undefined }, /migrating\({ to }\): expected an engine: a store such as db\(\), called/],
  [{ from: db, to: {} }, /migrating\({ to }\)/],
])("migrating(%o) is refused at the call", (options, message) => {
  expect(() => migrating(options as never)).toThrow(message);
});

test("a move to itself, or of stores hidden in engines, is refused", () => {
  const one = memory();
  expect(() => migrating({ from: one, to: one })).toThrow("expected two engines, got one and the same");
  expect(() => on(migrating({ from: storeEngine(memory()), to: memory() }))).toThrow(
    "expected the two stores themselves",
  );
});
