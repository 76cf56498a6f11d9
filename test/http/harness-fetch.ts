import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { coatcheck } from "../../src/http/adapters/fetch.ts";
import { type Adapter, bodyFor, listen, pathOf, type Setup, statusFor } from "./harness-adapter.ts";
import type { Call, OpenBody, Pairs } from "./harness-call.ts";

const noResponse = "a fetch handler returns its Response and has none to write to";

export const fetchAdapter: Adapter = {
  name: "fetch",
  secure: false,
  http2: false,
  lacks: {
    response: noResponse,
    statusMessage: noResponse,
    endOfUnused: "a Response without use of the session is passed on as it is, so nothing tells of its end",
  },
  start(setup) {
    const handle = fetchHandler(setup);
    return listen(createServer((incoming, outgoing) => void bridge(handle, incoming, outgoing)));
  },
};

interface Connection {
  readonly port: number;
  readonly closed: Promise<void>;
}

type FetchHandler = (request: Request, connection: Connection) => Promise<Response>;

/** A handler that goes on after its response was handed over, as one that streams does. */
function fetchHandler({ sessions, routes, onError }: Setup): FetchHandler {
  return coatcheck(
    sessions,
    (request, connection: Connection) =>
      new Promise<Response>((resolve, reject) => {
        const handler = routes[pathOf(request.url)];
        if (handler === undefined) return resolve(new Response("no such page", { status: 404 }));
        run(handler, fetchCall(request, connection, sessions, resolve)).catch(reject);
      }),
    onError && {
      onError(error) {
        onError(error);
        return new Response(bodyFor(error), { status: statusFor(error) });
      },
    },
  );
}

async function run(handler: (call: Call) => unknown, call: Call): Promise<void> {
  await handler(call);
}

function fetchCall(
  request: Request,
  { port, closed }: Connection,
  sessions: Setup["sessions"],
  respond: (response: Response) => void,
): Call {
  const { searchParams } = new URL(request.url);
  return {
    method: request.method,
    query: searchParams,
    carrier: request,
    port,
    closed,
    session: () => sessions.get(request),
    form: async () => new URLSearchParams(await request.text()),
    send: (status, body, headers = []) => respond(new Response(body ?? null, { status, headers: copyOf(headers) })),
    // Its headers cannot be changed, which is what makes it worth having here.
    redirect: (location) => respond(Response.redirect(new URL(location, request.url), 303)),
    stream(status, headers = []) {
      const { readable, body } = openBody();
      respond(new Response(readable, { status, headers: copyOf(headers) }));
      return body;
    },
    pipe: (status, body) => respond(new Response(Readable.toWeb(body), { status })),
    raw() {
      throw new Error(noResponse);
    },
  };
}

function copyOf(headers: Pairs): [string, string][] {
  return headers.map(([name, value]) => [name, value]);
}

function openBody(): { readable: ReadableStream<Uint8Array>; body: OpenBody } {
  const { readable, writable } = new TransformStream<Uint8Array, Uint8Array>();
  const writer = writable.getWriter();
  const ignoreAbort = (): void => {};
  return {
    readable,
    body: {
      write: (text) => void writer.write(new TextEncoder().encode(text)).catch(ignoreAbort),
      end: () => void writer.close().catch(ignoreAbort),
    },
  };
}

/** What a fetch runtime does for its handler, on a real socket. */
async function bridge(handle: FetchHandler, incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
  const headers = new Headers();
  for (let i = 0; i < incoming.rawHeaders.length; i += 2) {
    headers.append(incoming.rawHeaders[i] ?? "", incoming.rawHeaders[i + 1] ?? "");
  }
  const url = `http://127.0.0.1:${incoming.socket.localPort}${incoming.url}`;
  const closed = new Promise<void>((resolve) => outgoing.once("close", resolve));
  try {
    const body = headers.has("content-length") && { body: Readable.toWeb(incoming), duplex: "half" as const };
    const request = new Request(url, { method: incoming.method ?? "GET", headers, ...body });
    const response = await handle(request, { port: incoming.socket.remotePort ?? 0, closed });
    // `forEach` gives each Set-Cookie line by itself.
    const lines: string[] = [];
    response.headers.forEach((value, name) => lines.push(name, value));
    outgoing.writeHead(response.status, lines).flushHeaders();
    if (response.body === null) outgoing.end();
    else await pipeline(Readable.fromWeb(response.body), outgoing);
  } catch {
    // The client went away, or the handler broke its promise never to reject: either way half an answer must show.
    outgoing.destroy();
  }
}
