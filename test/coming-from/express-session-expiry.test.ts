import type { Request } from "express";
import { expect, test } from "vitest";
import { after, before } from "./express.ts";

const signIn = (request: Request): string => (request.session.user = "ann");
const minute = 60_000;

test("req.session.touch()", async () => {
  const old = await before(
    { cookie: { maxAge: minute } },
    {
      "/": (request) => {
        request.session.cookie.maxAge = 1000;
        request.session.cookie.originalMaxAge = minute;
        request.session.touch();
        return request.session.cookie.maxAge;
      },
    },
  );
  expect(Number((await old.get()).body)).toBeGreaterThan(1000);

  const now = await after(
    { idleTimeout: 60 },
    { "/": (session) => session.get("user"), "/in": (session) => void session.set("user", "ann") },
  );
  await now.get("/in");
  for (let i = 0; i < 10; i += 1) {
    now.clock.advance({ seconds: 59 });
    expect((await now.get()).body).toBe("ann");
  }
});

test("req.session.resetMaxAge()", async () => {
  const old = await before(
    { cookie: { maxAge: 60 * minute } },
    {
      "/in": (request) => {
        request.session.user = "ann";
        request.session.cookie.maxAge = minute;
      },
      "/": (request) => {
        request.session.resetMaxAge();
        return request.session.cookie.maxAge;
      },
    },
  );
  await old.get("/in");
  const left = Number((await old.get()).body);
  expect(left).toBeGreaterThan(minute - 10_000);
  // What it goes back to is its own length, and not the default of the settings.
  expect(left).toBeLessThanOrEqual(minute);

  const now = await after(
    { idleTimeout: 3600 },
    {
      "/in": (session) => {
        session.set("user", "ann");
        session.setExpiry(60);
      },
      "/": (session) => [session.get("user"), session.getExpiryAge()],
    },
  );
  await now.get("/in");
  for (let i = 0; i < 3; i += 1) {
    now.clock.advance({ seconds: 59 });
    const page = await now.get();
    expect([page.body, page.cookie?.maxAge]).toEqual(['["ann",60]', 60]);
  }
});

test("req.session.cookie", async () => {
  const old = await before({}, { "/": (request) => Object.keys(request.session) });
  expect((await old.get()).body).toBe('["cookie"]');
  const now = await after({}, { "/": (session) => [Object.keys(session.data), "cookie" in session] });
  expect((await now.get()).body).toBe("[[],false]");
});

test("req.session.cookie.maxAge", async () => {
  const old = await before({ cookie: { maxAge: minute } }, { "/": (request) => request.session.cookie.maxAge });
  const left = Number((await old.get()).body);
  expect(left).toBeGreaterThan(minute - 10_000);
  expect(left).toBeLessThanOrEqual(minute);
  const now = await after({ idleTimeout: 60 }, { "/": (session) => session.getExpiryAge() });
  expect((await now.get()).body).toBe("60");
});

test("req.session.cookie.maxAge = 3_600_000", async () => {
  const old = await before(
    {},
    {
      "/": (request) => {
        signIn(request);
        request.session.cookie.maxAge = 3_600_000;
      },
    },
  );
  const { cookie } = await old.get();
  expect(Number(cookie?.expires) - Date.now()).toBeGreaterThan(3_500_000);

  const now = await after(
    {},
    {
      "/in"(session) {
        session.set("user", "ann");
        session.setExpiry(3600);
      },
      "/": (session) => session.get("user"),
    },
  );
  expect((await now.get("/in")).cookie?.maxAge).toBe(3600);
  now.clock.advance({ seconds: 3599 });
  expect((await now.get()).body).toBe("ann");
  now.clock.advance({ seconds: 3600 });
  expect((await now.get()).body).toBe("null");
});

test("req.session.cookie.expires = date", async () => {
  const old = await before(
    {},
    {
      "/": (request) => {
        signIn(request);
        request.session.cookie.expires = new Date(Date.now() + minute);
      },
    },
  );
  expect((await old.get()).cookie?.expires).toBeInstanceOf(Date);

  const now = await after(
    {},
    {
      "/in"(session, { sessions }) {
        const date = new Date(sessions.options.clock() + minute);
        session.set("user", "ann");
        session.setExpiry(date);
      },
      "/": (session) => session.get("user"),
    },
  );
  expect((await now.get("/in")).cookie?.maxAge).toBe(60);
  now.clock.advance({ seconds: 59 });
  expect((await now.get()).body).toBe("ann");
  now.clock.advance({ seconds: 1 });
  expect((await now.get()).body).toBe("null");
});

test("req.session.cookie.expires = false", async () => {
  const old = await before(
    { cookie: { maxAge: minute } },
    {
      "/": (request) => {
        signIn(request);
        Object.assign(request.session.cookie, { expires: false });
      },
    },
  );
  expect((await old.get()).cookie?.expires).toBeUndefined();

  const now = await after(
    {},
    {
      "/"(session) {
        session.set("user", "ann");
        session.setExpiry(0);
      },
    },
  );
  const { cookie } = await now.get();
  expect(cookie?.name).toBe("__Host-session");
  expect(cookie?.maxAge ?? cookie?.expires).toBeUndefined();
});

test("req.session.cookie.originalMaxAge", async () => {
  const old = await before({ cookie: { maxAge: minute } }, { "/": (request) => request.session.cookie.originalMaxAge });
  expect((await old.get()).body).toBe("60000");
  const now = await after({ idleTimeout: 60 }, { "/": (_session, { sessions }) => sessions.options.idleTimeout });
  expect((await now.get()).body).toBe("60");
});
