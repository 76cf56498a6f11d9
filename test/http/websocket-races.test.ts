import { once } from "node:events";
import type { Duplex } from "node:stream";
import { describe, expect, test } from "vitest";
import type { WebSocket } from "ws";
import { memory } from "../../src/engines/memory.ts";
import { SessionInterrupted } from "../../src/index.ts";
import { answersLate, barrier, faultyStore, type Intercept, startsLate, type StoreVerb } from "../../src/testing.ts";
import { serve } from "./harness.ts";
import { place, routes, Sockets, told, withSockets } from "./websocket-parts.ts";

/** The next call of this verb only; those after it are not held up. */
function firstOf(verb: StoreVerb, intercept: Intercept): Intercept {
  let isFirst = true;
  return (call, proceed) => {
    if (call.verb !== verb || !isFirst) return proceed();
    isFirst = false;
    return intercept(call, proceed);
  };
}

describe("while it opens, a socket", () => {
  test("whose session is revoked is closed as soon as it is there", async () => {
    await using here = await place();
    const { cookie } = await here.app.post("/count");
    const [id = ""] = await here.app.ids();
    const pause = barrier();
    here.arm(firstOf("read", answersLate("read", pause)));
    const connecting = here.sockets.connect(here.app.port, cookie);
    await pause.arrived();
    await here.app.sessions.revoke(id);
    pause.release();
    const { visit, closed } = await connecting;
    expect(await closed).toEqual({ code: 4401, reason: "revoked" });
    visit.session.set("count", 5);
    await expect(visit.session.save()).rejects.toThrow(SessionInterrupted);
  });

  const hangUps: readonly [string, (client: WebSocket, socket: Duplex, closed: Promise<unknown>) => unknown][] = [
    // Nobody reads from the connection yet, so the server learns of it when the socket is there.
    ["whose visitor hangs up", (client) => client.terminate()],
    ["whose server gives up", (_, socket, closed) => (socket.destroy(), closed)],
  ];
  test.each(hangUps)("%s is watched no longer than that", async (_, hangUp) => {
    await using here = await place();
    const { cookie } = await here.app.post("/count");
    const [id = ""] = await here.app.ids();
    const pause = barrier();
    here.arm(firstOf("read", answersLate("read", pause)));
    const { client, path } = here.sockets.dial(here.app.port, cookie);
    client.on("error", () => undefined);
    await pause.arrived();
    const socket = here.sockets.dialled.get(path);
    if (socket === undefined) throw new Error("expected the upgrade to have arrived");
    const closed = once(socket, "close");
    await hangUp(client, socket, closed);
    pause.release();
    const visit = await here.sockets.visit(path);
    await closed;
    await here.app.sessions.revoke(id);
    expect(await told(visit)).toBeUndefined();
  });

  test("is refused while the store is down: the cookie is good for the next one", async () => {
    await using here = await place();
    const { cookie } = await here.app.post("/count");
    const failed = here.app.next("failed");
    here.arm(() => Promise.reject(new Error("down")));
    const { client } = here.sockets.dial(here.app.port, cookie);
    client.on("error", () => undefined);
    const [, answer] = (await once(client, "unexpected-response")) as [
      unknown,
      { statusCode: number; headers: object },
    ];
    expect([answer.statusCode, Object.keys(answer.headers)]).toEqual([503, ["connection"]]);
    expect((await failed).error.code).toBe("STORE_UNAVAILABLE");
    here.arm((_, proceed) => proceed());
    expect((await here.sockets.connect(here.app.port, cookie)).visit.session.get("count")).toBe(1);
  });
});

describe("while it saves, a socket", () => {
  test.each(["revoked", "cycled"] as const)("whose session is %s writes nothing back", async (why) => {
    await using here = await place();
    const { cookie } = await here.app.post("/count");
    const [id = ""] = await here.app.ids();
    const { visit, closed } = await here.sockets.connect(here.app.port, cookie);
    const pause = barrier();
    here.arm(firstOf("update", startsLate("update", pause)));
    visit.session.set("theme", "dark");
    const saving = visit.session.save();
    await pause.arrived();
    if (why === "revoked") await here.app.sessions.revoke(id);
    else await here.app.post("/login", cookie);
    pause.release();
    await expect(saving).rejects.toThrow(SessionInterrupted);
    expect((await closed).reason).toBe(why);
    const stored = await here.app.records.read(id, here.app.clock());
    expect(stored === undefined ? undefined : JSON.parse(stored.payload).data).toEqual(
      why === "revoked" ? undefined : { count: 1 },
    );
  });
});

describe("once it is closed, a socket", () => {
  test("is watched no longer, by itself or by `close`", async () => {
    await using here = await place();
    const { cookie } = await here.app.post("/count");
    const [id = ""] = await here.app.ids();
    const first = await here.sockets.connect(here.app.port, cookie);
    const second = await here.sockets.connect(here.app.port, cookie);
    const third = await here.sockets.connect(here.app.port, cookie);
    const gone = once(first.visit.request.socket, "close");
    first.client.terminate();
    await gone;
    second.visit.close();
    second.visit.close();
    await here.app.sessions.revoke(id);
    expect([await told(first.visit), await told(second.visit), await told(third.visit)]).toEqual([
      undefined,
      undefined,
      "revoked",
    ]);
  });

  test("has what it never saved reported", async () => {
    await using here = await place();
    const { cookie } = await here.app.post("/count");
    const { client, visit } = await here.sockets.connect(here.app.port, cookie);
    visit.session.set("theme", "dark");
    const unsaved = here.app.next("unsaved");
    client.terminate();
    expect(await unsaved).toEqual({ id: visit.session.id });
  });
});

test("a store that fails in the middle of a save is not asked twice, and ends nothing", async () => {
  const store = faultyStore(
    memory(),
    firstOf("update", () => Promise.reject(new Error("down"))),
  );
  const sockets = new Sockets();
  await using app = await serve(withSockets("node", sockets.attach), routes, { engine: store });
  const { cookie } = await app.post("/count");
  const { visit } = await sockets.connect(app.port, cookie);
  visit.session.set("theme", "dark");
  await expect(visit.session.save()).rejects.toThrow("failed");
  expect([await visit.check(), await told(visit)]).toEqual([undefined, undefined]);
});
