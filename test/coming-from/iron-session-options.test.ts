import type { SetCookie } from "cookie";
import type { SessionOptions } from "iron-session";
import { expect, test } from "vitest";
import { memory } from "../../src/engines/memory.ts";
import { type CookieOptions, createSessions, type SessionsOptions } from "../../src/index.ts";
import { after, before, type Iron, secret } from "./node.ts";
import type { DataSession, Settings } from "./settings.ts";

const count = async (session: Iron): Promise<number> => {
  session.views = (session.views ?? 0) + 1;
  await session.save();
  return session.views;
};
const ourCount = (session: DataSession): number => session.update("views", (n = 0) => n + 1);

async function theirCookie(cookieOptions: SessionOptions["cookieOptions"] & object): Promise<SetCookie | undefined> {
  return (await (await before({ cookieOptions }, { "/": count })).get()).cookie;
}

async function ourCookie(settings: Settings): Promise<SetCookie | undefined> {
  return (await (await after(settings, { "/": ourCount })).get()).cookie;
}

test("password: secret", async () => {
  const old = await before({ password: secret }, { "/": count });
  await old.get();
  expect((await old.get()).body).toBe("2");
  expect((await (await before({ password: "too short" }, { "/": count })).get()).status).toBe(500);
  const now = await after({ secrets: [secret] }, { "/": ourCount });
  await now.get();
  expect((await now.get()).body).toBe("2");
  expect(now.cookies).not.toContain("views");
  expect(() => createSessions({ secrets: ["too short"] })).toThrow("at least 32 characters");
});

test("password: { 2: newest, 1: older }", async () => {
  const [newest, older] = ["n".repeat(32), "o".repeat(32)];
  const old = await before({ password: older }, { "/": count });
  await old.get();
  const then = await before({ password: { 2: newest, 1: older } }, { "/": count });
  expect((await then.continue(old).get()).body).toBe("2");

  const now = await after({ secrets: [older] }, { "/": ourCount });
  await now.get();
  const later = (await after({ secrets: [newest, older] }, { "/": ourCount })).continue(now);
  expect((await later.get()).body).toBe("2");
  const renewed = (await after({ secrets: [newest] }, { "/": ourCount })).continue(later);
  expect((await renewed.get()).body).toBe("3");
  const never = (await after({ secrets: [newest] }, { "/": ourCount })).continue(now);
  expect((await never.get()).body).toBe("1");
});

test('cookieName: "sid"', async () => {
  const old = await before({ cookieName: "sid" }, { "/": count });
  expect((await old.get()).cookie?.name).toBe("sid");
  expect((await ourCookie({}))?.name).toBe("__Host-session");
  expect((await ourCookie({ cookie: { name: "sid" } }))?.name).toBe("sid");
});

test("ttl: 3600", async () => {
  const old = await before({ ttl: 3600 }, { "/in": count, "/": (session) => session.views });
  expect((await old.get("/in")).cookie?.maxAge).toBe(3540);
  expect((await old.get()).cookie).toBeUndefined();
  expect((await (await before({}, { "/": count })).get()).cookie?.maxAge).toBe(1_209_540);
  expect((await ourCookie({}))?.maxAge).toBe(1_209_600);
  const now = await after({ idleTimeout: 3600 }, { "/in": ourCount, "/": (session) => session.get("views") });
  expect((await now.get("/in")).cookie?.maxAge).toBe(3600);
  now.clock.advance({ seconds: 3599 });
  expect((await now.get()).cookie?.maxAge).toBe(3600);
  now.clock.advance({ seconds: 3599 });
  expect((await now.get()).body).toBe("1");
  now.clock.advance({ seconds: 3600 });
  expect((await now.get()).body).toBe("null");
});

test("ttl: 0", async () => {
  const old = await before({ ttl: 0 }, { "/": count });
  expect((await old.get()).cookie?.maxAge).toBe(2_147_483_647);
  expect(() => createSessions({ idleTimeout: 0 })).toThrow("expected a positive number of seconds");
  expect(() => createSessions({ idleTimeout: Infinity })).toThrow("expected a positive number of seconds");
});

test("chunk: true", async () => {
  const long = Array.from({ length: 3000 }, (_, i) => i).join("");
  const fill = async (session: Iron): Promise<void> => {
    session.user = long;
    await session.save();
  };
  expect((await (await before({}, { "/": fill })).get()).status).toBe(500);
  const old = await before({ chunk: true }, { "/": fill });
  expect((await fetch(old.url)).headers.getSetCookie().length).toBeGreaterThan(1);

  const routes = {
    "/": (session: DataSession) => void session.set("user", long),
    "/who": ({ data }: DataSession) => data.user,
  };
  expect((await (await after({}, routes)).get()).status).toBe(500);
  const stored = await after({ engine: memory() }, routes);
  await stored.get();
  expect((await stored.get("/who")).body).toBe(long);
});

test("onUnsealError", async () => {
  const reasons: string[] = [];
  const old = await before({ onUnsealError: (reason) => reasons.push(reason) }, { "/": count });
  expect(await (await fetch(old.url, { headers: { cookie: "iron=nonsense" } })).text()).toBe("1");
  expect(reasons).toEqual(["invalid"]);
  const now = await after({}, { "/": ourCount });
  expect(await (await fetch(now.url, { headers: { cookie: "__Host-session=nonsense" } })).text()).toBe("1");
  const onUnsealError = (): void => {};
  expect(() => createSessions({ onUnsealError } as SessionsOptions)).toThrow('there is no option "onUnsealError"');
});

test("cookieOptions.maxAge: undefined", async () => {
  const theirs = await theirCookie({ maxAge: undefined });
  expect(theirs?.maxAge ?? theirs?.expires).toBeUndefined();
  // The fifth part of a seal, after its mark, is when it ends.
  const endOf = (cookie: SetCookie | undefined): string | undefined =>
    decodeURIComponent(cookie?.value ?? "").split("*")[5];
  expect(endOf(theirs)).toBe("");
  expect(Number(endOf(await theirCookie({})))).toBeGreaterThan(Date.now());
  const now = await after({ expireAtBrowserClose: true }, { "/": ourCount });
  expect((await now.get()).cookie?.maxAge).toBeUndefined();
  now.clock.advance({ days: 14 });
  expect((await now.get()).body).toBe("1");
});

test("cookieOptions.expires", async () => {
  const expires = new Date(Date.now() + 60_000);
  expect((await theirCookie({ expires }))?.expires).toBeInstanceOf(Date);
  const now = await after({ absoluteTimeout: 28_800 }, { "/": ourCount });
  expect((await now.get()).cookie?.maxAge).toBe(28_800);
  now.clock.advance({ hours: 7 });
  expect((await now.get()).body).toBe("2");
  now.clock.advance({ hours: 1 });
  expect((await now.get()).body).toBe("1");
});

test("cookieOptions.secure: false", async () => {
  expect((await theirCookie({}))?.secure).toBe(true);
  expect((await theirCookie({ secure: false }))?.secure).toBeUndefined();
  expect((await ourCookie({}))?.secure).toBe(true);
  expect((await ourCookie({ cookie: { secure: "auto" } }))?.secure).toBeUndefined();
  expect((await ourCookie({ cookie: { secure: false } }))?.secure).toBeUndefined();
});

test("cookieOptions.httpOnly: false", async () => {
  expect((await theirCookie({}))?.httpOnly).toBe(true);
  expect((await theirCookie({ httpOnly: false }))?.httpOnly).toBeUndefined();
  expect((await ourCookie({ cookie: { httpOnly: false } }))?.httpOnly).toBeUndefined();
});

test('cookieOptions.sameSite: "strict"', async () => {
  expect((await theirCookie({}))?.sameSite).toBe("lax");
  expect((await theirCookie({ sameSite: "strict" }))?.sameSite).toBe("strict");
  expect((await ourCookie({}))?.sameSite).toBe("lax");
  expect((await ourCookie({ cookie: { sameSite: "strict" } }))?.sameSite).toBe("strict");
});

test('cookieOptions.domain: "shop.example"', async () => {
  expect((await theirCookie({ domain: "shop.example" }))?.domain).toBe("shop.example");
  const ours = await ourCookie({ cookie: { domain: "shop.example" } });
  expect(ours).toMatchObject({ name: "session", domain: "shop.example" });
});

test('cookieOptions.path: "/shop"', async () => {
  expect((await theirCookie({ path: "/shop" }))?.path).toBe("/shop");
  expect((await ourCookie({ cookie: { path: "/shop" } }))?.path).toBe("/shop");
});

test("cookieOptions.partitioned: true", async () => {
  expect((await theirCookie({ partitioned: true }))?.partitioned).toBe(true);
  expect((await ourCookie({ cookie: { partitioned: true } }))?.partitioned).toBe(true);
});

test('cookieOptions.priority: "high"', async () => {
  expect((await theirCookie({ priority: "high" }))?.priority).toBe("high");
  const cookie = { priority: "high" } as CookieOptions;
  expect(() => createSessions({ cookie })).toThrow('there is no option "priority"');
});
