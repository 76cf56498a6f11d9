import { expect, test } from "vitest";
import { devalue } from "../../src/codecs/devalue.ts";
import { memory } from "../../src/engines/memory.ts";
import { signedCookies } from "../../src/engines/signed-cookies.ts";
import { after, before, type Iron } from "./node.ts";
import { type DataSession, open } from "./settings.ts";
import { allOf } from "./site.ts";

const theirs = {
  async "/in"(session: Iron) {
    session.user = "ann";
    await session.save();
  },
  "/": (session: Iron) => session.user ?? "nobody",
  "/out": (session: Iron) => session.destroy(),
};
const ours = {
  "/in"(session: DataSession) {
    session.set("user", "ann");
    session.userId = "ann";
  },
  "/": (session: DataSession) => session.get("user", "nobody"),
  "/out": (session: DataSession) => session.flush(),
};

test("a handler that forgets to save", async () => {
  const old = await before({}, { ...theirs, "/in": (session) => (session.user = "ann") });
  await old.get("/in");
  expect((await old.get()).body).toBe("nobody");
  const now = await after({}, ours);
  await now.get("/in");
  expect((await now.get()).body).toBe("ann");
});

test("an answer with status 500 after a save", async () => {
  const old = await before(
    {},
    {
      ...theirs,
      async "/broken"(session, { res }) {
        session.user = "bob";
        await session.save();
        res.statusCode = 500;
      },
    },
  );
  await old.get("/broken");
  expect((await old.get()).body).toBe("bob");
  for (const settings of [{}, { engine: memory() }]) {
    const now = await after(settings, {
      ...ours,
      async "/broken"(session, { res }) {
        session.set("user", "bob");
        await session.save();
        session.set("user", "carol");
        res.statusCode = 500;
      },
    });
    await now.get("/broken");
    expect((await now.get()).body).toBe("bob");
  }
});

test("a request that changes nothing", async () => {
  const old = await before({}, { ...theirs, "/save": (session) => session.save() });
  await old.get("/in");
  expect((await old.get()).cookie).toBeUndefined();
  expect((await old.get("/save")).cookie?.name).toBe("iron");
  const now = await after({}, { ...ours, "/save": (session) => session.save() });
  await now.get("/in");
  for (const path of ["/", "/in", "/save"]) expect((await now.get(path)).cookie).toBeUndefined();
});

test("twenty increments at once", async () => {
  const all = allOf(20);
  const old = await before(
    {},
    {
      ...theirs,
      async "/count"(session) {
        await all();
        session.views = (session.views ?? 0) + 1;
        await session.save();
      },
      "/views": (session) => session.views,
    },
  );
  await old.get("/in");
  await Promise.all(Array.from({ length: 20 }, () => old.get("/count")));
  expect((await old.get("/views")).body).toBe("1");
  for (const [engine, counted] of [[signedCookies({ encrypt: true }), "1"] as const, [memory(), "20"] as const]) {
    const everybody = allOf(20);
    const now = await after(
      { engine },
      {
        ...ours,
        async "/count"(session) {
          session.update("views", (n = 0) => n + 1);
          await everybody();
        },
        "/views": (session) => session.get("views"),
      },
    );
    await now.get("/in");
    await Promise.all(Array.from({ length: 20 }, () => now.get("/count")));
    expect((await now.get("/views")).body).toBe(counted);
  }
});

test("a copy of the cookie, after the logout", async () => {
  const withCopy = async (site: Awaited<ReturnType<typeof before>>, end?: () => void): Promise<string> => {
    await site.get("/in");
    const cookie = site.cookies;
    await site.get("/out");
    end?.();
    return (await fetch(site.url, { headers: { cookie } })).text();
  };
  expect(await withCopy(await before({}, theirs))).toBe("ann");
  expect(await withCopy(await after({}, ours))).toBe("ann");
  expect(await withCopy(await after({ engine: memory() }, ours))).toBe("nobody");
  let current = 1;
  const epoch = (): number => current;
  const revocable = await after({ engine: signedCookies({ encrypt: true, epoch }) }, ours);
  expect(await withCopy(revocable, () => (current = 2))).toBe("nobody");
});

test("a Date in the data", async () => {
  const theme = new Date(0) as unknown as string;
  const old = await before(
    {},
    {
      async "/"(session) {
        session.theme = theme;
        await session.save();
      },
    },
  );
  expect((await old.get()).body).toContain("session.theme");
  const now = await after({}, { "/": (session) => void session.set("theme", theme) });
  expect(await now.get()).toMatchObject({ status: 500, body: expect.stringContaining('"theme"') as string });
  const { sessions } = open({ codec: devalue() });
  const session = await sessions.open();
  await session.set("theme", theme).save();
  expect((await sessions.open(sessions.token(session))).get("theme")).toBeInstanceOf(Date);
});
