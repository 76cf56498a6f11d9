import type { MiddlewareHandler } from "hono";
import type { Session } from "../../core/session.ts";
import { mountOf, type Sessions } from "../../core/sessions.ts";
import { SessionError } from "../../core/errors.ts";
import { logFailure, statusOf } from "../failure.ts";
import { sessionPromise } from "../property.ts";
import { discard, mountWeb, statusOfResponse, withHeaders } from "../web.ts";

/** What the middleware adds to the context: `c.var.session`, unless the option `property` is false. */
export interface CoatcheckEnv<D> {
  Variables: {
    /** Loads the session when it is first awaited. Assigning to it throws: await it. */
    readonly session: Promise<Session<D>>;
  };
}

/**
 * Sessions for Hono. Mount it before the middlewares that look at whole responses (`etag`, `compress`): what they make of
 * one is then saved and sent with the session's cookie. An error while saving goes to `onError` of the app that mounted it.
 *
 * @example app.use(coatcheck(sessions))
 */
export function coatcheck<D>(sessions: Sessions<D>): MiddlewareHandler<CoatcheckEnv<D>> {
  mountOf(sessions);
  return async function coatcheckMiddleware(c, next) {
    let headersBefore: Headers | undefined;
    const exchange = mountWeb(sessions, c.req.raw, [c, c.req, c.req.raw], () => {
      // A response of its own tells which headers there are; to ask for `c.res` would already begin one.
      headersBefore = new Headers(c.newResponse(null).headers);
      sessions.get(c).catch(answerable);
    });
    if (sessions.options.property) {
      c.set(
        "session",
        sessionPromise(() => sessions.get(c)),
      );
    }
    if (exchange === undefined) return next();

    const thrown = await next().then(
      () => undefined,
      (error: unknown) => ({ error }),
    );
    // Hono's error handlers get nothing but an Error. What else is thrown ends as a 500 without any header of ours.
    const answered = thrown === undefined || thrown.error instanceof Error;
    const settled =
      exchange.used && answered ? await exchange.settle(thrown ? 500 : statusOfResponse(c.res)) : undefined;
    exchange.respond();
    const failure = settled?.failure ?? thrown;
    if (settled !== undefined) {
      const { res } = c;
      // First nothing: Hono copies the headers of the response that was over those of the one that comes.
      c.res = undefined;
      if (failure === undefined) c.res = withHeaders(res, settled.addHeaders, () => exchange.finish());
      else {
        discard(res);
        c.res = withHeaders(new Response(null, { headers: headersBefore ?? [] }), settled.addHeaders);
        // Whatever answers now, it is no 200.
        c.status(statusOf(failure.error) as Parameters<typeof c.status>[0]);
      }
    }
    if (failure !== undefined) throw answerable(failure.error);
  };
}

/** Hono's own error handler knows no status but that of an error which brings its response, and then it logs nothing. */
function answerable(error: unknown): unknown {
  if (!(error instanceof SessionError) || "getResponse" in error) return error;
  const getResponse = (): Response => {
    logFailure(error);
    return new Response(null, { status: error.status });
  };
  return Object.defineProperty(error, "getResponse", { value: getResponse });
}
