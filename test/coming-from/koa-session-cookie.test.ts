import type { SetCookie } from "cookie";
import { expect, test } from "vitest";
import { memory } from "../../src/engines/memory.ts";
import { coatcheck } from "../../src/http/adapters/koa.ts";
import { createSessions, type SessionsOptions } from "../../src/index.ts";
import { after, before, quiet, type TheirContext } from "./koa.ts";
import { type DataSession, open, type Settings } from "./settings.ts";
import { serve, Site } from "./site.ts";

const https = { "x-forwarded-proto": "https" };
const count = ({ session }: TheirContext): number => (session.views = (session.views ?? 0) + 1);
const ourCount = (session: DataSession): number => session.update("views", (n = 0) => n + 1);

/** koa-session sends its signature in a second cookie, unless it is told not to. */
async function theirCookie(options: Record<string, unknown>): Promise<SetCookie | undefined> {
  return (await (await before({ signed: false, ...options }, { "/": count })).get()).cookie;
}

async function ourCookie(settings: Settings): Promise<SetCookie | undefined> {
  return (await (await after(settings, { "/": ourCount })).get()).cookie;
}

test("overwrite: false", async () => {
  const twice = async (ctx: TheirContext): Promise<void> => {
    for (const user of ["ann", "bob"]) {
      ctx.session.user = user;
      await ctx.session.save();
    }
  };
  const old = await before({ overwrite: false, signed: false }, { "/": twice });
  expect((await fetch(old.url)).headers.getSetCookie().length).toBeGreaterThan(1);
  const now = await after(
    {},
    {
      async "/"(session) {
        for (const user of ["ann", "bob"]) await session.set("user", user).save();
      },
    },
  );
  expect((await fetch(now.url)).headers.getSetCookie()).toHaveLength(1);
  expect(() => createSessions({ overwrite: false } as SessionsOptions)).toThrow('there is no option "overwrite"');
});

test("httpOnly: false", async () => {
  expect((await theirCookie({}))?.httpOnly).toBe(true);
  expect((await theirCookie({ httpOnly: false }))?.httpOnly).toBeUndefined();
  expect((await ourCookie({}))?.httpOnly).toBe(true);
  expect((await ourCookie({ cookie: { httpOnly: false } }))?.httpOnly).toBeUndefined();
});

test("secure: true", async () => {
  const old = await before({ secure: true }, { "/": count });
  expect((await old.get()).status).toBe(500);
  const now = await after({}, { "/": ourCount });
  expect(await now.get()).toMatchObject({ status: 200, cookie: { secure: true } });
});

test("no secure", async () => {
  const behind = quiet();
  behind.proxy = true;
  const old = await before({ signed: false }, { "/": count }, behind);
  expect((await old.get("/", https)).cookie?.secure).toBe(true);
  expect((await theirCookie({}))?.secure).toBeUndefined();
  const proxied = quiet();
  proxied.proxy = true;
  const now = await after({ cookie: { secure: "auto" } }, { "/": ourCount }, proxied);
  expect((await now.get("/", https)).cookie?.secure).toBe(true);
  expect((await ourCookie({ cookie: { secure: "auto" } }))?.secure).toBeUndefined();
});

test('sameSite: "strict"', async () => {
  expect((await theirCookie({}))?.sameSite).toBeUndefined();
  expect((await theirCookie({ sameSite: "strict" }))?.sameSite).toBe("strict");
  expect((await ourCookie({}))?.sameSite).toBe("lax");
  expect((await ourCookie({ cookie: { sameSite: "strict" } }))?.sameSite).toBe("strict");
});

test('domain: "shop.example"', async () => {
  expect((await theirCookie({ domain: "shop.example" }))?.domain).toBe("shop.example");
  const ours = await ourCookie({ cookie: { domain: "shop.example" } });
  expect(ours).toMatchObject({ name: "session", domain: "shop.example" });
});

test('path: "/shop"', async () => {
  expect((await theirCookie({ path: "/shop" }))?.path).toBe("/shop");
  expect((await ourCookie({ cookie: { path: "/shop" } }))?.path).toBe("/shop");
});

test("externalKey", async () => {
  const old = await before(
    { externalKey: { get: (ctx: TheirContext) => ctx.get("x-key"), set: () => undefined } },
    { "/": count, "/key": ({ session }) => session.externalKey },
  );
  await old.get("/", { "x-key": "first" });
  const [key = ""] = old.store.kept.keys();
  expect((await old.get("/", { "x-key": key })).body).toBe("2");

  const now = await after(
    {},
    {
      async "/"(_, { ctx, sessions }) {
        const token = ctx.get("x-token") || undefined;
        const session = await sessions.open(token);
        const views = session.update("views", (n = 0) => n + 1);
        await session.save();
        return [views, sessions.token(session)];
      },
    },
  );
  const [, token] = JSON.parse((await now.get()).body) as [number, string];
  const again = await now.get("/", { "x-token": token });
  expect(JSON.parse(again.body)).toEqual([2, token]);
  expect(again.cookie).toBeUndefined();
});

test("genid", async () => {
  const old = await before({ genid: () => "of my own" }, { "/": ({ session }) => session.externalKey });
  expect((await old.get()).body).toBe("of my own");
  const now = await after({}, { "/in": ourCount, "/": (session) => session.id });
  await now.get("/in");
  expect((await now.get()).body).toMatch(/^[0-9a-f]{32}$/);
});

test('prefix: "shop:"', async () => {
  const old = await before({ prefix: "shop:" }, { "/": ({ session }) => session.externalKey });
  expect((await old.get()).body).toMatch(/^shop:/);
  const engine = memory();
  const now = await after({ engine, namespace: "shop" }, { "/": ourCount });
  await now.get();
  expect((await now.get()).body).toBe("2");
  const other = await after({ engine, namespace: "admin" }, { "/": ourCount });
  expect((await other.continue(now).get()).body).toBe("1");
});

test("encode, decode", async () => {
  const old = await before(
    { store: undefined, signed: false, encode: () => "mine", decode: () => ({ views: 41 }) },
    { "/": count },
  );
  expect((await old.get()).cookie?.value).toBe("mine");
  expect((await old.get()).body).toBe("42");

  const stringify = (value: unknown): string => `mine${JSON.stringify(value)}`;
  const parse = (text: string): unknown => JSON.parse(text.slice("mine".length));
  const engine = memory();
  const now = await after({ engine, codec: { name: "mine", stringify, parse } }, { "/": ourCount });
  await now.get();
  expect((await now.get()).body).toBe("2");
  const { records } = await engine.list(undefined, 1);
  expect((await engine.read(records[0]?.id ?? "", now.clock()))?.payload).toMatch(/^mine/);
});

test("valid", async () => {
  const old = await before(
    { valid: (_: unknown, value: { views: number }) => value.views < 2, signed: false },
    { "/": count },
  );
  for (const views of ["1", "2", "1"]) expect((await old.get()).body).toBe(views);

  const { sessions } = open({});
  const app = quiet().use(coatcheck(sessions));
  app.use(async (ctx, next) => {
    const session = await sessions.get(ctx);
    if (session.get("views", 0) >= 2) await session.flush();
    await next();
  });
  app.use(async (ctx) => {
    ctx.body = String(ourCount(await sessions.get(ctx)));
  });
  const now = new Site(await serve(app.callback()));
  for (const views of ["1", "2", "1"]) expect((await now.get()).body).toBe(views);
});

test("beforeSave", async () => {
  const dark = (_: unknown, session: TheirContext["session"]): void => {
    session.theme = "dark";
  };
  const old = await before({ beforeSave: dark, signed: false }, { "/in": count, "/": ({ session }) => session.theme });
  await old.get("/in");
  expect((await old.get()).body).toBe("dark");

  const { sessions } = open({});
  const app = quiet().use(coatcheck(sessions));
  app.use(async (ctx, next) => {
    await next();
    const session = await sessions.get(ctx);
    if (session.modified) session.set("theme", "dark");
  });
  app.use(async (ctx) => {
    const session = await sessions.get(ctx);
    if (ctx.path === "/in") ourCount(session);
    ctx.body = session.get("theme", "light");
  });
  const now = new Site(await serve(app.callback()));
  await now.get("/in");
  expect((await now.get()).body).toBe("dark");
});
