import { once } from "node:events";
import { createServer, type IncomingMessage, type Server } from "node:http";
import type { Duplex } from "node:stream";
import express from "express";
import fastify from "fastify";
import { WebSocket, WebSocketServer } from "ws";
import { coatcheck as onExpress } from "../../src/http/adapters/express.ts";
import { coatcheck as onFastify } from "../../src/http/adapters/fastify.ts";
import { coatcheck as onNode } from "../../src/http/adapters/node.ts";
import {
  coatcheck,
  type SessionEnd,
  type SocketSession,
  type WebSocketAdapterOptions,
} from "../../src/http/adapters/websocket.ts";
import type { Sessions } from "../../src/index.ts";
import type { Intercept } from "../../src/testing.ts";
import { type Adapter, listen, pathOf, type Setup } from "./harness-adapter.ts";
import { type Data, nodeCall, type Routes } from "./harness-call.ts";
import { type App, type AppOptions, serve } from "./harness.ts";

/** What a visitor does over HTTP while a socket is open. */
export const routes: Routes = {
  "/count": async (call) => {
    call.send(200, String((await call.session()).update("count", (n = 0) => n + 1)));
  },
  "/login": async (call) => {
    const session = await call.session();
    session.userId = "ada";
    session.cycleKey();
    call.send(200);
  },
  "/logout": async (call) => {
    await (await call.session()).flush();
    call.send(200);
  },
};

/** A server, and what else is to be done with it: sockets live beside the framework, on the server itself. */
type Host = (setup: Setup) => Promise<Server>;

export const hosts: Readonly<Record<string, Host>> = {
  node: async ({ sessions, routes: handlers }) =>
    createServer(
      onNode<Data>(sessions, (request, response) =>
        handlers[pathOf(request.url)]?.(nodeCall({ request, response, sessions })),
      ),
    ),
  async express({ sessions, routes: handlers }) {
    const app = express();
    app.use(onExpress(sessions));
    for (const [path, handler] of Object.entries(handlers)) {
      app.all(path, (request, response) => handler(nodeCall({ request, response, sessions })));
    }
    return createServer(app);
  },
  async fastify({ sessions, routes: handlers }) {
    const app = fastify();
    await app.register(onFastify, { sessions });
    for (const [path, handler] of Object.entries(handlers)) {
      app.all(path, async (request, reply) => {
        await handler(nodeCall({ request: request.raw, response: reply.raw, sessions }));
        return reply;
      });
    }
    await app.ready();
    return app.server;
  },
};

/** The same application on this host, with `attach` for its sockets. */
export function withSockets(name: string, attach: (server: Server, sessions: Sessions<Data>) => void): Adapter {
  const host = hosts[name];
  if (host === undefined) throw new Error(`no host is named "${name}"`);
  return {
    name,
    secure: false,
    http2: false,
    lacks: {},
    async start(setup) {
      const server = await host(setup);
      attach(server, setup.sessions);
      return listen(server);
    },
  };
}

/** A socket's session as the server has it. */
export interface Visit extends SocketSession<Data> {
  readonly request: IncomingMessage;
}

/** Two ends of one socket. */
export interface Connected {
  readonly client: WebSocket;
  readonly visit: Visit;
  /** What the server answered the upgrade with. */
  readonly upgrade: IncomingMessage;
  /** The code and reason the client's end was closed with. */
  readonly closed: Promise<{ code: number; reason: string }>;
}

/** `ws` on a server, as docs/websockets.md has it, and clients for it. */
export class Sockets {
  /** By the path of the upgrade, since several may be under way: the server's end of the connection. */
  readonly dialled = new Map<string, Duplex>();
  readonly #visits = new Map<string, Promise<Visit>>();
  readonly #options: WebSocketAdapterOptions;
  #next = 1;

  /** The first look comes at random within the interval: by itself none comes into a test that counts reads. */
  constructor(options: WebSocketAdapterOptions = { interval: 86_400 }) {
    this.#options = options;
  }

  readonly attach = (server: Server, sessions: Sessions<Data>): void => {
    const wss = new WebSocketServer({ noServer: true });
    const open = coatcheck(sessions, this.#options);
    const upgrade = async (request: IncomingMessage, socket: Duplex, head: Buffer): Promise<void> => {
      const opening = open(request);
      const path = request.url ?? "";
      this.dialled.set(path, socket);
      this.#visits.set(path, withRequest(opening, request));
      try {
        const { ended } = await opening;
        wss.handleUpgrade(request, socket, head, (ws) => void ended.then((why) => ws.close(4401, why)));
      } catch {
        socket.end("HTTP/1.1 503 Service Unavailable\r\nConnection: close\r\n\r\n");
      }
    };
    server.on("upgrade", (request: IncomingMessage, socket: Duplex, head: Buffer) => {
      socket.on("error", () => socket.destroy());
      void upgrade(request, socket, head);
    });
  };

  /** A client on its way, and the path by which to find its end at the server. */
  dial(port: number, cookie?: string): { client: WebSocket; path: string } {
    const path = `/socket/${this.#next}`;
    this.#next += 1;
    const headers = cookie === undefined ? {} : { cookie };
    return { client: new WebSocket(`ws://127.0.0.1:${port}${path}`, { headers }), path };
  }

  async connect(port: number, cookie?: string): Promise<Connected> {
    const { client, path } = this.dial(port, cookie);
    const closed = (async () => {
      const [code, reason] = (await once(client, "close")) as [number, Buffer];
      return { code, reason: reason.toString() };
    })();
    const [[upgrade]] = (await Promise.all([once(client, "upgrade"), once(client, "open")])) as [[IncomingMessage], []];
    return { client, visit: await this.visit(path), upgrade, closed };
  }

  /** The session of a socket that was dialled. */
  visit(path: string): Promise<Visit> {
    return this.#visits.get(path) ?? Promise.reject(new Error(`the server knows no socket ${path}`));
  }
}

/** What has been told so far; `undefined`: nothing. */
export async function told({ ended }: SocketSession<Data>): Promise<SessionEnd | undefined> {
  return Promise.race([ended, Promise.resolve(undefined)]);
}

function withRequest(opening: Promise<SocketSession<Data>>, request: IncomingMessage): Promise<Visit> {
  const visit = opening.then((opened) => ({ ...opened, request }));
  // Whoever asks for it sees the error; a test of a refusal does not.
  visit.catch(() => undefined);
  return visit;
}

/** An application with sockets, beside a plain Node server. */
export interface Place extends AsyncDisposable {
  readonly app: App;
  readonly sockets: Sockets;
  /** What comes between the sessions and their store from now on. */
  arm(intercept: Intercept): void;
}

export async function place(options: AppOptions = {}, handlers: Routes = routes): Promise<Place> {
  const sockets = new Sockets();
  let armed: Intercept = (_, proceed) => proceed();
  const app = await serve(withSockets("node", sockets.attach), handlers, {
    store: (call, proceed) => armed(call, proceed),
    ...options,
  });
  return {
    app,
    sockets,
    arm: (intercept) => void (armed = intercept),
    [Symbol.asyncDispose]: () => app[Symbol.asyncDispose](),
  };
}
