import { mountOf, type Sessions } from "../../core/sessions.ts";
import { isEncrypted, mountNode, type NodeRequest, type NodeResponse } from "../node.ts";

/** Express's own `request.secure` honours its "trust proxy" setting; the socket cannot know of a proxy. */
interface ExpressRequest extends NodeRequest {
  readonly secure?: boolean;
}

type Next = (error?: unknown) => void;
type Handler<Request, Response> = (request: Request, response: Response, next: Next) => unknown;

interface Coatcheck {
  /**
   * Sessions for Express 5 and 4. An error while saving goes to the app's error handlers, as if the route had thrown it.
   *
   * @example app.use(coatcheck(sessions))
   */
  <D>(sessions: Sessions<D>): (request: ExpressRequest, response: NodeResponse, next: Next) => void;

  /**
   * Express 4 only: takes the error of a rejected handler to the error handlers. Express 4 does not look at the promise,
   * and a store that is down would end the process as an unhandled rejection. Express 5 needs no wrapper.
   *
   * @example app.get("/", coatcheck.async(async (request, response) => { … }))
   */
  async<Request, Response>(
    handler: Handler<Request, Response>,
  ): (request: Request, response: Response, next: Next) => void;
}

/** @see Coatcheck */
export const coatcheck: Coatcheck = Object.assign(mount, { async: forwardRejection });

function mount<D>(sessions: Sessions<D>) {
  mountOf(sessions);
  return function coatcheckMiddleware(request: ExpressRequest, response: NodeResponse, next: Next): void {
    mountNode(sessions, request, response, {
      isSecure: () => request.secure ?? isEncrypted(request),
      fail: next,
    });
    next();
  };
}

function forwardRejection<Request, Response>(handler: Handler<Request, Response>) {
  return async (request: Request, response: Response, next: Next): Promise<void> => {
    try {
      await handler(request, response, next);
    } catch (error) {
      next(error);
    }
  };
}
