import { expect, test } from "vitest";
import { InvalidData } from "../../src/index.ts";
import { after, type Context } from "./express.ts";
import { type Handler, open, type Ours, type Settings } from "./settings.ts";
import type { Site } from "./site.ts";

/** A site whose front page sets an expiry, seen from a visitor who has been there. */
async function setting(handler: Handler<Context>, settings: Settings = {}): Promise<Site & Ours> {
  return after(settings, {
    "/"(session, context) {
      session.set("user", "ann");
      return handler(session, context);
    },
    "/user": (session) => session.get("user", "nobody"),
  });
}

test("s.set_expiry(300)", async () => {
  const site = await setting((session) => session.setExpiry(300));
  expect((await site.get()).cookie?.maxAge).toBe(300);
  for (let i = 0; i < 3; i += 1) {
    site.clock.advance({ seconds: 299 });
    expect((await site.get("/user")).body).toBe("ann");
  }
  site.clock.advance({ seconds: 300 });
  expect((await site.get("/user")).body).toBe("nobody");
});

test("s.set_expiry(0)", async () => {
  const site = await setting((session) => session.setExpiry(0));
  const { cookie } = await site.get();
  expect(cookie?.name).toBe("__Host-session");
  expect(cookie?.maxAge ?? cookie?.expires).toBeUndefined();
  site.clock.advance({ days: 13 });
  expect((await site.get("/user")).body).toBe("ann");
});

test("s.set_expiry(None)", async () => {
  const site = await setting((session) => {
    session.setExpiry(300);
    session.setExpiry(null);
  });
  expect((await site.get()).cookie?.maxAge).toBe(1_209_600);
});

test("s.set_expiry(datetime)", async () => {
  const site = await setting((session, { sessions }) => {
    const date = new Date(sessions.options.clock() + 300_000);
    session.setExpiry(date);
  });
  expect((await site.get()).cookie?.maxAge).toBe(300);
  site.clock.advance({ seconds: 299 });
  expect((await site.get("/user")).body).toBe("ann");
  site.clock.advance({ seconds: 1 });
  expect((await site.get("/user")).body).toBe("nobody");
});

test("s.set_expiry(timedelta)", async () => {
  const site = await setting((session, { sessions }) => {
    const now = sessions.options.clock();
    session.setExpiry(new Date(now + 60_000));
  });
  expect((await site.get()).cookie?.maxAge).toBe(60);
});

test("s.set_expiry(-1)", async () => {
  const { sessions, clock } = open({});
  const session = await sessions.open();
  await session.set("user", "ann").save();
  expect(() => session.setExpiry(-1)).toThrow(InvalidData);
  session.setExpiry(new Date(clock() - 1));
  const { id = "" } = session;
  await session.save();
  expect(await sessions.byId(id)).toBeUndefined();
});

test("s.get_expiry_age()", async () => {
  const site = await setting((session) => session.getExpiryAge());
  expect((await site.get()).body).toBe("1209600");
});

test("s.get_expiry_date()", async () => {
  const site = await setting((session) => session.getExpiryDate().toISOString());
  expect((await site.get()).body).toBe("2030-01-15T00:00:00.000Z");
});

test("s.get_expire_at_browser_close()", async () => {
  const closing = await setting((session) => session.expiresAtBrowserClose(), { expireAtBrowserClose: true });
  expect((await closing.get()).body).toBe("true");
  expect((await (await setting((session) => session.expiresAtBrowserClose())).get()).body).toBe("false");
});

test("s.get_session_cookie_age()", async () => {
  const site = await setting((_session, { sessions }) => sessions.options.idleTimeout);
  expect((await site.get()).body).toBe("1209600");
});
