import { mountOf, type Sessions } from "../../core/sessions.ts";
import { type ExpressMiddleware, expressMiddleware, type Next } from "../on-express.ts";

type Handler = (request: never, response: never, next: never) => unknown;

interface Coatcheck {
  /**
   * Sessions for Express 5 and 4. An error while saving goes to the error handlers that were mounted on the same
   * app or router after it; those of routers further in are done by then.
   *
   * @example app.use(coatcheck(sessions))
   */
  <D>(sessions: Sessions<D>): ExpressMiddleware;

  /**
   * Express 4 only: takes the error of a rejected handler to the error handlers. Express 4 does not look at the promise,
   * and a store that is down would end the process as an unhandled rejection. Express 5 needs no wrapper.
   *
   * @example app.get("/", coatcheck.async(async (request, response) => { … }))
   */
  async<H extends Handler>(handler: H): H;
}

/** @see Coatcheck */
export const coatcheck: Coatcheck = Object.assign(mount, { async: forwardRejection });

function mount<D>(sessions: Sessions<D>): ExpressMiddleware {
  mountOf(sessions);
  return expressMiddleware(sessions);
}

function forwardRejection<H extends Handler>(handler: H): H {
  const forwarding = async (request: never, response: never, next: Next): Promise<void> => {
    try {
      await handler(request, response, next as never);
    } catch (error) {
      next(error);
    }
  };
  // What Express passes in and ignores of what comes out is the same; H is there so that the handler's types are found.
  return forwarding as unknown as H;
}
