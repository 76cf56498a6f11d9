import type { SetCookie } from "cookie";
import { expect, test } from "vitest";
import { cache } from "../../src/engines/cache.ts";
import { memory } from "../../src/engines/memory.ts";
import { signedCookies } from "../../src/engines/signed-cookies.ts";
import { createSessions, type SessionsOptions } from "../../src/index.ts";
import { after, before, keys, quiet, type TheirContext } from "./koa.ts";
import type { DataSession, Settings } from "./settings.ts";

const count = ({ session }: TheirContext): number => (session.views = (session.views ?? 0) + 1);
const ourCount = (session: DataSession): number => session.update("views", (n = 0) => n + 1);

/** The cookie of somebody's first change. koa-session sends its signature in a second one, unless it is told not to. */
async function theirCookie(options: Record<string, unknown>): Promise<SetCookie | undefined> {
  return (await (await before({ signed: false, ...options }, { "/": count })).get()).cookie;
}

async function ourCookie(settings: Settings): Promise<SetCookie | undefined> {
  return (await (await after(settings, { "/": ourCount })).get()).cookie;
}

test("no store", async () => {
  const old = await before({ store: undefined, signed: false }, { "/": count });
  const { cookie } = await old.get();
  expect(Buffer.from(cookie?.value ?? "", "base64").toString()).toContain('"views":1');
  expect((await old.get()).body).toBe("2");

  const now = await after({ engine: signedCookies(), secrets: keys }, { "/": ourCount });
  await now.get();
  expect((await now.get()).body).toBe("2");
  now.clock.advance({ days: 15 });
  expect((await now.get()).body).toBe("1");
  const long = await after(
    { engine: signedCookies(), secrets: keys },
    { "/": (session) => void session.set("user", Array.from({ length: 9000 }, (_, i) => i).join("")) },
  );
  expect((await long.get()).status).toBe(500);
  expect(() => createSessions({ engine: signedCookies() })).toThrow("secrets");
});

test("store", async () => {
  const old = await before({ signed: false }, { "/": count });
  await old.get();
  expect((await old.get()).body).toBe("2");
  expect(old.store.calls).toEqual(["set", "get", "set"]);

  const kept = new Map<string, string>();
  const get = async (key: string): Promise<string | undefined> => kept.get(key);
  const set = async (key: string, value: string, _seconds: number): Promise<unknown> => kept.set(key, value);
  const remove = async (key: string): Promise<unknown> => kept.delete(key);
  const now = await after({ engine: cache({ get, set, delete: remove }) }, { "/": ourCount });
  await now.get();
  expect((await now.get()).body).toBe("2");
  expect(kept.size).toBe(1);
});

test("ContextStore", async () => {
  const asked: string[] = [];
  class ContextStore {
    readonly #ctx: TheirContext;
    constructor(ctx: TheirContext) {
      this.#ctx = ctx;
    }
    async get(): Promise<object> {
      return {};
    }
    async set(): Promise<void> {
      asked.push(this.#ctx.path);
    }
    async destroy(): Promise<void> {}
  }
  await (await before({ ContextStore, signed: false, store: undefined }, { "/": count })).get();
  expect(asked).toEqual(["/"]);
  expect(() => createSessions({ ContextStore } as SessionsOptions)).toThrow('there is no option "ContextStore"');
});

test("app.keys = [newest, older]", async () => {
  const [newest, older] = ["n".repeat(32), "o".repeat(32)];
  const signedBy = async (...list: string[]): Promise<string> => {
    const app = quiet();
    app.keys = list;
    return (await before({ store: undefined }, { "/": count }, app)).url;
  };
  const first = await fetch(await signedBy(older));
  const cookie = first.headers
    .getSetCookie()
    .map((line) => line.split(";")[0])
    .join("; ");
  const then = async (url: string): Promise<string> => (await fetch(url, { headers: { cookie } })).text();
  expect(await then(await signedBy(newest, older))).toBe("2");
  expect(await then(await signedBy(newest))).toBe("1");

  const engine = memory();
  const now = await after({ engine, secrets: [older] }, { "/": ourCount });
  await now.get();
  const later = await after({ engine, secrets: [newest, older] }, { "/": ourCount });
  expect((await later.continue(now).get()).body).toBe("2");
  expect((await (await after({ engine, secrets: [newest] }, { "/": ourCount })).continue(now).get()).body).toBe("1");
  expect((await (await after({}, { "/": ourCount })).get()).status).toBe(200);
});

test("signed: false", async () => {
  const old = await before({ store: undefined, signed: false }, { "/": count });
  const made = Buffer.from('{"views":41,"_expire":9999999999999}').toString("base64");
  expect(await (await fetch(old.url, { headers: { cookie: `koa.sess=${made}` } })).text()).toBe("42");
  const now = await after({ engine: signedCookies(), secrets: keys }, { "/": ourCount });
  expect(await (await fetch(now.url, { headers: { cookie: `__Host-session=${made}` } })).text()).toBe("1");
  expect(() => createSessions({ signed: false } as SessionsOptions)).toThrow('there is no option "signed"');
});

test('key: "sid"', async () => {
  expect((await theirCookie({}))?.name).toBe("koa.sess");
  expect((await theirCookie({ key: "sid" }))?.name).toBe("sid");
  expect((await ourCookie({}))?.name).toBe("__Host-session");
  expect((await ourCookie({ cookie: { name: "sid" } }))?.name).toBe("sid");
});

test("maxAge: 3_600_000", async () => {
  expect(Number((await theirCookie({ maxAge: 3_600_000 }))?.expires) - Date.now()).toBeGreaterThan(3_500_000);
  const old = await before({ signed: false }, { "/": count });
  await old.get();
  expect(JSON.parse([...old.store.kept.values()][0] ?? "")).toMatchObject({ _maxAge: 86_400_000 });
  expect((await ourCookie({}))?.maxAge).toBe(1_209_600);
  const now = await after({ idleTimeout: 3600 }, { "/": ourCount });
  expect((await now.get()).cookie?.maxAge).toBe(3600);
  now.clock.advance({ seconds: 3600 });
  expect((await now.get()).body).toBe("1");
});

test('maxAge: "session"', async () => {
  const old = await before({ maxAge: "session", signed: false }, { "/": count });
  expect((await old.get()).cookie?.expires).toBeUndefined();
  expect([...old.store.kept.values()][0]).not.toContain("_expire");
  const now = await after({ expireAtBrowserClose: true }, { "/": ourCount });
  const { cookie } = await now.get();
  expect(cookie?.maxAge ?? cookie?.expires).toBeUndefined();
  now.clock.advance({ days: 14 });
  expect((await now.get()).body).toBe("1");
});

test("rolling: true", async () => {
  const old = await before({ rolling: true, signed: false }, { "/": count });
  await old.get();
  old.store.calls.length = 0;
  expect((await old.get("/unused")).cookie?.name).toBe("koa.sess");
  expect(old.store.calls).toEqual(["get", "set"]);
  const now = await after(
    { renew: "always", idleTimeout: 60 },
    { "/in": ourCount, "/": (session) => session.get("views") },
  );
  await now.get("/in");
  now.clock.advance({ seconds: 1 });
  expect((await now.get("/unused")).cookie).toBeUndefined();
  expect((await now.get()).cookie?.maxAge).toBe(60);
});

test("renew: true", async () => {
  const old = await before({ renew: true, maxAge: 60_000, signed: false }, { "/": count });
  await old.get();
  const [key = "", value = ""] = [...old.store.kept][0] ?? [];
  const leaving = (ms: number): void => {
    old.store.kept.set(key, JSON.stringify({ ...JSON.parse(value), _expire: Date.now() + ms }));
  };
  leaving(40_000);
  expect((await old.get("/unused")).cookie).toBeUndefined();
  leaving(20_000);
  expect((await old.get("/unused")).cookie?.name).toBe("koa.sess");
  for (const settings of [{}, { renew: "throttled" } as const]) {
    const now = await after(
      { idleTimeout: 60, ...settings },
      { "/in": ourCount, "/": (session) => session.get("views") },
    );
    await now.get("/in");
    now.clock.advance({ seconds: 5 });
    expect((await now.get()).cookie).toBeUndefined();
    now.clock.advance({ seconds: 1 });
    expect((await now.get()).cookie?.maxAge).toBe(60);
  }
});

test("autoCommit: false", async () => {
  const old = await before({ autoCommit: false, signed: false }, { "/": count });
  await old.get();
  expect(old.store.calls).toEqual([]);
  const now = await after({}, { "/": ourCount });
  await now.get();
  expect(now.operations).toEqual(["create"]);
  expect(() => createSessions({ autoCommit: false } as SessionsOptions)).toThrow('there is no option "autoCommit"');
});
