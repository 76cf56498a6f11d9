import type { FastifyRequest } from "fastify";
import { expect, test } from "vitest";
import { after, before } from "./fastify.ts";
import type { DataSession } from "./settings.ts";

const signIn = (request: FastifyRequest): string => (request.session.user = "ann");
const ours = {
  "/in": (session: DataSession) => void session.set("user", "ann"),
  "/": (session: DataSession) => session.get("user", "nobody"),
};
const cookie = { secure: false, maxAge: 60_000 };

test("request.session.touch()", async () => {
  const old = await before(
    { cookie },
    {
      "/"(request) {
        request.session.cookie.expires = new Date(Date.now() + 1000);
        request.session.touch();
        return request.session.cookie.maxAge;
      },
    },
  );
  expect(Number((await old.get()).body)).toBeGreaterThan(50_000);
  const now = await after({ idleTimeout: 60 }, ours);
  await now.get("/in");
  for (let i = 0; i < 10; i += 1) {
    now.clock.advance({ seconds: 59 });
    expect((await now.get()).body).toBe("ann");
  }
});

test("request.session.options({ maxAge: 60_000 })", async () => {
  const old = await before(
    {},
    {
      "/"(request) {
        signIn(request);
        request.session.options({ maxAge: 60_000 });
      },
    },
  );
  const left = Number((await old.get()).cookie?.expires) - Date.now();
  expect(left).toBeGreaterThan(50_000);
  expect(left).toBeLessThanOrEqual(60_000);
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

test("request.session.isModified()", async () => {
  const old = await before(
    {},
    { "/": (request) => [request.session.isModified(), signIn(request), request.session.isModified()] },
  );
  expect((await old.get()).body).toBe('[false,"ann",true]');
  const now = await after(
    {},
    {
      "/"(session) {
        const untouched = session.modified;
        session.set("user", "ann");
        return [untouched, session.modified];
      },
    },
  );
  expect((await now.get()).body).toBe("[false,true]");
});

test("request.session.isSaved()", async () => {
  const old = await before({}, { "/in": signIn, "/": (request) => request.session.isSaved() });
  await old.get("/in");
  expect((await old.get()).body).toBe("false");
  const now = await after({}, { ...ours, "/new": (session) => session.isNew });
  expect((await now.get("/new")).body).toBe("true");
  await now.get("/in");
  expect((await now.get("/new")).body).toBe("false");
});

test("request.session.sessionId", async () => {
  const old = await before({}, { "/in": signIn, "/": (request) => request.session.sessionId });
  await old.get("/in");
  expect(decodeURIComponent(old.cookies)).toContain(`sessionId=${(await old.get()).body}.`);
  const now = await after({}, { ...ours, "/id": (session) => session.id, "/renew": (session) => session.cycleKey() });
  expect((await now.get("/id")).body).toBe("null");
  await now.get("/in");
  const { body: id } = await now.get("/id");
  await now.get("/renew");
  expect((await now.get("/id")).body).toBe(id);
  expect(await (await fetch(now.url, { headers: { cookie: `__Host-session=${id}` } })).text()).toBe("nobody");
});

test("request.session.encryptedSessionId", async () => {
  const old = await before({}, { "/in": signIn, "/": (request) => request.session.encryptedSessionId });
  await old.get("/in");
  expect(decodeURIComponent(old.cookies)).toBe(`sessionId=${(await old.get()).body}`);
  const now = await after({}, { ...ours, "/token": (session, { sessions }) => sessions.token(session) });
  await now.get("/in");
  expect(now.cookies).toBe(`__Host-session=${(await now.get("/token")).body}`);
});

test("request.session.cookie.maxAge", async () => {
  const old = await before({ cookie }, { "/": (request) => request.session.cookie.maxAge });
  const left = Number((await old.get()).body);
  expect(left).toBeGreaterThan(50_000);
  expect(left).toBeLessThanOrEqual(60_000);
  const now = await after({ idleTimeout: 60 }, { "/": (session) => session.getExpiryAge() });
  expect((await now.get()).body).toBe("60");
});

test("request.session.cookie.originalMaxAge", async () => {
  const old = await before({ cookie }, { "/": (request) => request.session.cookie.originalMaxAge });
  expect((await old.get()).body).toBe("60000");
  const now = await after({ idleTimeout: 60 }, { "/": (_session, { sessions }) => sessions.options.idleTimeout });
  expect((await now.get()).body).toBe("60");
});

test("request.sessionStore", async () => {
  const old = await before({}, { "/": (request) => typeof request.sessionStore.destroy });
  expect((await old.get()).body).toBe("function");
  const now = await after(
    {},
    {
      ...ours,
      "/end": async ({ id = "" }, { sessions }) => [(await sessions.byId(id))?.id === id, await sessions.revoke(id)],
    },
  );
  await now.get("/in");
  expect((await now.get("/end")).body).toBe("[true,true]");
  expect((await now.get()).body).toBe("nobody");
});
