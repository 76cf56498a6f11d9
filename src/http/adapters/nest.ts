import { NotMounted, NotSupported } from "../../core/errors.ts";
import type { Session } from "../../core/session.ts";
import { mountOf, type Sessions } from "../../core/sessions.ts";
import { type FastifyAppWithMiddlewares, mountAheadOfFastify } from "../ahead-of-fastify.ts";
import type { NodeRequest, NodeResponse } from "../node.ts";
import { expressMiddleware } from "../on-express.ts";

export type { SessionProperty } from "../node.ts";

type Middleware = (request: NodeRequest, response: NodeResponse, next: (error?: unknown) => void) => void;

interface HttpAdapter {
  getType(): string;
  getInstance(): unknown;
  use(middleware: Middleware): unknown;
}

/** What Nest hands to `configure`: the one way to its HTTP adapter that needs nothing imported from Nest. */
interface Consumer {
  getHttpAdapter(): HttpAdapter;
}

/** A dynamic module, as Nest's `imports` take them. */
export interface CoatcheckModule {
  readonly module: new () => { configure(consumer: Consumer): void };
}

/** What is needed of Nest's `ExecutionContext`. */
export interface NestContext {
  getType(): string;
  switchToHttp(): { getRequest(): object };
}

interface Coatcheck {
  /**
   * Sessions for a NestJS app, on Express or Fastify. Import it in one module, and all the app has them, whatever the
   * prefix, version or module of a route, and the middlewares of modules too; those of `app.use` in main.ts run before
   * any module. An error while saving goes to the global exception filters.
   *
   * @example @Module({ imports: [coatcheck(sessions)] })
   */
  <D>(sessions: Sessions<D>): CoatcheckModule;

  /**
   * What Nest's `createParamDecorator` makes a decorator of, which gives a handler the session of its request.
   * @throws NotMounted, when it is used, in a handler of WebSocket or other messages: they have no request.
   *
   * @example export const CurrentSession = createParamDecorator(coatcheck.current(sessions));
   */
  current<D>(sessions: Sessions<D>): (data: unknown, context: NestContext) => Promise<Session<D>>;

  /**
   * A guard that lets only those in whose session has a `userId`; others get the exception that you name. It is yours
   * because a filter knows an exception by its class, and we have none of Nest's.
   * @throws NotMounted, when it is used, before a handler of WebSocket or other messages.
   *
   * @example export const signedIn = coatcheck.signedIn(sessions, UnauthorizedException);
   */
  signedIn<D>(
    sessions: Sessions<D>,
    Unauthorized: new () => Error,
  ): { canActivate(context: NestContext): Promise<boolean> };
}

/** @see Coatcheck */
export const coatcheck: Coatcheck = Object.assign(moduleOf, {
  current<D>(sessions: Sessions<D>) {
    mountOf(sessions);
    return (_data: unknown, context: NestContext): Promise<Session<D>> => sessionIn(sessions, context);
  },

  signedIn<D>(sessions: Sessions<D>, Unauthorized: new () => Error) {
    mountOf(sessions);
    return {
      async canActivate(context: NestContext): Promise<boolean> {
        const { userId } = await sessionIn(sessions, context);
        if (userId === undefined) throw new Unauthorized();
        return true;
      },
    };
  },
});

function moduleOf<D>(sessions: Sessions<D>): CoatcheckModule {
  mountOf(sessions);
  // A class for each call: it knows its sessions, and nothing has to be injected.
  class CoatcheckModule {
    configure(consumer: Consumer): void {
      const adapter = consumer.getHttpAdapter();
      const platform = adapter.getType();
      if (platform === "express") adapter.use(expressMiddleware(sessions));
      else if (platform === "fastify") {
        const app = adapter.getInstance() as FastifyAppWithMiddlewares;
        mountAheadOfFastify(sessions, app, (middleware) => adapter.use(middleware));
      } else {
        throw new NotSupported(
          `coatcheck/nest: the platform "${platform}" is not supported. Platforms that are: express, fastify.`,
        );
      }
    }
  }
  return { module: CoatcheckModule };
}

async function sessionIn<D>(sessions: Sessions<D>, context: NestContext): Promise<Session<D>> {
  const type = context.getType();
  if (type === "http") return sessions.get(context.switchToHttp().getRequest());
  throw new NotMounted(
    `coatcheck/nest: expected an HTTP context, found "${type}". A message has no answer that a cookie could go out with: ` +
      `use sessions.open(token) and save(), or with GraphQL sessions.get(context.req).`,
  );
}
