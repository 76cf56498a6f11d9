import fastifySession from "@fastify/session";
import fastify, { type FastifyRequest } from "fastify";
import { expect, test } from "vitest";
import { memory } from "../../src/engines/memory.ts";
import { after, before } from "./fastify.ts";
import type { DataSession } from "./settings.ts";

const theirs = {
  "/in": (request: FastifyRequest) => (request.session.user = "ann"),
  "/": (request: FastifyRequest) => request.session.user ?? "nobody",
  "/id": (request: FastifyRequest) => request.session.sessionId,
};
const ours = {
  "/in": (session: DataSession) => void session.set("user", "ann"),
  "/": (session: DataSession) => session.get("user", "nobody"),
  "/id": (session: DataSession) => session.id,
};

test("request.session", async () => {
  const old = await before({}, theirs);
  await old.get("/in");
  expect((await old.get()).body).toBe("ann");
  const now = await after(
    {},
    { ...ours, "/same": async (session, { request, sessions }) => (await sessions.get(request)) === session },
  );
  await now.get("/in");
  now.operations.length = 0;
  expect((await now.get("/same")).body).toBe("true");
  await now.get("/unused");
  expect(now.operations).toEqual(["read"]);
});

test('request.session.user = "ann"', async () => {
  const old = await before({}, { ...theirs, "/in": (request) => (request.session.user = "ann") });
  await old.get("/in");
  expect((await old.get()).body).toBe("ann");
  const now = await after({}, { ...ours, "/in": (session) => session.set("user", "ann").data });
  await now.get("/in");
  expect((await now.get()).body).toBe("ann");
  const plain = await after({}, { ...ours, "/in": (session) => (session.data.user = "ann") });
  await plain.get("/in");
  expect((await plain.get()).body).toBe("ann");
});

test('request.session.set("user", "ann")', async () => {
  const old = await before({}, { ...theirs, "/in": (request) => request.session.set("user", "ann") });
  await old.get("/in");
  expect((await old.get()).body).toBe("ann");
  const now = await after({}, { ...ours, "/in": (session) => session.set("user", "ann").data });
  await now.get("/in");
  expect((await now.get()).body).toBe("ann");
});

test('request.session.get("user")', async () => {
  const old = await before({}, { ...theirs, "/": (request) => request.session.get("user") });
  await old.get("/in");
  expect((await old.get()).body).toBe("ann");
  const now = await after({}, { ...ours, "/": (session) => session.get("user") });
  await now.get("/in");
  expect((await now.get()).body).toBe("ann");
});

test("request.session.regenerate()", async () => {
  const old = await before({}, { ...theirs, "/renew": (request) => request.session.regenerate() });
  await old.get("/in");
  await old.get("/renew");
  expect((await old.get()).body).toBe("nobody");

  const now = await after({}, { ...ours, "/renew": (session) => session.cycleKey() });
  await now.get("/in");
  const stolen = now.cookies;
  now.operations.length = 0;
  await now.get("/renew");
  expect(now.operations).toEqual(["read", "update"]);
  expect((await now.get()).body).toBe("ann");
  expect(await (await fetch(now.url, { headers: { cookie: stolen } })).text()).toBe("nobody");
});

test('request.session.regenerate(["user"])', async () => {
  const dark = (request: FastifyRequest): string => (request.session.theme = "dark");
  const theme = (request: FastifyRequest): string => request.session.theme ?? "light";
  const old = await before(
    {},
    { ...theirs, "/dark": dark, "/theme": theme, "/renew": (request) => request.session.regenerate(["user"]) },
  );
  await old.get("/in");
  await old.get("/dark");
  await old.get("/renew");
  expect([(await old.get()).body, (await old.get("/theme")).body]).toEqual(["ann", "light"]);
  const now = await after(
    {},
    {
      ...ours,
      "/dark": (session) => void session.set("theme", "dark"),
      "/theme": (session) => session.get("theme", "light"),
      "/renew"(session) {
        session.delete("theme");
        session.cycleKey();
      },
    },
  );
  await now.get("/in");
  await now.get("/dark");
  await now.get("/renew");
  expect([(await now.get()).body, (await now.get("/theme")).body]).toEqual(["ann", "light"]);
});

test("request.session.destroy()", async () => {
  const old = await before(
    {},
    {
      ...theirs,
      async "/out"(request) {
        await request.session.destroy();
        return request.session;
      },
    },
  );
  await old.get("/in");
  expect(await old.get("/out")).toMatchObject({ body: "null", cookie: undefined });
  const now = await after(
    {},
    {
      ...ours,
      async "/out"(session) {
        await session.flush();
        return session.data;
      },
    },
  );
  await now.get("/in");
  const out = await now.get("/out");
  expect(out.body).toBe("{}");
  expect(out.cookie).toMatchObject({ name: "__Host-session", value: "", maxAge: 0 });
});

test("request.session.reload()", async () => {
  const old = await before(
    {},
    {
      ...theirs,
      async "/again"(request) {
        request.session.user = "bob";
        await request.session.reload();
        return request.session.user;
      },
    },
  );
  await old.get("/in");
  expect((await old.get("/again")).body).toBe("ann");
  const now = await after(
    {},
    {
      ...ours,
      async "/again"(session) {
        session.set("user", "bob");
        await session.reload();
        return session.get("user");
      },
    },
  );
  await now.get("/in");
  expect((await now.get("/again")).body).toBe("ann");
});

test("request.session.save()", async () => {
  const old = await before(
    {},
    {
      async "/"(request) {
        request.session.user = "ann";
        await request.session.save();
        return request.session.isSaved();
      },
    },
  );
  expect((await old.get()).body).toBe("true");
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
  expect((await now.get("/save")).body).toBe("false");
  expect(now.operations).toEqual(["create"]);
  const without = await after({}, ours);
  await without.get("/in");
  expect(without.operations).toEqual(["create"]);
});

test("new MemoryStore()", async () => {
  const old = await before({ store: new fastifySession.MemoryStore() }, theirs);
  await old.get("/in");
  expect((await old.get()).body).toBe("ann");
  const now = await after({ engine: memory() }, ours);
  await now.get("/in");
  expect((await now.get()).body).toBe("ann");
});

test("app.decryptSession(sessionId, request, callback)", async () => {
  const app = fastify();
  const old = await before({}, theirs, app);
  await old.get("/in");
  const cookie = app.parseCookie(old.cookies)["sessionId"] ?? "";
  const request: { session?: { user?: string } } = {};
  await new Promise<void>((resolve) => app.decryptSession(cookie, request, () => resolve()));
  expect(request.session?.user).toBe("ann");

  const now = await after({}, ours);
  await now.get("/in");
  const token = now.cookies.replace("__Host-session=", "");
  const { sessions } = now;
  const session = await sessions.open(token);
  expect(session.get("user")).toBe("ann");
  session.set("user", "bob");
  await session.save();
  expect((await now.get()).body).toBe("bob");
});
