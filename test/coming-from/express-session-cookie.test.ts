import type { SessionData, SessionOptions } from "express-session";
import type { Request } from "express";
import type { SetCookie } from "cookie";
import { expect, test } from "vitest";
import { InvalidOption, type CookieOptions, createSessions } from "../../src/index.ts";
import { after, before, LoggedStore } from "./express.ts";
import type { DataSession, Settings } from "./settings.ts";

/** The cookie of somebody who signs in. */
async function theirCookie(cookie: SessionOptions["cookie"], path = "/"): Promise<SetCookie | undefined> {
  const old = await before({ cookie }, { [path]: (request: Request) => (request.session.user = "ann") });
  return (await old.get(path)).cookie;
}

async function ourCookie(settings: Settings): Promise<SetCookie | undefined> {
  const now = await after(settings, { "/": (session) => void session.set("user", "ann") });
  return (await now.get()).cookie;
}

/** A store that does not look at the time; express-session does not do it in its place. */
class TimelessStore extends LoggedStore {
  readonly #kept = new Map<string, SessionData>();

  override set(id: string, data: SessionData, callback: () => void): void {
    this.#kept.set(id, data);
    callback();
  }
  override get(id: string, callback: (error: unknown, data?: SessionData) => void): void {
    callback(undefined, this.#kept.get(id));
  }
}

/** Whom express-session sees in a cookie that is at its end the moment it is set. */
async function whoWithEndedCookie(store: LoggedStore): Promise<string> {
  const old = await before(
    { store, cookie: { maxAge: -1000 } },
    {
      "/in": (request: Request) => (request.session.user = "ann"),
      "/": (request: Request) => request.session.user ?? "nobody",
    },
  );
  const [line = ""] = (await old.get("/in")).headers.getSetCookie();
  return (await old.get("/", { cookie: line.split(";", 1).join() })).body;
}

test("cookie.maxAge: 3_600_000", async () => {
  const theirs = await theirCookie({ maxAge: 3_600_000 });
  expect(theirs?.maxAge).toBeUndefined();
  expect(Number(theirs?.expires) - Date.now()).toBeGreaterThan(3_500_000);
  expect(await whoWithEndedCookie(new LoggedStore())).toBe("nobody");
  expect(await whoWithEndedCookie(new TimelessStore())).toBe("ann");

  expect((await ourCookie({}))?.maxAge).toBe(1_209_600);
  const now = await after(
    { idleTimeout: 3600 },
    { "/": (session) => session.get("user"), "/in": (session) => void session.set("user", "ann") },
  );
  expect((await now.get("/in")).cookie?.maxAge).toBe(3600);
  now.clock.advance({ seconds: 3599 });
  // Untouched, so not renewed: the browser would still send it, and after the end the server does not take it.
  await now.get("/unused");
  now.clock.advance({ seconds: 1 });
  expect((await now.get()).body).toBe("null");
});

test("cookie.maxAge: null", async () => {
  for (const theirs of [await theirCookie({}), await theirCookie({ maxAge: null as unknown as undefined })]) {
    expect(theirs?.expires ?? theirs?.maxAge).toBeUndefined();
  }
  const now = await after(
    { expireAtBrowserClose: true },
    { "/": (session) => session.update("views", (n = 0) => n + 1) },
  );
  const { cookie } = await now.get();
  expect(cookie?.expires ?? cookie?.maxAge).toBeUndefined();
  now.clock.advance({ days: 13 });
  expect((await now.get()).body).toBe("2");
  now.clock.advance({ days: 15 });
  expect((await now.get()).body).toBe("1");
});

test("cookie.expires", async () => {
  const expires = new Date(Date.now() + 10_000);
  expect(Number((await theirCookie({ expires }))?.expires)).toBe(Math.floor(Number(expires) / 1000) * 1000);

  const now = await after({ absoluteTimeout: 28_800 }, { "/": (session) => session.update("views", (n = 0) => n + 1) });
  expect((await now.get()).cookie?.maxAge).toBe(28_800);
  now.clock.advance({ hours: 7 });
  expect((await now.get()).body).toBe("2");
  now.clock.advance({ hours: 1 });
  expect((await now.get()).body).toBe("1");
});

test('cookie.domain: "shop.example"', async () => {
  expect(await theirCookie({ domain: "shop.example" })).toMatchObject({ domain: "shop.example" });
  expect(await ourCookie({ cookie: { domain: "shop.example" } })).toMatchObject({
    name: "session",
    domain: "shop.example",
  });
});

test('cookie.path: "/shop"', async () => {
  const old = await before({ cookie: { path: "/shop" } }, { "/other": (request) => typeof request.session });
  expect((await old.get("/other")).body).toBe("undefined");
  expect((await theirCookie({ path: "/shop" }, "/shop"))?.path).toBe("/shop");

  const routes = {
    "/shop": (session: DataSession) => session.update("views", (n = 0) => n + 1),
    "/other": (session: DataSession) => session.isNew,
  };
  const now = await after({ cookie: { path: "/shop" } }, routes);
  expect((await now.get("/shop")).cookie?.path).toBe("/shop");
  expect((await now.get("/shop")).body).toBe("2");
  expect((await now.get("/other")).body).toBe("true");
});

test("cookie.httpOnly: false", async () => {
  expect((await theirCookie({}))?.httpOnly).toBe(true);
  expect((await theirCookie({ httpOnly: false }))?.httpOnly).toBeUndefined();
  expect((await ourCookie({}))?.httpOnly).toBe(true);
  expect((await ourCookie({ cookie: { httpOnly: false } }))?.httpOnly).toBeUndefined();
});

test("cookie.secure: true", async () => {
  expect(await theirCookie({ secure: true })).toBeUndefined();
  expect((await ourCookie({}))?.secure).toBe(true);
});

test('cookie.secure: "auto"', async () => {
  const theirs = await theirCookie({ secure: "auto" });
  expect([theirs?.name, theirs?.secure]).toEqual(["connect.sid", undefined]);
  const ours = await ourCookie({ cookie: { secure: "auto" } });
  expect([ours?.name, ours?.secure]).toEqual(["session", undefined]);
});

test("cookie.sameSite: true", async () => {
  expect((await theirCookie({}))?.sameSite).toBeUndefined();
  expect((await theirCookie({ sameSite: true }))?.sameSite).toBe("strict");
  expect((await ourCookie({}))?.sameSite).toBe("lax");
  expect((await ourCookie({ cookie: { sameSite: "strict" } }))?.sameSite).toBe("strict");
  for (const sameSite of [true, false, "auto"]) {
    expect(() => createSessions({ cookie: { sameSite } as unknown as CookieOptions })).toThrow(InvalidOption);
  }
});

test("cookie.partitioned: true", async () => {
  expect((await theirCookie({ partitioned: true }))?.partitioned).toBe(true);
  expect((await ourCookie({ cookie: { partitioned: true } }))?.partitioned).toBe(true);
  expect(() => createSessions({ cookie: { partitioned: true, secure: false } })).toThrow(InvalidOption);
});

test('cookie.priority: "high"', async () => {
  expect((await theirCookie({ priority: "high" }))?.priority).toBe("high");
  expect(() => createSessions({ cookie: { priority: "high" } as CookieOptions })).toThrow(
    'there is no option "priority"',
  );
});

test("cookie.signed, cookie.encode", async () => {
  const theirs = await theirCookie({ signed: false, encode: () => "mine" });
  expect(theirs?.value).toMatch(/^s%3A/);
  for (const name of ["signed", "encode"]) {
    expect(() => createSessions({ cookie: { [name]: true } })).toThrow(`there is no option "${name}"`);
  }
});
