import { H3, type H3Event, HTTPResponse, redirect, toNodeHandler } from "h3";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { coatcheck } from "../../src/http/adapters/h3.ts";
import { type Adapter, bodyFor, listen, type Setup, statusFor } from "./harness-adapter.ts";
import type { Call } from "./harness-call.ts";

const noResponse = "an h3 handler returns its answer; what it writes to Node's response itself is past h3";

export const h3Adapter: Adapter = {
  name: "h3",
  secure: false,
  http2: false,
  lacks: { response: noResponse, statusMessage: noResponse },
  start({ sessions, routes, onError }) {
    const app = new H3({
      silent: true,
      ...(onError && {
        onError(error, event) {
          // h3 wraps what is no error of its own.
          if (!error.unhandled) return;
          const given = error.cause;
          onError(given);
          event.res.status = statusFor(given);
          return bodyFor(given);
        },
      }),
    });
    app.use(coatcheck(sessions));
    for (const [path, handler] of Object.entries(routes)) {
      app.all(
        path,
        (event) =>
          // A handler that goes on after its answer was handed over, as one that streams does.
          new Promise<unknown>((resolve, reject) => {
            run(handler, h3Call(event, sessions, resolve)).catch(reject);
          }),
      );
    }
    const listener = toNodeHandler(app) as (request: IncomingMessage, response: ServerResponse) => void;
    return listen(createServer(listener));
  },
};

async function run(handler: (call: Call) => unknown, call: Call): Promise<void> {
  await handler(call);
}

function h3Call(event: H3Event, sessions: Setup["sessions"], respond: (value: unknown) => void): Call {
  const { req, res } = event.node as { req: IncomingMessage; res: ServerResponse };
  const head = (status: number, headers: readonly (readonly [string, string])[]): void => {
    event.res.status = status;
    for (const [name, value] of headers) event.res.headers.append(name, value);
  };
  return {
    method: event.req.method,
    query: event.url.searchParams,
    carrier: event,
    port: req.socket.remotePort ?? 0,
    closed: new Promise((resolve) => res.once("close", () => resolve())),
    session: () => sessions.get(event),
    form: async () => new URLSearchParams(await event.req.text()),
    send(status, body = "", headers = []) {
      head(status, headers);
      respond(body);
    },
    redirect: (location) => respond(redirect(location, 303)),
    stream(status, headers = []) {
      head(status, headers);
      const { readable, writable } = new TransformStream<Uint8Array, Uint8Array>();
      const writer = writable.getWriter();
      const ignoreAbort = (): void => {};
      respond(readable);
      return {
        write: (text) => void writer.write(new TextEncoder().encode(text)).catch(ignoreAbort),
        end: () => void writer.close().catch(ignoreAbort),
      };
    },
    pipe: (status, body) => respond(new HTTPResponse(body, { status })),
    raw() {
      throw new Error(noResponse);
    },
  };
}
