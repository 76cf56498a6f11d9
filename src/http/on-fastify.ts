import type { Sessions } from "../core/sessions.ts";
import { Replies } from "./fastify-replies.ts";
import { copyHeaders, describesBody } from "./node-headers.ts";
import { mountNode, type NodeMountOptions, type NodeRequest, type NodeResponse } from "./node.ts";

export interface FastifyRequest {
  readonly raw: NodeRequest;
  /** Fastify's own honours `trustProxy`; the socket cannot know of a proxy. */
  readonly protocol: string;
  readonly log: { error(details: object, message: string): void };
}

export interface FastifyReply {
  readonly raw: NodeResponse;
  readonly sent: boolean;
  getHeader(name: string): unknown;
  getHeaders(): Record<string, unknown>;
  headers(values: Record<string, unknown>): unknown;
  removeHeader(name: string): unknown;
  removeTrailer(name: string): unknown;
  send(payload: unknown): unknown;
}

type OnRequest = (request: FastifyRequest, reply: FastifyReply, done: () => void) => void;

export interface FastifyApp {
  addHook(name: "onRequest", hook: OnRequest): unknown;
}

/** Connects one request of a Fastify app. */
export function mountFastify<D>(sessions: Sessions<D>, request: FastifyRequest, reply: FastifyReply): void {
  const options = fastifyOptions(request, reply);
  const connect = (...carriers: object[]): unknown =>
    mountNode(sessions, request.raw, reply.raw, { ...options, carriers });
  connect(request, reply);
  Replies.of(reply).onAnother(connect);
}

/** What Fastify knows of a request beyond Node, and does with its errors. */
export function fastifyOptions(
  request: FastifyRequest,
  reply: FastifyReply,
  log = (error: unknown): void => request.log.error({ err: error }, String(error)),
): Required<Omit<NodeMountOptions, "carriers">> {
  const replies = Replies.of(reply);
  return {
    isSecure: () => request.protocol === "https",
    fail(error) {
      if (!replies.current.sent) return void replies.another().send(error);
      // Hijacked: Fastify has let go of this reply, and what wrote the failed one is done.
      log(error);
      reply.raw.end();
    },
    log,
    keepHeaders: () => keepHeaders(replies.current),
  };
}

/** Fastify writes its headers over those of the response, at the last moment. Trailers are of the body that failed. */
function keepHeaders(reply: FastifyReply): () => void {
  const before = copyHeaders(reply.getHeaders());
  return () => {
    for (const name of String(reply.getHeader("trailer")).split(" ")) reply.removeTrailer(name);
    for (const name of Object.keys(reply.getHeaders())) reply.removeHeader(name);
    reply.headers(Object.fromEntries(Object.entries(before).filter(([name]) => !describesBody(name))));
  };
}
