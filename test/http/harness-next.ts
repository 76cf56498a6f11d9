import { createServer, type IncomingMessage, type RequestListener, type Server, type ServerResponse } from "node:http";
import { createServer as createSecureServer } from "node:https";
import { createRequire } from "node:module";
import { join } from "node:path";
import { Readable } from "node:stream";
import { coatcheck, type NextFunctions } from "../../src/http/adapters/next.ts";
import { type Adapter, bodyFor, listen, pathOf, type Running, type Setup, statusFor } from "./harness-adapter.ts";
import type { Call, Pairs } from "./harness-call.ts";
import { tls } from "./harness-node.ts";
import { keptApp, nextConfig, nextKit } from "./next-build.ts";

const noResponse = "a route handler returns its Response and has none to write to";

/** One app of Next for all tests: its route handler takes every path to whatever the test has put here under its port. */
const registry = Symbol.for("coatcheck.test.next");
type Answer = (next: NextFunctions, request: Request) => Promise<Response>;
const apps = new Map<string, Answer>();
const connections = new Map<string, { readonly port: number; readonly closed: Promise<void> }>();
Object.defineProperty(globalThis, registry, { configurable: true, value: apps });

const files = {
  "package.json": `{ "type": "module" }`,
  "next.config.mjs": nextConfig("compress: false"),
  "app/[[...path]]/route.js": `
    import { refresh } from "next/cache";
    import { cookies } from "next/headers";
    const apps = globalThis[Symbol.for("coatcheck.test.next")];
    const portOf = (request) => request.headers.get("host").split(":")[1];
    const answer = (request) => apps.get(portOf(request))({ cookies, refresh }, request);
    export { answer as GET, answer as POST, answer as PUT, answer as PATCH, answer as DELETE, answer as OPTIONS };`,
};

type Listener = (request: IncomingMessage, response: ServerResponse) => Promise<void>;
interface NextServer {
  prepare(): Promise<void>;
  getRequestHandler(): Listener;
}

/** Next puts another in the place of everybody's, for its caches: other tests of this process have theirs. */
const { fetch: nodeFetch } = globalThis;

let started: Promise<Listener> | undefined;

/** Built and booted once for all tests of this process. */
function nextListener(): Promise<Listener> {
  return (started ??= startNext());
}

async function startNext(): Promise<Listener> {
  const load = createRequire(join(nextKit, "package.json"));
  const next = load("next") as (options: object) => NextServer;
  const server = next({ dev: false, dir: await keptApp(files), quiet: true });
  await server.prepare();
  return server.getRequestHandler();
}

const lacks = {
  response: noResponse,
  statusMessage: noResponse,
  endOfUnused: "a Response without use of the session is passed on as it is, so nothing tells of its end",
  secureAuto: "Next.js does not tell whether a connection is https, so the adapter refuses the setting",
};

async function prepare(): Promise<void> {
  await nextListener();
}

async function start(setup: Setup, create: (listener: RequestListener) => Server): Promise<Running> {
  const listener = await nextListener();
  let requests = 0;
  const server = await listen(
    create((incoming, outgoing) => {
      const id = `${incoming.headers.host} ${(requests += 1)}`;
      const closed = new Promise<void>((resolve) => outgoing.once("close", resolve));
      connections.set(id, { port: incoming.socket.remotePort ?? 0, closed });
      incoming.headers["x-connection"] = id;
      pruneVary(outgoing);
      void listener(incoming, outgoing);
    }),
  );
  const port = String(server.port);
  apps.set(port, answering(setup));
  return {
    port: server.port,
    async close() {
      await server.close();
      apps.delete(port);
      globalThis.fetch = nodeFetch;
    },
  };
}

export const nextAdapter: Adapter = {
  name: "next",
  secure: false,
  http2: false,
  lacks,
  prepare,
  start: (setup) => start(setup, createServer),
};

export const nextTlsAdapter: Adapter = {
  name: "next https",
  secure: true,
  http2: false,
  lacks,
  prepare,
  start: (setup) => start(setup, (listener) => createSecureServer(tls, listener)),
};

/** Next says of every answer that it depends on its own headers. That is taken off: what is left is what we said. */
function pruneVary(outgoing: ServerResponse): void {
  const writeHead = outgoing.writeHead.bind(outgoing) as (...args: unknown[]) => ServerResponse;
  outgoing.writeHead = (...args: unknown[]) => {
    const left = [outgoing.getHeader("vary") ?? []]
      .flat()
      .flatMap((value) => String(value).split(/, */))
      .filter((name) => !/^(rsc|next-.*)$/.test(name));
    if (left.length === 0) outgoing.removeHeader("vary");
    else outgoing.setHeader("vary", left.join(", "));
    return writeHead(...args);
  };
}

/** A handler that goes on after its response was handed over, as one that streams does. */
function answering({ sessions, routes, onError }: Setup): Answer {
  let handle: ((request: Request) => Promise<Response>) | undefined;
  return (next, request) => {
    handle ??= coatcheck(sessions, next).route(
      (asked) =>
        new Promise<Response>((resolve, reject) => {
          const handler = routes[pathOf(asked.url)];
          if (handler === undefined) return resolve(new Response("no such page", { status: 404 }));
          run(handler, nextCall(asked, sessions, resolve)).catch(reject);
        }),
      onError && {
        onError(error) {
          onError(error);
          return new Response(bodyFor(error), { status: statusFor(error) });
        },
      },
    );
    return handle(request);
  };
}

async function run(handler: (call: Call) => unknown, call: Call): Promise<void> {
  await handler(call);
}

function nextCall(request: Request, sessions: Setup["sessions"], respond: (response: Response) => void): Call {
  const { port = 0, closed = Promise.resolve() } = connections.get(request.headers.get("x-connection") ?? "") ?? {};
  const copyOf = (headers: Pairs): [string, string][] => headers.map(([name, value]) => [name, value]);
  return {
    method: request.method,
    query: new URL(request.url).searchParams,
    carrier: request,
    port,
    closed,
    session: () => sessions.get(request),
    form: async () => new URLSearchParams(await request.text()),
    send: (status, body, headers = []) => respond(new Response(body ?? null, { status, headers: copyOf(headers) })),
    // Next knows its own name only, and not the one by which a browser found it.
    redirect: (location) => respond(Response.redirect(new URL(location, originOf(request)), 303)),
    stream(status, headers = []) {
      const { readable, writable } = new TransformStream<Uint8Array, Uint8Array>();
      const writer = writable.getWriter();
      const ignoreAbort = (): void => {};
      respond(new Response(readable, { status, headers: copyOf(headers) }));
      return {
        write: (text) => void writer.write(new TextEncoder().encode(text)).catch(ignoreAbort),
        end: () => void writer.close().catch(ignoreAbort),
      };
    },
    pipe: (status, body) => respond(new Response(Readable.toWeb(body) as ReadableStream, { status })),
    raw() {
      throw new Error(noResponse);
    },
  };
}

function originOf({ headers }: Request): string {
  return `${headers.get("x-forwarded-proto")}://${headers.get("host")}`;
}
