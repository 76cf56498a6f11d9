import { createAdaptorServer, type HttpBindings } from "@hono/node-server";
import { type Context, Hono } from "hono";
import type { ContentfulStatusCode } from "hono/utils/http-status";
import { stream } from "hono/streaming";
import { createServer as createHttps } from "node:https";
import { Readable } from "node:stream";
import { coatcheck } from "../../src/http/adapters/hono.ts";
import { type Adapter, bodyFor, listen, type Running, type Setup, statusFor } from "./harness-adapter.ts";
import type { Call } from "./harness-call.ts";
import { tls } from "./harness-node.ts";

type Options = Parameters<typeof createAdaptorServer>[0];

const noResponse = "a Hono handler returns its Response and has none to write to";

export const honoAdapter: Adapter = {
  name: "hono",
  secure: false,
  http2: false,
  lacks: {
    response: noResponse,
    statusMessage: noResponse,
    endOfUnused: "a Response without use of the session is passed on as it is, so nothing tells of its end",
  },
  start: (setup) => startApp(setup, {}),
};

export const honoTlsAdapter: Adapter = {
  ...honoAdapter,
  name: "hono https",
  secure: true,
  start: (setup) => startApp(setup, { createServer: createHttps, serverOptions: tls }),
};

async function startApp({ sessions, routes, onError }: Setup, options: Partial<Options>): Promise<Running> {
  const app = new Hono<{ Bindings: HttpBindings }>();
  app.use(coatcheck(sessions));
  for (const [path, handler] of Object.entries(routes)) {
    app.all(
      path,
      (c) =>
        // A handler that goes on after its response was handed over, as one that streams does.
        new Promise<Response>((resolve, reject) => {
          run(handler, honoCall(c, sessions, resolve)).catch(reject);
        }),
    );
  }
  if (onError !== undefined) {
    app.onError((error, c) => {
      onError(error);
      return c.text(bodyFor(error), statusFor(error) as ContentfulStatusCode);
    });
  }
  // As `serve` does, it puts Response and Request of its own into the place of Node's: with those it has to work.
  const before = { Request: globalThis.Request, Response: globalThis.Response };
  const server = await listen(createAdaptorServer({ fetch: app.fetch, ...options }));
  return {
    port: server.port,
    async close() {
      await server.close();
      for (const [name, value] of Object.entries(before)) Object.defineProperty(globalThis, name, { value });
    },
  };
}

async function run(handler: (call: Call) => unknown, call: Call): Promise<void> {
  await handler(call);
}

function honoCall(
  c: Context<{ Bindings: HttpBindings }>,
  sessions: Setup["sessions"],
  respond: (response: Response) => void,
): Call {
  const { incoming, outgoing } = c.env;
  const head = (status: number, headers: readonly (readonly [string, string])[]): void => {
    c.status(status as ContentfulStatusCode);
    for (const [name, value] of headers) c.header(name, value, { append: true });
  };
  return {
    method: c.req.method,
    query: new URL(c.req.url).searchParams,
    carrier: c,
    port: incoming.socket.remotePort ?? 0,
    closed: new Promise((resolve) => outgoing.once("close", () => resolve())),
    session: () => sessions.get(c),
    form: async () => new URLSearchParams(await c.req.text()),
    send(status, body, headers = []) {
      head(status, headers);
      respond(body === undefined ? c.body(null) : c.body(body));
    },
    redirect: (location) => respond(c.redirect(location, 303)),
    stream(status, headers = []) {
      head(status, headers);
      const pieces = queue();
      respond(
        stream(c, async (out) => {
          for await (const piece of pieces.read()) await out.write(piece);
        }),
      );
      return pieces;
    },
    // What comes from elsewhere has headers that cannot be changed.
    pipe: (status, body) => respond(new Response(Readable.toWeb(body) as ReadableStream, { status })),
    raw() {
      throw new Error(noResponse);
    },
  };
}

/** What one side writes, the other reads, at its own time. */
function queue() {
  const { readable, writable } = new TransformStream<string, string>(undefined, { highWaterMark: 100 });
  const writer = writable.getWriter();
  const ignoreAbort = (): void => {};
  return {
    read: (): AsyncIterable<string> => readable,
    write: (text: string) => void writer.write(text).catch(ignoreAbort),
    end: () => void writer.close().catch(ignoreAbort),
  };
}
