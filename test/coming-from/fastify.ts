import { once } from "node:events";
import type { AddressInfo } from "node:net";
import fastifyCookie from "@fastify/cookie";
import fastifySession from "@fastify/session";
import fastify, { type FastifyInstance, type FastifyReply, type FastifyRequest } from "fastify";
import { onTestFinished } from "vitest";
import { coatcheck } from "../../src/http/adapters/fastify.ts";
import type { Sessions } from "../../src/index.ts";
import { LoggedStore } from "./express.ts";
import { type Data, type Handler, open, type Ours, type Settings, textOf } from "./settings.ts";
import { Site } from "./site.ts";

declare module "fastify" {
  interface Session {
    user: string;
    views: number;
    theme: string;
  }
}

export interface Context {
  readonly request: FastifyRequest;
  readonly reply: FastifyReply;
  readonly sessions: Sessions<Data>;
}

export const secret = "a secret of thirty-two characters";

type Options = Partial<fastifySession.FastifySessionOptions>;
type Theirs = (request: FastifyRequest, reply: FastifyReply) => unknown;

/** A small app with @fastify/session; `/unused` answers without a look at the session. */
export async function before(
  options: Options,
  routes: Record<string, Theirs>,
  app = fastify(),
): Promise<Site & { store: LoggedStore; app: FastifyInstance }> {
  const store = new LoggedStore();
  app.register(fastifyCookie);
  // What is not under test: a cookie that a browser takes over plain http, and no session for everybody.
  const usual = { secret, store: store as never, saveUninitialized: false, cookie: { secure: false } };
  app.register(fastifySession, { ...usual, ...options });
  for (const [path, handler] of Object.entries(routes)) {
    app.get(path, async (request, reply) => answer(reply, await handler(request, reply)));
  }
  return Object.assign(new Site(await listening(app)), { store, app });
}

/** The same with Coatcheck. */
export async function after(
  settings: Settings,
  routes: Record<string, Handler<Context>>,
  app = fastify(),
): Promise<Site & Ours> {
  const ours = open(settings);
  const { sessions } = ours;
  app.register(coatcheck, { sessions });
  for (const [url, handler] of Object.entries(routes)) {
    app.route({
      method: ["GET", "POST"],
      url,
      handler: async (request, reply) =>
        answer(reply, await handler(await sessions.get(request), { request, reply, sessions })),
    });
  }
  return Object.assign(new Site(await listening(app)), ours);
}

function answer(reply: FastifyReply, value: unknown): FastifyReply {
  return reply.sent ? reply : reply.send(textOf(value));
}

async function listening(app: FastifyInstance): Promise<string> {
  app.get("/unused", async () => "unused");
  app.setErrorHandler(async (error: Error & { status?: number }, _request, reply) =>
    reply.status(error.status ?? 500).send(error.message),
  );
  await app.listen({ port: 0, host: "127.0.0.1" });
  onTestFinished(async () => {
    app.server.closeAllConnections();
    await app.close();
  });
  if (!app.server.listening) await once(app.server, "listening");
  return `http://127.0.0.1:${(app.server.address() as AddressInfo).port}`;
}
