import { once } from "node:events";
import type { IncomingMessage } from "node:http";
import { Socket } from "node:net";
import { Hono } from "hono";
import { describe, expect, test } from "vitest";
import { memory } from "../../src/engines/memory.ts";
import { coatcheck as onHono } from "../../src/http/adapters/hono.ts";
import { coatcheck, type SocketSession } from "../../src/http/adapters/websocket.ts";
import { createSessions, InvalidOption, type Sessions, type SessionStore, StoreUnavailable } from "../../src/index.ts";
import { faultyStore } from "../../src/testing.ts";
import type { Data, Handler } from "./harness-call.ts";
import { place, routes, told } from "./websocket-parts.ts";

test("the request of the upgrade leads to the socket's session", async () => {
  await using here = await place();
  const { cookie } = await here.app.post("/count");
  const { visit } = await here.sockets.connect(here.app.port, cookie);
  expect(await here.app.sessions.get(visit.request)).toBe(visit.session);
});

test("the visitor's cookie is asked for once: one read, and none without", async () => {
  await using here = await place();
  const { cookie } = await here.app.post("/count");
  here.app.operations.length = 0;
  await here.sockets.connect(here.app.port, cookie);
  await here.sockets.connect(here.app.port);
  await here.sockets.connect(here.app.port, "__Host-session=forged");
  expect(here.app.operations).toEqual(["read"]);
});

test("an open socket renews nothing; a save over it does, when that is due", async () => {
  await using here = await place();
  const { cookie } = await here.app.post("/count");
  const { visit } = await here.sockets.connect(here.app.port, cookie);
  here.app.operations.length = 0;
  await visit.session.save();
  here.app.clock.advance({ hours: 2 });
  await visit.check();
  expect(here.app.operations).toEqual(["read"]);
  await visit.session.save();
  expect(here.app.operations).toEqual(["read", "touch"]);
});

test("a request that is no upgrade has a connection of its own: its end is not the socket's", async () => {
  const polled: { request: IncomingMessage; visit: SocketSession<Data> }[] = [];
  const poll: Handler = async (call) => {
    const request = call.carrier as IncomingMessage;
    polled.push({ request, visit: await coatcheck(here.app.sessions)(request) });
    call.send(200);
  };
  await using here = await place({}, { ...routes, "/poll": poll });
  const { cookie } = await here.app.post("/count");
  const [id = ""] = await here.app.ids();
  await here.app.get("/poll", cookie);
  const [{ request, visit } = expect.unreachable()] = polled;
  const closed = once(request.socket, "close");
  request.socket.destroy();
  await closed;
  await here.app.sessions.revoke(id);
  expect(await told(visit)).toBe("revoked");
});

describe("a web-standard request", () => {
  const upgradeWith = (cookie: string): Request =>
    new Request("https://localhost/socket", { headers: { cookie, upgrade: "websocket" } });

  async function begin(
    engine: SessionStore = memory(),
  ): Promise<{ sessions: Sessions<Data>; cookie: string; id: string }> {
    const sessions = createSessions<Data>({ engine });
    const begun = await sessions.open();
    begun.set("count", 1);
    await begun.save();
    return { sessions, cookie: `__Host-session=${sessions.token(begun) ?? ""}`, id: begun.id ?? "" };
  }

  test("has a session, which is watched until `close`", async () => {
    const { sessions, cookie, id } = await begin();
    const open = coatcheck(sessions);
    const request = upgradeWith(cookie);
    const [first, second] = [await open(request), await open(upgradeWith(cookie))];
    expect(await sessions.get(request)).toBe(first.session);
    expect(first.session.get("count")).toBe(1);
    first.close();
    await sessions.revoke(id);
    expect([await told(first), await told(second)]).toEqual([undefined, "revoked"]);
    expect((await open(upgradeWith(cookie))).session.isNew).toBe(true);
  });

  test("is watched by the connection that is handed over, and not at all where that is gone", async () => {
    const { sessions, cookie, id } = await begin();
    const open = coatcheck(sessions);
    const [living, dying, dead] = [new Socket(), new Socket(), new Socket()];
    dead.destroy();
    await once(dead, "close");
    const visits = await Promise.all([living, dying, dead].map((socket) => open(upgradeWith(cookie), socket)));
    dying.destroy();
    await once(dying, "close");
    await sessions.revoke(id);
    expect(await Promise.all(visits.map(told))).toEqual(["revoked", undefined, undefined]);
  });

  test("leaves nothing behind on a connection that outlives its socket, nor when it is refused", async () => {
    let isDown = false;
    const store = faultyStore(memory(), (_, proceed) => (isDown ? Promise.reject(new Error("down")) : proceed()));
    const { sessions, cookie } = await begin(store);
    const open = coatcheck(sessions);
    const connection = new Socket();
    const before = connection.listenerCount("close");
    const visits = [await open(upgradeWith(cookie), connection), await open(upgradeWith(cookie), connection)];
    expect(connection.listenerCount("close")).toBe(before + 2);
    for (const { close } of visits) close();
    isDown = true;
    await expect(open(upgradeWith(cookie), connection)).rejects.toThrow(StoreUnavailable);
    expect(connection.listenerCount("close")).toBe(before);
  });

  test("whose route has a session too, by a framework, has both: one sends cookies, one never", async () => {
    const { sessions, cookie } = await begin();
    const open = coatcheck(sessions);
    const app = new Hono().use(onHono(sessions)).get("/socket", async (c) => {
      const visit = await open(c.req.raw);
      const session = await c.var.session;
      session.cycleKey();
      return c.text(String([(await sessions.get(c.req.raw)) === visit.session, session === visit.session]));
    });
    const response = await app.request(upgradeWith(cookie));
    expect([await response.text(), response.headers.getSetCookie().length]).toEqual(["true,false", 1]);
  });
});

test("an option that cannot work is refused at once", () => {
  const sessions = createSessions({ engine: memory() });
  for (const interval of [0, -1, 86_401, Number.NaN, Infinity]) {
    expect(() => coatcheck(sessions, { interval })).toThrow(
      new InvalidOption(
        `coatcheck/websocket.interval: expected a positive number of seconds, at most 86_400; got ${interval}.`,
      ),
    );
  }
  expect(() => coatcheck({} as typeof sessions)).toThrow(InvalidOption);
});
