import { mountOf, type Sessions } from "../../core/sessions.ts";
import { mountNode, type NodeRequest, type NodeResponse } from "../node.ts";

export type { SessionProperty } from "../node.ts";

interface FastifyRequest {
  readonly raw: NodeRequest;
  /** Fastify's own honours `trustProxy`; the socket cannot know of a proxy. */
  readonly protocol: string;
  readonly log: { error(details: object, message: string): void };
}

interface FastifyReply {
  readonly raw: NodeResponse;
  readonly sent: boolean;
  getHeaders(): Record<string, unknown>;
  headers(values: Record<string, unknown>): unknown;
  removeHeader(name: string): unknown;
  send(payload: unknown): unknown;
}

type OnRequest = (request: FastifyRequest, reply: FastifyReply, done: () => void) => void;

interface FastifyApp {
  addHook(name: "onRequest", hook: OnRequest): unknown;
}

export interface FastifyAdapterOptions<D> {
  /** What `createSessions` returned. */
  readonly sessions: Sessions<D>;
}

/**
 * Sessions for Fastify 5: a plugin that reaches the instance it is registered on, and everything inside. The reply leaves
 * once the session is saved, whichever way it is sent; an error while saving goes to the error handler of the route.
 *
 * @example app.register(coatcheck, { sessions })
 */
export const coatcheck: <D>(app: FastifyApp, options: FastifyAdapterOptions<D>) => Promise<void> = Object.assign(
  plugin,
  {
    // What fastify-plugin would set: without the first, the hook would reach only what is registered inside this plugin.
    [Symbol.for("skip-override")]: true,
    [Symbol.for("fastify.display-name")]: "coatcheck",
    [Symbol.for("plugin-meta")]: { name: "coatcheck", fastify: ">=5" },
  },
);

// Asynchronous, so that Fastify reports a wrong option like any plugin's failure.
async function plugin<D>(app: FastifyApp, { sessions }: FastifyAdapterOptions<D>): Promise<void> {
  mountOf(sessions);
  app.addHook("onRequest", (request, reply, done) => {
    const log = (error: unknown): void => request.log.error({ err: error }, String(error));
    mountNode(sessions, request.raw, reply.raw, {
      isSecure: () => request.protocol === "https",
      fail(error) {
        if (!reply.sent) return void reply.send(error);
        // Hijacked: Fastify has let go of this reply, and what wrote the failed one is done.
        log(error);
        reply.raw.end();
      },
      log,
      carriers: [request, reply],
      keepHeaders: () => keepHeaders(reply),
    });
    done();
  });
}

/** Fastify writes its headers over those of the response, at the last moment. */
function keepHeaders(reply: FastifyReply): () => void {
  const before = reply.getHeaders();
  return () => {
    for (const name of Object.keys(reply.getHeaders())) reply.removeHeader(name);
    reply.headers(before);
  };
}
