import { mountOf, type Sessions } from "../../core/sessions.ts";
import { type FastifyApp, mountFastify } from "../on-fastify.ts";

export type { SessionProperty } from "../node.ts";

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
    mountFastify(sessions, request, reply);
    done();
  });
}
