import type { Sessions } from "../core/sessions.ts";
import { logFailure } from "./failure.ts";
import { isEncrypted, mountNode, type NodeMountOptions, type NodeRequest, type NodeResponse } from "./node.ts";
import { type FastifyApp, type FastifyReply, type FastifyRequest, fastifyOptions, mountFastify } from "./on-fastify.ts";

/** Of a Fastify app whose middlewares run in a hook that is older than any of ours. */
export interface FastifyAppWithMiddlewares extends FastifyApp {
  errorHandler(error: unknown, request: object, response: object): unknown;
}

export type RawMiddleware = (request: NodeRequest, response: NodeResponse, next: () => void) => void;

/**
 * Sessions for a Fastify app and its middlewares, which get Node's request and response alone. Each request is connected
 * in the first of them, and told of its reply as soon as a hook of ours sees that.
 */
export function mountAheadOfFastify<D>(
  sessions: Sessions<D>,
  app: FastifyAppWithMiddlewares,
  use: (middleware: RawMiddleware) => unknown,
): void {
  const ahead = new WeakMap<object, Ahead<D>>();
  use((request, response, next) => {
    ahead.set(request, new Ahead(sessions, app, request, response));
    next();
  });
  app.addHook("onRequest", (request, reply, done) => {
    ahead.get(request.raw)?.meet(request, reply);
    mountFastify(sessions, request, reply);
    done();
  });
}

class Ahead<D> {
  /** What is possible without a reply: the error handler takes errors of middlewares with Node's objects too. */
  #options: Required<Omit<NodeMountOptions, "carriers">>;
  #restore: (() => void) | undefined;

  constructor(sessions: Sessions<D>, app: FastifyAppWithMiddlewares, request: NodeRequest, response: NodeResponse) {
    this.#options = {
      isSecure: () => isEncrypted(request),
      fail: (error) => void app.errorHandler(error, request, response),
      log: logFailure,
      keepHeaders: () => () => undefined,
    };
    mountNode(sessions, request, response, {
      isSecure: () => this.#options.isSecure(),
      fail: (error) => this.#options.fail(error),
      log: (error) => this.#options.log(error),
      keepHeaders: () => {
        this.#restore = this.#options.keepHeaders();
        return () => this.#restore?.();
      },
    });
  }

  meet(request: FastifyRequest, reply: FastifyReply): void {
    // Whose middlewares these are does not use Fastify's logger, which says nothing then.
    this.#options = fastifyOptions(request, reply, logFailure);
    // In use already: the headers to go back to are those of now, before any handler said its own.
    if (this.#restore !== undefined) this.#restore = this.#options.keepHeaders();
  }
}
