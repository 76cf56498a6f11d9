import type { Request } from "express";
import type { SessionData } from "express-session";
import { expect, test } from "vitest";
import { memory } from "../../src/engines/memory.ts";
import { barrier, fails, faultyStore } from "../../src/testing.ts";
import { after, before, dataOf, LoggedStore } from "./express.ts";
import type { DataSession } from "./settings.ts";
import { called } from "./site.ts";

const theirs = {
  "/": dataOf,
  "/in": (request: Request) => (request.session.user = "ann"),
  "/id": (request: Request) => request.sessionID,
};
const ours = {
  "/": (session: DataSession) => session.data,
  "/in"(session: DataSession) {
    session.set("user", "ann");
    session.userId = "ann";
  },
  "/id": (session: DataSession) => session.id,
};

/** The only session in the store, past its own answers. */
function stored(store: LoggedStore): Promise<[sid: string, data: SessionData] | undefined> {
  return new Promise((resolve, reject) => {
    store.all((error, all) => (error ? reject(error as Error) : resolve(Object.entries(all ?? {})[0])));
  });
}

test("req.session.id", async () => {
  const old = await before(
    {},
    {
      ...theirs,
      "/renew": (request) => called((done) => request.session.regenerate(done)),
      "/new": (request) => request.session.id,
    },
  );
  expect((await old.get("/new")).body).toHaveLength(32);
  await old.get("/in");
  const sid = (await old.get("/id")).body;
  expect(decodeURIComponent(old.cookies)).toContain(`s:${sid}.`);

  const now = await after({}, { ...ours, "/renew": (session) => session.cycleKey(), "/new": (session) => session.id });
  expect((await now.get("/new")).body).toBe("null");
  await now.get("/in");
  const { body: id } = await now.get("/id");
  const forged = await fetch(now.url, { headers: { cookie: `__Host-session=${id}` } });
  expect(await forged.text()).toBe("{}");
  await now.get("/renew");
  expect((await now.get("/id")).body).toBe(id);
});

test("req.sessionID", async () => {
  const old = await before({}, { ...theirs, "/same": (request) => request.sessionID === request.session.id });
  expect((await old.get("/same")).body).toBe("true");
  const now = await after({}, { ...ours, "/": (session) => session.id });
  await now.get("/in");
  expect((await now.get("/")).body).toMatch(/^[0-9a-f]{32}$/);
});

test("req.sessionStore", async () => {
  const store = new LoggedStore();
  const old = await before({ store }, { "/": (request) => request.sessionStore === (store as unknown) });
  expect((await old.get()).body).toBe("true");
  const now = await after({}, { ...ours, "/end": ({ id = "" }, { sessions }) => sessions.revoke(id) });
  await now.get("/in");
  expect((await now.get("/end")).body).toBe("true");
  expect((await now.get()).body).toBe("{}");
});

test("store.get(sid, callback)", async () => {
  const old = await before({}, theirs);
  await old.get("/in");
  const { body: sid } = await old.get("/id");
  const found = await new Promise<SessionData | null | undefined>((resolve) => {
    old.store.get(sid, (_error, data) => resolve(data));
  });
  expect(found?.user).toBe("ann");

  const { sessions, ...now } = await open();
  const id = await now.id();
  const session = await sessions.byId(id);
  expect(session?.get("user")).toBe("ann");
  session?.set("user", "bob");
  await session?.save();
  expect(await now.body()).toBe('{"user":"bob"}');
});

test("store.set(sid, session, callback)", async () => {
  const old = await before({}, theirs);
  await old.get("/in");
  const [sid, data] = (await stored(old.store)) ?? ["", undefined];
  if (data === undefined) throw new Error("Expected a session in the store.");
  await called((done) => old.store.set(sid, { ...data, user: "bob" }, done));
  expect((await old.get()).body).toBe('{"user":"bob"}');

  const { sessions, ...now } = await open();
  const session = await sessions.byId(await now.id());
  if (session === undefined) throw new Error("Expected the session that was stored.");
  session.set("user", "bob");
  await session.save();
  expect(await now.body()).toBe('{"user":"bob"}');
});

test("store.destroy(sid, callback)", async () => {
  const pause = barrier();
  const old = await before(
    {},
    {
      ...theirs,
      async "/slow"(request) {
        request.session.views = 1;
        await pause.arrive();
      },
    },
  );
  await old.get("/in");
  const { body: sid } = await old.get("/id");
  const slow = old.get("/slow");
  await pause.arrived();
  await called((done) => old.store.destroy(sid, done));
  pause.release();
  await slow;
  expect((await old.get()).body).toBe('{"user":"ann","views":1}');

  const wait = barrier();
  const now = await after(
    {},
    {
      ...ours,
      async "/slow"(session) {
        session.set("views", 1);
        await wait.arrive();
      },
    },
  );
  await now.get("/in");
  const { body: id } = await now.get("/id");
  const late = now.post("/slow");
  await wait.arrived();
  const { sessions } = now;
  expect(await sessions.revoke(id)).toBe(true);
  wait.release();
  expect((await late).status).toBe(400);
  expect((await now.get()).body).toBe("{}");
});

test("store.all(callback)", async () => {
  const old = await before({}, theirs);
  await old.get("/in");
  const all = await new Promise<unknown>((resolve) => old.store.all((_error, sessions) => resolve(sessions)));
  expect(Object.values(all as object)).toMatchObject([{ user: "ann" }]);
  const { sessions, ...now } = await open();
  const [summary, ...more] = await sessions.forUser("ann");
  expect(more).toEqual([]);
  expect(summary).toMatchObject({ id: await now.id(), userId: "ann" });
  expect(summary).not.toHaveProperty("payload");
});

test("store.length(callback)", async () => {
  const old = await before({}, theirs);
  await old.get("/in");
  await fetch(`${old.url}/in`);
  expect(await new Promise((resolve) => old.store.length((_error, length) => resolve(length)))).toBe(2);
  const { sessions, url } = await open();
  await fetch(`${url}/in`);
  expect((await sessions.forUser("ann")).length).toBe(2);
});

test("store.clear(callback)", async () => {
  const old = await before({}, theirs);
  await old.get("/in");
  await called((done) => old.store.clear(done));
  expect((await old.get()).body).toBe("{}");
  const [newest, older] = ["n".repeat(32), "o".repeat(32)];
  const engine = memory();
  const now = await after({ engine, secrets: [older] }, ours);
  await now.get("/in");
  expect((await now.get()).body).toBe('{"user":"ann"}');
  const then = (await after({ engine, secrets: [newest] }, ours)).continue(now);
  expect((await then.get()).body).toBe("{}");
});

test("store.touch(sid, session, callback)", async () => {
  const old = await before({}, theirs);
  await old.get("/in");
  const [sid, data] = (await stored(old.store)) ?? ["", undefined];
  if (data === undefined) throw new Error("Expected a session in the store.");
  await called((done) => old.store.touch(sid, data, () => done()));
  const now = await open({ idleTimeout: 60 });
  const { clock, sessions, operations } = now;
  clock.advance({ seconds: 59 });
  const session = await sessions.byId(await now.id());
  if (session === undefined) throw new Error("Expected the session that was stored.");
  await session.save();
  clock.advance({ seconds: 59 });
  expect(await now.body()).toBe('{"user":"ann"}');
  expect(operations.filter((verb) => verb !== "read")).toEqual(["create", "touch", "touch"]);
});

test('store.emit("disconnect")', async () => {
  const old = await before({}, { "/": (request) => typeof request.session });
  old.store.emit("disconnect");
  expect(await old.get()).toMatchObject({ status: 200, body: "undefined" });

  const engine = faultyStore(memory(), fails("read"));
  const now = await after({ engine }, ours);
  await now.get("/in");
  const { cookies } = now;
  expect(await now.get()).toMatchObject({ status: 503, cookie: undefined });
  expect(now.cookies).toBe(cookies);
  expect((await now.get("/unused")).status).toBe(200);
});

/** An app of ours in which Ann has signed in. */
async function open(
  settings: Parameters<typeof after>[0] = {},
): Promise<Awaited<ReturnType<typeof after>> & { id(): Promise<string>; body(): Promise<string> }> {
  const site = await after(settings, ours);
  await site.get("/in");
  return Object.assign(site, {
    id: async () => (await site.get("/id")).body,
    body: async () => (await site.get()).body,
  });
}
