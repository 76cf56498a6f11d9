import { expect, test } from "vitest";
import { after } from "./express.ts";
import { type DataSession, open, type Settings } from "./settings.ts";
import { allOf } from "./site.ts";

const signIn = (session: DataSession): void => void session.set("user", "ann");

/** What a handler answers for somebody who has signed in, and for a new visitor. */
async function both(handler: (session: DataSession) => unknown, settings: Settings = {}): Promise<[string, string]> {
  const site = await after(settings, { "/in": signIn, "/": handler });
  const fresh = (await site.get()).body;
  await site.get("/in");
  return [(await site.get()).body, fresh];
}

/** What is stored once a handler has worked on a session that has a user. */
async function stored(handler: (session: DataSession) => unknown): Promise<unknown> {
  const site = await after({}, { "/in": signIn, "/": handler, "/data": ({ data }) => data });
  await site.get("/in");
  await site.get();
  return JSON.parse((await site.get("/data")).body);
}

test("request.session", async () => {
  const site = await after(
    {},
    {
      "/": async (_session, { request, sessions }) => {
        const session = await sessions.get(request);
        return session.update("views", (n = 0) => n + 1);
      },
    },
  );
  await site.get();
  expect((await site.get()).body).toBe("2");
});

test('s["user"]', async () => {
  expect(await both((session) => session.get("user"))).toEqual(["ann", "null"]);
});

test('s["user"] = "ann"', async () => {
  const site = await after({}, { "/": (session) => session.set("user", "ann").modified });
  expect((await site.get()).body).toBe("true");
  expect((await site.get()).body).toBe("false");
  expect(site.operations).toEqual(["create", "read"]);
});

test('del s["user"]', async () => {
  expect(await both((session) => session.delete("user"))).toEqual(["true", "false"]);
});

test('"user" in s', async () => {
  expect(await both((session) => session.has("user"))).toEqual(["true", "false"]);
});

test('s.get("user", "nobody")', async () => {
  expect(await both((session) => session.get("user", "nobody"))).toEqual(["ann", "nobody"]);
});

test('s.pop("user", "nobody")', async () => {
  expect(await both((session) => session.pop("user", "nobody"))).toEqual(["ann", "nobody"]);
  expect(await stored((session) => session.pop("user", "nobody"))).toEqual({});
});

test('s.setdefault("views", 0)', async () => {
  expect(await stored((session) => session.setDefault("views", 0))).toEqual({ user: "ann", views: 0 });
  expect(await stored((session) => session.setDefault("user", "bob"))).toEqual({ user: "ann" });
});

test('s.update({"user": "ann"})', async () => {
  const site = await after({}, { "/": (session) => session.update({ user: "ann" }).data });
  expect((await site.get()).body).toBe('{"user":"ann"}');
});

test('s["views"] += 1', async () => {
  const everybody = allOf(20);
  const site = await after(
    {},
    {
      "/in": signIn,
      async "/count"(session) {
        session.update("views", (n = 0) => n + 1);
        await everybody();
      },
      "/": (session) => session.get("views"),
    },
  );
  await site.get("/in");
  await Promise.all(Array.from({ length: 20 }, () => site.get("/count")));
  expect((await site.get()).body).toBe("20");
});

test('s["cart"].append("coat"), s.modified = True', async () => {
  const site = await after(
    {},
    {
      "/in": (session) => void session.set("cart", []),
      "/": (session) => session.data.cart?.push("coat"),
      "/cart": ({ data }) => data.cart,
    },
  );
  await site.get("/in");
  await site.get();
  expect((await site.get("/cart")).body).toBe('["coat"]');
});

test("s.keys(), s.values(), s.items()", async () => {
  const all = (session: DataSession): unknown => [[...session.keys()], [...session.values()], [...session.entries()]];
  expect(await both(all)).toEqual(['[["user"],["ann"],[["user","ann"]]]', "[[],[],[]]"]);
});

test("s.clear()", async () => {
  const site = await after({}, { "/in": signIn, "/": (session) => session.clear(), "/id": (session) => session.id });
  await site.get("/in");
  const { body: id } = await site.get("/id");
  expect((await site.get()).cookie).toBeUndefined();
  expect((await site.get("/id")).body).toBe(id);
  expect(await stored((session) => session.clear())).toEqual({});
});

test("s.is_empty()", async () => {
  expect(await both((session) => session.isEmpty())).toEqual(["false", "true"]);
});

test("bool(s)", async () => {
  expect(await both((session) => !session.isEmpty())).toEqual(["true", "false"]);
});

test("s.flush()", async () => {
  const site = await after(
    {},
    {
      "/in": signIn,
      async "/"(session) {
        await session.flush();
        return session.isEmpty();
      },
    },
  );
  await site.get("/in");
  expect(await site.get()).toMatchObject({ body: "true", cookie: { value: "", maxAge: 0 } });
  expect(site.operations).toEqual(["create", "read", "delete"]);
});

test("s.cycle_key()", async () => {
  const site = await after(
    {},
    {
      "/in": signIn,
      "/"(session, { response }) {
        session.cycleKey();
        response.status(500).send("broken");
      },
      "/user": (session) => session.get("user", "nobody"),
    },
  );
  await site.get("/in");
  const stolen = site.cookies;
  site.operations.length = 0;
  expect((await site.get()).cookie?.name).toBe("__Host-session");
  expect(site.operations).toEqual(["read", "update"]);
  expect((await site.get("/user")).body).toBe("ann");
  expect(await (await fetch(`${site.url}/user`, { headers: { cookie: stolen } })).text()).toBe("nobody");
});

test("s.session_key", async () => {
  const site = await after(
    {},
    {
      "/in": signIn,
      "/": (session) => session.id,
      "/renew": (session) => session.cycleKey(),
      "/user": ({ data }) => data,
    },
  );
  await site.get("/in");
  const { body: id } = await site.get();
  await site.get("/renew");
  expect((await site.get()).body).toBe(id);
  const forged = await fetch(`${site.url}/user`, { headers: { cookie: `__Host-session=${id}` } });
  expect(await forged.text()).toBe("{}");
});

test("s.accessed, s.modified", async () => {
  const states = (session: DataSession): unknown => {
    const seen = [session.accessed, session.modified];
    session.get("user");
    seen.push(session.accessed, session.modified);
    session.set("user", "bob");
    expect(() => Object.assign(session, { modified: false })).toThrow(TypeError);
    return [...seen, session.modified];
  };
  expect((await both(states))[0]).toBe("[false,false,true,false,true]");
});

test("s.set_test_cookie()", async () => {
  const { sessions } = open({});
  const session = await sessions.open();
  session.setTestCookie();
  expect(session.modified).toBe(true);
});

test("s.test_cookie_worked()", async () => {
  const site = await after(
    {},
    { "/in": (session) => session.setTestCookie(), "/": (session) => session.testCookieWorked() },
  );
  expect((await site.get()).body).toBe("false");
  await site.get("/in");
  expect((await site.get()).body).toBe("true");
});

test("s.delete_test_cookie()", async () => {
  const site = await after(
    {},
    {
      "/in": (session) => session.setTestCookie(),
      "/": (session) => session.testCookieWorked(),
      "/out": (session) => session.deleteTestCookie(),
    },
  );
  expect((await site.get("/out")).status).toBe(200);
  await site.get("/in");
  await site.get("/out");
  expect((await site.get()).body).toBe("false");
});
