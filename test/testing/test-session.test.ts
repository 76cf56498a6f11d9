import { AssertionError } from "node:assert/strict";
import { describe, expect, test } from "vitest";
import { memory } from "../../src/engines/memory.ts";
import { signedCookies } from "../../src/engines/signed-cookies.ts";
import { createSessions, InvalidData, InvalidOption, type SessionsOptions, type Sessions } from "../../src/index.ts";
import { createTestSession, fails, fakeClock, faultyStore, openTestSession, testStore } from "../../src/testing.ts";
import { adapterNamed, serve } from "../http/harness.ts";

interface Data {
  visits: number;
  theme: "light" | "dark";
}
const make = (options: SessionsOptions = {}): Sessions<Data> => createSessions<Data>({ engine: memory(), ...options });

describe("createTestSession", () => {
  test("stores one session, with its data and user, in one operation", async () => {
    const store = testStore();
    const sessions = make({ engine: store });
    const { id, session } = await createTestSession(sessions, { visits: 3 }, { userId: "ada" });
    expect(store.operations.splice(0)).toEqual(["create"]);
    expect([...session]).toEqual([["visits", 3]]);
    const stored = await sessions.byId(id);
    expect({ data: stored?.data, userId: stored?.userId, isNew: stored?.isNew }).toEqual({
      data: { visits: 3 },
      userId: "ada",
      isNew: false,
    });
    expect((await sessions.forUser("ada")).map((found) => found.id)).toEqual([id]);
  });

  test("a user is enough to be stored", async () => {
    const sessions = make();
    const { token } = await createTestSession(sessions, {}, { userId: "ada" });
    expect((await sessions.open(token)).userId).toBe("ada");
  });

  test("nothing to store is an error that says what to do instead", async () => {
    const store = testStore();
    const sessions = make({ engine: store });
    const past = { expiry: new Date(0) };
    const attempts = [createTestSession(sessions), createTestSession(sessions, {}, { expiry: 60 })];
    for (const attempt of [...attempts, createTestSession(sessions, { visits: 1 }, past)]) {
      await expect(attempt).rejects.toThrow(InvalidData);
      await expect(attempt).rejects.toThrow("send no Cookie header");
    }
    expect(store.operations).toEqual([]);
  });

  test("a session that is stored and empty is made of one that was not", async () => {
    const sessions = make();
    const visitor = await createTestSession(sessions, { visits: 1 });
    visitor.session.clear();
    await visitor.session.save();
    const stored = await sessions.open(visitor.token);
    expect({ isNew: stored.isNew, size: stored.size }).toEqual({ isNew: false, size: 0 });
  });

  test("an option that is none is an error", async () => {
    const options = { userID: "ada" } as object;
    await expect(createTestSession(make(), { visits: 1 }, options)).rejects.toThrow(InvalidOption);
  });

  test("expiry is what setExpiry takes, and counts on the sessions' clock", async () => {
    const clock = fakeClock();
    const sessions = make({ clock });
    const short = await createTestSession(sessions, { visits: 1 }, { expiry: 60 });
    const usual = await createTestSession(sessions, { visits: 1 });
    clock.advance({ seconds: 59 });
    expect(await sessions.byId(short.id)).toBeDefined();
    clock.advance({ seconds: 1 });
    expect(await sessions.byId(short.id)).toBeUndefined();
    expect(await sessions.byId(usual.id)).toBeDefined();
    clock.advance({ days: 14 });
    expect(await sessions.byId(usual.id)).toBeUndefined();
  });

  test("byId shows what the app stored, also after it has cycled the key", async () => {
    await using app = await serve(adapterNamed("node http"), {
      "/": async (call) => {
        const session = await call.session();
        session.set("theme", "dark").cycleKey();
        call.send(200);
      },
    });
    const visitor = await createTestSession(app.sessions, { count: 1 });
    await app.post("/", visitor.cookie);
    expect((await app.sessions.byId(visitor.id))?.data).toEqual({ count: 1, theme: "dark" });
    // The one that was made here is as it was, and its token is dead.
    expect(visitor.session.data).toEqual({ count: 1 });
    expect((await app.sessions.open(visitor.token)).isNew).toBe(true);
  });
});

describe("openTestSession", () => {
  const begun = async (sessions: Sessions<Data>): Promise<string> =>
    (await createTestSession(sessions, { visits: 7 })).cookie;

  test("reads the headers of fetch and of Node alike, and of several cookies ours, the last one", async () => {
    const sessions = make();
    const [first, last] = [await begun(sessions), await begun(sessions)];
    const lines = ["other=1; Path=/", `${first}; Path=/`, `x${last}`, `${last}; Path=/; Secure`, "session=2"];
    const headers = new Headers(lines.map((line) => ["Set-Cookie", line]));
    for (const response of [new Response(null, { headers }), { headers: { "set-cookie": lines } }]) {
      const found = await openTestSession(sessions, response);
      expect({ cookie: found.cookie, visits: found.session.get("visits") }).toEqual({ cookie: last, visits: 7 });
    }
    const alone = { headers: { "set-cookie": `${first}; Path=/` } };
    expect((await openTestSession(sessions, alone)).cookie).toBe(first);
  });

  test("without a session it fails the test, and says what the response had instead", async () => {
    const sessions = make();
    const elsewhere = await begun(make());
    const ended = await createTestSession(sessions, { visits: 1 });
    await sessions.revoke(ended.id);
    const cases: [lines: string[] | undefined, says: string][] = [
      [undefined, "found 0 Set-Cookie headers"],
      [["other=1", "another=2"], "found 2 Set-Cookie headers, none of that name"],
      [["__Host-session=; Max-Age=0"], "found that it removes it"],
      [["__Host-session=forged"], "found none behind it"],
      [[elsewhere], "found none behind it"],
      [[ended.cookie], "found none behind it"],
    ];
    for (const [lines, says] of cases) {
      const attempt = openTestSession(sessions, { headers: { "set-cookie": lines } });
      await expect(attempt).rejects.toThrow(AssertionError);
      await expect(attempt).rejects.toThrow(says);
    }
  });

  test("no message shows a token", async () => {
    const sessions = make();
    const ended = await createTestSession(sessions, { visits: 1 });
    await sessions.revoke(ended.id);
    const error: unknown = await openTestSession(sessions, {
      headers: { "set-cookie": ended.cookie },
    }).catch((thrown: unknown) => thrown);
    expect(String(error)).not.toContain(ended.token.slice(32));
  });
});

describe("browserCookie", () => {
  const url = "http://shop.localhost:3000/cart?full";
  const cookieOf = async (cookie: SessionsOptions["cookie"], at: string | URL = url) =>
    (await createTestSession(make(cookie === undefined ? {} : { cookie }), { visits: 1 })).browserCookie(at);

  test("has every attribute that the app's own would have, and no end", async () => {
    const { value, ...rest } = await cookieOf(undefined);
    expect(value).toMatch(/^[\w-]{75}$/);
    expect(rest).toEqual({
      name: "__Host-session",
      domain: "shop.localhost",
      path: "/",
      secure: true,
      httpOnly: true,
      sameSite: "Lax",
    });
  });

  test("follows the cookie's settings", async () => {
    const options = { path: "/app", httpOnly: false, secure: false, sameSite: "strict" } as const;
    expect(await cookieOf({ name: "sid", ...options })).toMatchObject({
      name: "sid",
      path: "/app",
      httpOnly: false,
      secure: false,
      sameSite: "Strict",
    });
    // With the dot it is for subdomains too.
    for (const domain of ["example.com", ".example.com"])
      expect((await cookieOf({ domain }, "https://www.example.com/")).domain).toBe(".example.com");
    expect((await cookieOf({ sameSite: "none" })).sameSite).toBe("None");
  });

  test('with secure: "auto" the address decides', async () => {
    expect((await cookieOf({ secure: "auto" })).secure).toBe(false);
    expect((await cookieOf({ secure: "auto" }, new URL("https://localhost"))).secure).toBe(true);
  });

  test("its value is the header's", async () => {
    const sessions = make({ engine: signedCookies(), secrets: ["s".repeat(32)] });
    const { cookie, browserCookie } = await createTestSession(sessions, { visits: 1 });
    const { name, value } = browserCookie(url);
    expect(`${name}=${value}`).toBe(cookie);
  });
});

describe("testStore", () => {
  test("is a memory engine that keeps the verbs, until they are taken", async () => {
    const store = testStore();
    const sessions = make({ engine: store });
    const { id } = await createTestSession(sessions, { visits: 1 });
    await sessions.byId(id);
    await sessions.revoke(id);
    expect(store.operations.splice(0)).toEqual(["create", "read", "delete"]);
    await sessions.byId(id);
    expect(store.operations).toEqual(["read"]);
  });

  test("of a store that fails on demand it shows what arrived", async () => {
    const store = testStore();
    const sessions = make({ engine: faultyStore(store, fails("read", 1)) });
    const { id } = await createTestSession(sessions, { visits: 1 });
    await expect(sessions.byId(id)).rejects.toThrow("as the test asked");
    expect(await sessions.byId(id)).toBeDefined();
    expect(store.operations).toEqual(["create", "read"]);
  });
});
