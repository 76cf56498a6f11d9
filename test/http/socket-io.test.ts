import { once } from "node:events";
import { Server, type Socket as ServerSocket } from "socket.io";
import { io, type ManagerOptions, type Socket, type SocketOptions } from "socket.io-client";
import { describe, expect, test } from "vitest";
import { coatcheck, type SocketSession } from "../../src/http/adapters/websocket.ts";
import { answersLate, barrier, type Intercept } from "../../src/testing.ts";
import type { Data } from "./harness-call.ts";
import { type App, serve } from "./harness.ts";
import { hosts, routes, told, withSockets } from "./websocket-parts.ts";

interface Place extends AsyncDisposable {
  readonly app: App;
  /** In the order of their arrival. */
  readonly visits: SocketSession<Data>[];
  readonly io: Server;
  dial(cookie: string | undefined, options?: Partial<ManagerOptions & SocketOptions>): Socket;
  arm(intercept: Intercept): void;
}

/** socket.io on this host, as docs/websockets.md has it. */
async function place(host: string): Promise<Place> {
  const visits: SocketSession<Data>[] = [];
  const dialled: Socket[] = [];
  let armed: Intercept = (_, proceed) => proceed();
  const server = new Server();
  const adapter = withSockets(host, (http, sessions) => {
    server.attach(http);
    const open = coatcheck(sessions);
    const enter = async (socket: ServerSocket, done: (error?: Error) => void): Promise<void> => {
      try {
        const visit = await open(socket.request, socket.conn);
        visits.push(visit);
        // Not `socket.disconnect`, which does nothing before the socket is connected.
        void visit.ended.then(() => socket.conn.close());
        socket.once("disconnect", visit.close);
        done();
      } catch {
        done(new Error("not now"));
      }
    };
    server.use((socket, done) => void enter(socket, done));
    server.of("/other").use((socket, done) => void enter(socket, done));
    server.on("connection", async (socket) => {
      const session = await sessions.get(socket.request);
      socket.on("count", (answer: (count: number | undefined) => void) => answer(session.get("count")));
      socket.emit("ready");
    });
  });
  const app = await serve(adapter, routes, { store: (call, proceed) => armed(call, proceed) });
  return {
    app,
    visits,
    io: server,
    arm: (intercept) => void (armed = intercept),
    dial(cookie, options = {}) {
      const extraHeaders = cookie === undefined ? {} : { cookie };
      const client = io(`http://127.0.0.1:${app.port}`, {
        extraHeaders,
        reconnection: false,
        forceNew: true,
        ...options,
      });
      dialled.push(client);
      return client;
    },
    async [Symbol.asyncDispose]() {
      for (const client of dialled) client.disconnect();
      await server.close();
      await app[Symbol.asyncDispose]();
    },
  };
}

function next(client: Socket, event: string): Promise<unknown> {
  return new Promise((resolve) => client.once(event, resolve));
}

const transports = [
  ["websocket alone", ["websocket"]],
  ["polling alone", ["polling"]],
  ["polling, then websocket", ["polling", "websocket"]],
] satisfies [string, ManagerOptions["transports"]][];
const ways = Object.keys(hosts).flatMap((host) => transports.map(([name, list]) => [host, name, list] as const));

describe.each(ways)("socket.io beside %s, by %s", (host, _name, list) => {
  test("has the session of the visitor's cookie, and is disconnected when it ends", async () => {
    await using here = await place(host);
    const { cookie } = await here.app.post("/count");
    const client = here.dial(cookie, { transports: list });
    await next(client, "ready");
    expect(await client.emitWithAck("count")).toBe(1);
    // The request that the session came by is over, and its connection may be: it is watched all the same.
    const { engine } = client.io;
    if (engine.transport.name !== list.at(-1)) await new Promise((resolve) => engine.once("upgrade", resolve));
    await here.app.post("/count", cookie);
    await here.visits[0]?.session.reload();
    expect(await client.emitWithAck("count")).toBe(2);
    const gone = next(client, "disconnect");
    await here.app.post("/logout", cookie);
    // For this reason a client comes back by itself, as it should after a sign-in.
    expect(await gone).toBe("transport close");
    expect(await here.visits[0]?.ended).toBe("flushed");
  });

  test("is watched no longer than it is connected", async () => {
    await using here = await place(host);
    const { cookie } = await here.app.post("/count");
    const [id = ""] = await here.app.ids();
    const client = here.dial(cookie, { transports: list });
    await next(client, "ready");
    const [socket] = await here.io.fetchSockets();
    const closed = once((here.io.sockets.sockets.get(socket?.id ?? "")?.conn ?? {}) as NodeJS.EventEmitter, "close");
    client.disconnect();
    await closed;
    await here.app.sessions.revoke(id);
    expect(here.visits.length).toBe(1);
    for (const visit of here.visits) expect(await told(visit)).toBeUndefined();
  });
});

describe("socket.io", () => {
  test("is watched in a namespace no longer than its client is in it", async () => {
    await using here = await place("node");
    const { cookie } = await here.app.post("/count");
    const [id = ""] = await here.app.ids();
    const client = here.dial(cookie, { transports: ["websocket"] });
    await next(client, "ready");
    const [conn = expect.unreachable()] = [...here.io.sockets.sockets.values()].map((socket) => socket.conn);
    const before = conn.listenerCount("close");
    for (const joins of [1, 2, 3]) {
      const entered = once(here.io.of("/other"), "connection") as Promise<[ServerSocket]>;
      const other = client.io.socket("/other");
      const [[socket]] = await Promise.all([entered, next(other, "connect")]);
      expect(here.visits.length).toBe(1 + joins);
      const left = once(socket, "disconnect");
      other.disconnect();
      await left;
    }
    expect(conn.listenerCount("close")).toBe(before);
    await here.app.sessions.revoke(id);
    expect(await Promise.all(here.visits.map(told))).toEqual(["revoked", undefined, undefined, undefined]);
  });

  test("is refused while the store is down", async () => {
    await using here = await place("node");
    const { cookie } = await here.app.post("/count");
    here.arm(() => Promise.reject(new Error("down")));
    const refusal = await next(here.dial(cookie), "connect_error");
    expect(String(refusal)).toBe("Error: not now");
  });

  test("whose session is revoked while it connects is disconnected, however early that is", async () => {
    await using here = await place("node");
    const { cookie } = await here.app.post("/count");
    const [id = ""] = await here.app.ids();
    const pause = barrier();
    here.arm((call, proceed) => (call.verb === "read" ? answersLate("read", pause)(call, proceed) : proceed()));
    const client = here.dial(cookie);
    const over = Promise.race([next(client, "disconnect"), next(client, "connect_error")]);
    await pause.arrived();
    await here.app.sessions.revoke(id);
    pause.release();
    await over;
    expect(client.connected).toBe(false);
    expect(await here.visits[0]?.ended).toBe("revoked");
  });
});
