import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { getIronSession, nodeCookies, sealData, unsealData } from "iron-session";
import { expect, test } from "vitest";
import { signedCookies } from "../../src/engines/signed-cookies.ts";
import { coatcheck as onNext } from "../../src/http/adapters/next.ts";
import { coatcheck } from "../../src/http/adapters/node.ts";
import { createSessions, NotMounted } from "../../src/index.ts";
import { after, before, type Iron, options, secret } from "./node.ts";
import { type Data, type DataSession, open } from "./settings.ts";
import { serve, Site } from "./site.ts";

const theirs = {
  async "/in"(session: Iron) {
    session.user = "ann";
    await session.save();
  },
  "/": (session: Iron) => session.user ?? "nobody",
};
const ours = {
  "/in": (session: DataSession) => void session.set("user", "ann"),
  "/": (session: DataSession) => session.get("user", "nobody"),
};

test("await getIronSession(req, res, options)", async () => {
  const old = await before(
    {},
    {
      ...theirs,
      async "/twice"(first, { req, res }) {
        const second = await getIronSession<Data>(req, res, options);
        first.user = "ann";
        return second.user ?? "nobody";
      },
    },
  );
  await old.get("/in");
  expect((await old.get()).body).toBe("ann");
  expect(await (await fetch(`${old.url}/twice`)).text()).toBe("nobody");

  const sessions = createSessions<Data>({ engine: signedCookies({ encrypt: true }), secrets: [secret] });
  const listener = coatcheck(sessions, async (req, res) => {
    const session = await sessions.get(req);
    session.set("user", "ann");
    res.end((await sessions.get(req)).get("user"));
  });
  const now = new Site(await serve(listener));
  expect(await now.get()).toMatchObject({ body: "ann", cookie: { name: "__Host-session" } });
});

test("await getIronSession(cookieStore, options)", async () => {
  const jar = new Map<string, string>();
  // Of Next's `cookies()`, both ways to set one.
  const cookieStore = {
    get: (name: string) => (jar.has(name) ? { name, value: jar.get(name) ?? "" } : undefined),
    set: (cookie: string | { name: string; value: string }, value = "") =>
      typeof cookie === "string" ? jar.set(cookie, value) : jar.set(cookie.name, cookie.value),
    delete: (name: string) => jar.delete(name),
  };
  const old = await getIronSession<Data>(cookieStore, options);
  old.user = "ann";
  await old.save();
  expect((await getIronSession<Data>(cookieStore, options)).user).toBe("ann");

  const { sessions } = open({});
  const { readSession, action } = onNext(sessions, { cookies: async () => cookieStore, refresh: () => undefined });
  await action((session) => void session.set("user", "ann"))();
  const session = await readSession();
  expect([session.get("user"), jar.has("__Host-session")]).toEqual(["ann", true]);
  await expect(open({}).sessions.get(cookieStore)).rejects.toThrow(NotMounted);
});

test("session.user", async () => {
  const old = await before({}, { ...theirs, "/": (session) => session.user });
  await old.get("/in");
  expect((await old.get()).body).toBe("ann");
  const now = await after({}, { ...ours, "/": (session) => [session.get("user"), session.data.user] });
  await now.get("/in");
  expect((await now.get()).body).toBe('["ann","ann"]');
});

test('session.user = "ann"', async () => {
  const old = await before({}, theirs);
  await old.get("/in");
  expect((await old.get()).body).toBe("ann");
  const named = await before({}, { "/": (session) => (session.user = "ann") });
  expect((await named.get()).cookie).toBeUndefined();
  const now = await after(
    {},
    { ...ours, "/in": (session) => session.set("user", "ann").data, "/data": (session) => (session.data.user = "bob") },
  );
  await now.get("/in");
  expect((await now.get()).body).toBe("ann");
  await now.get("/data");
  expect((await now.get()).body).toBe("bob");
});

test("await session.save()", async () => {
  const old = await before({}, theirs);
  expect((await old.get("/in")).cookie?.name).toBe("iron");
  const now = await after(
    {},
    {
      ...ours,
      async "/save"(session) {
        session.set("user", "ann");
        await session.save();
        return session.modified;
      },
    },
  );
  expect(await now.get("/save")).toMatchObject({ body: "false", cookie: { name: "__Host-session" } });
  expect((await now.get()).body).toBe("ann");
  expect((await (await after({}, ours)).get("/in")).cookie?.name).toBe("__Host-session");
});

test("session.destroy()", async () => {
  const old = await before(
    {},
    {
      ...theirs,
      "/out": (session) => session.destroy(),
      async "/again"(session) {
        session.destroy();
        session.user = "bob";
        await session.save();
      },
    },
  );
  await old.get("/in");
  expect((await old.get("/out")).cookie).toMatchObject({ value: "", maxAge: 0 });
  expect((await fetch(`${old.url}/again`)).status).toBe(500);

  const now = await after(
    {},
    {
      ...ours,
      async "/out"(session) {
        await session.flush();
      },
      async "/again"(session) {
        await session.flush();
        session.set("user", "bob");
      },
    },
  );
  await now.get("/in");
  expect((await now.get("/out")).cookie).toMatchObject({ value: "", maxAge: 0 });
  expect((await now.get()).body).toBe("nobody");
  await now.get("/again");
  expect((await now.get()).body).toBe("bob");
});

test("session.updateConfig(options)", async () => {
  const old = await before(
    {},
    {
      async "/"(session) {
        session.updateConfig({ ...options, ttl: 60 });
        await session.save();
      },
    },
  );
  expect((await old.get()).cookie?.maxAge).toBe(60);
  const now = await after(
    {},
    {
      "/"(session) {
        session.set("user", "ann");
        session.setExpiry(60);
      },
    },
  );
  expect((await now.get()).cookie?.maxAge).toBe(60);
});

test("await sealData(data, { password })", async () => {
  const password = secret;
  const data = { user: "ann" };
  const seal = await sealData(data, { password });
  expect(await unsealData(seal, { password })).toEqual(data);

  const { sessions } = open({ engine: signedCookies({ encrypt: true }), secrets: [secret], namespace: "links" });
  const session = await sessions.open();
  session.update(data);
  session.setExpiry(900);
  await session.save();
  const token = sessions.token(session);
  expect((await sessions.open(token)).data).toEqual(data);
  const app = await after({}, ours);
  expect(await (await fetch(app.url, { headers: { cookie: `__Host-session=${token}` } })).text()).toBe("nobody");
});

test("await unsealData(seal, { password })", async () => {
  const password = secret;
  const seal = await sealData({ user: "ann" }, { password, ttl: 60 });
  expect(await unsealData(seal, { password })).toEqual({ user: "ann" });
  expect(await unsealData("nonsense", { password })).toEqual({});

  const { sessions, clock } = open({ engine: signedCookies({ encrypt: true }), secrets: [secret], idleTimeout: 60 });
  const begun = await sessions.open();
  await begun.set("user", "ann").save();
  const token = sessions.token(begun);
  const session = await sessions.open(token);
  expect(session.data).toEqual({ user: "ann" });
  expect((await sessions.open("nonsense")).isNew).toBe(true);
  clock.advance({ seconds: 60 });
  expect((await sessions.open(token)).isNew).toBe(true);
});

test("nodeCookies(req, res)", async () => {
  const old = new Site(
    await serve(async (req, res) => {
      const session = await getIronSession<Data>(nodeCookies(req, res), options);
      session.user = "ann";
      res.write("begun ");
      await session.save().catch(() => res.write("too late"));
      res.end();
    }),
  );
  expect(await old.get()).toMatchObject({ body: "begun too late", cookie: undefined });

  const { sessions } = open({});
  const listener = async (req: IncomingMessage, res: ServerResponse): Promise<void> => {
    const session = await sessions.get(req);
    session.set("user", "ann");
    res.write("begun");
    res.end();
  };
  const server = createServer(coatcheck(sessions, listener)).listen(0, "127.0.0.1");
  await once(server, "listening");
  const now = new Site(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
  expect(await now.get()).toMatchObject({ body: "begun", cookie: { name: "__Host-session" } });
  server.close();
  server.closeAllConnections();
});
