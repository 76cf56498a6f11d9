import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { Readable } from "node:stream";
import { logFailure } from "../../src/http/failure.ts";
import { coatcheck } from "../../src/http/adapters/sveltekit.ts";
import { type Adapter, bodyFor, listen, pathOf, type Setup, statusFor } from "./harness-adapter.ts";
import type { Call, Pairs } from "./harness-call.ts";
import { builtApp, play } from "./sveltekit-app.ts";

const noResponse = "a route of SvelteKit returns its Response and has none to write to";

export const svelteKitAdapter: Adapter = {
  name: "sveltekit",
  secure: false,
  http2: false,
  lacks: {
    response: noResponse,
    statusMessage: noResponse,
    endOfUnused: "a Response without use of the session is passed on as it is, so nothing tells of its end",
  },
  async start({ sessions, routes, onError }) {
    const app = await builtApp();
    const responses = new WeakMap<IncomingMessage, ServerResponse>();
    const server = await listen(
      createServer((request, response) => {
        responses.set(request, response);
        app(request, response, () => response.destroy());
      }),
    );
    const handle = coatcheck(
      sessions,
      onError && {
        onError(error) {
          onError(error);
          return new Response(bodyFor(error), { status: statusFor(error) });
        },
      },
    );
    const end = play(server.port, {
      handle: (_event, input: Parameters<typeof handle>[0]) => handle(input),
      handleError(_event, { error }: { error: unknown }) {
        // As Kit does where an app has no such hook.
        if (onError === undefined) return logFailure(error);
        onError(error);
        return { status: statusFor(error), message: bodyFor(error) };
      },
      answer(event: KitEvent) {
        const { req } = event.platform;
        const closed = new Promise<void>((resolve) => responses.get(req)?.once("close", resolve));
        // A handler that goes on after its response was handed over, as one that streams does.
        return new Promise<Response>((resolve, reject) => {
          const handler = routes[pathOf(event.request.url)];
          if (handler === undefined) return resolve(new Response("no such page", { status: 404 }));
          run(handler, kitCall(event, closed, sessions, resolve)).catch(reject);
        });
      },
    });
    return {
      port: server.port,
      async close() {
        await server.close();
        end();
      },
    };
  },
};

interface KitEvent {
  readonly request: Request;
  readonly url: URL;
  readonly platform: { readonly req: IncomingMessage };
}

async function run(handler: (call: Call) => unknown, call: Call): Promise<void> {
  await handler(call);
}

function kitCall(
  event: KitEvent,
  closed: Promise<void>,
  sessions: Setup["sessions"],
  respond: (response: Response) => void,
): Call {
  return {
    method: event.request.method,
    query: event.url.searchParams,
    carrier: event,
    port: event.platform.req.socket.remotePort ?? 0,
    closed,
    session: () => sessions.get(event),
    form: async () => new URLSearchParams(await event.request.text()),
    send: (status, body, headers = []) => respond(new Response(body ?? null, { status, headers: copyOf(headers) })),
    // Its headers cannot be changed, which is what makes it worth having here.
    redirect: (location) => respond(Response.redirect(new URL(location, event.url), 303)),
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
    pipe: (status, body) => respond(new Response(Readable.toWeb(body), { status })),
    raw() {
      throw new Error(noResponse);
    },
  };
}

function copyOf(headers: Pairs): [string, string][] {
  return headers.map(([name, value]) => [name, value]);
}
