import { InvalidOption } from "../../core/errors.ts";
import type { Session } from "../../core/session.ts";
import { mountOf, type Sessions } from "../../core/sessions.ts";
import { actionRunner } from "../action.ts";
import { type CookieJar, isReadOnly, putCookie, requestOf, wasWritten } from "../cookie-jar.ts";
import { forwardCookie, goesOn } from "../forwarded-cookie.ts";
import { keepPrivate } from "../headers.ts";
import { type ReadonlySession, readonlySession, refuseStatic } from "../readonly-session.ts";
import { renew } from "../renewal.ts";
import { type AnswerSettled, returned, settleAnswer } from "../thrown-answer.ts";
import { mountWeb, webExchange, webHeaders, withHeaders } from "../web.ts";

export type { DeepReadonly, ReadonlySession } from "../readonly-session.ts";

/** What Next gives by import: handed in, so that nothing of Next is loaded by us. */
export interface NextFunctions {
  /** From `next/headers`. */
  cookies: () => Promise<CookieJar>;
  /** From `next/cache`: makes Next render the page again in the response of an action that changed the session. */
  refresh: () => void;
}

export interface NextHandlerOptions<R> {
  /**
   * Answers when the handler, or saving the session, failed. What Next throws to be told by (`redirect`, `notFound`) is no
   * failure.
   * @default logs an error of ours, `StoreUnavailable` for one, and answers with its status and an empty body; throws others
   * on, for Next to log and answer
   */
  onError?: (error: unknown, request: R) => Response | Promise<Response>;
}

type Answer = Response | Promise<Response>;

/** What `coatcheck` gives for the four places of an app. */
export interface NextSessions<D> {
  /**
   * The session of this request, to be read: in server components, and in what they call. Read from the store once a
   * request. In an action, a route handler or the proxy it is the session that those are using.
   * @throws StoreUnavailable, CorruptPayload
   */
  readSession: () => Promise<ReadonlySession<D>>;
  /**
   * A server action with a session, put before the arguments that Next passes. The session is saved before the action's
   * result leaves, also behind `redirect()` and `notFound()`; behind any other error changes are dropped.
   * @throws ReadOnly when it is called while a server component renders.
   */
  action: <Args extends unknown[], Result>(
    handler: (session: Session<D>, ...args: Args) => Result | Promise<Result>,
  ) => (...args: Args) => Promise<Result>;
  /**
   * A route handler, in which `sessions.get(request)` is the session.
   * @throws ReadOnly with `dynamic = "force-static"`, by which Next gives every visitor the one answer it has built: the build fails.
   */
  route: <Rest extends unknown[], R extends Request = Request>(
    handler: (request: R, ...rest: Rest) => Answer,
    options?: NextHandlerOptions<R>,
  ) => (request: R, ...rest: Rest) => Promise<Response>;
  /**
   * The proxy (`proxy.ts`). Renews the session of a GET or HEAD that brings one, since no server component can; that costs
   * one read. `sessions.get(request)` is the session here too, and what is behind the proxy sees what was written. A handler
   * that returns nothing lets the request pass; so does none. Where it used the session, the page behind it is answered
   * `Cache-Control: private, no-cache`, unless it said `private` or `no-store` itself.
   */
  proxy: <Rest extends unknown[], R extends Request = Request>(
    handler?: (request: R, ...rest: Rest) => Answer | void | Promise<Response | void>,
    options?: NextHandlerOptions<R>,
  ) => (request: R, ...rest: Rest) => Promise<Response>;
}

/**
 * Sessions for Next.js 16, App Router. Call it where `createSessions` is called, and import what it gives.
 *
 * @example export const { readSession, action, route, proxy } = coatcheck(sessions, { cookies, refresh })
 * @throws InvalidOption with `cookie.secure: "auto"`: Next does not tell whether a connection is https.
 */
export function coatcheck<D>(sessions: Sessions<D>, { cookies, refresh }: NextFunctions): NextSessions<D> {
  const mount = mountOf(sessions);
  const { name, secure } = sessions.options.cookie;
  if (secure === "auto") {
    throw new InvalidOption('cookie.secure: expected true or false with Next.js, which does not tell; got "auto".');
  }
  const runAction = actionRunner(sessions, refresh);
  const known = new WeakMap<CookieJar, Promise<ReadonlySession<D>>>();

  const read = async (jar: CookieJar): Promise<ReadonlySession<D>> => {
    const exchange = webExchange(sessions, requestOf(jar, name));
    return readonlySession(await exchange.load());
  };

  const answering =
    <R extends Request, Rest extends unknown[]>(
      handler: (request: R, ...rest: Rest) => Answer,
      { onError }: NextHandlerOptions<R> = {},
      finish: (request: R, jar: CookieJar, outcome: AnswerSettled) => Answer,
    ) =>
    async (request: R, ...rest: Rest): Promise<Response> => {
      const jar = await cookies();
      if (isReadOnly(jar)) refuseStatic();
      const exchange = mountWeb(sessions, request, [request, jar]);
      if (exchange === undefined) return handler(request, ...rest);
      const answerError = onError && ((error: unknown) => onError(error, request));
      return finish(request, jar, await settleAnswer(exchange, jar, () => handler(request, ...rest), answerError));
    };

  const readOnce = async (): Promise<ReadonlySession<D>> => {
    const jar = await cookies();
    if (mount.isBound(jar)) return (await sessions.get(jar)) as object as ReadonlySession<D>;
    const reading = known.get(jar) ?? read(jar);
    known.set(jar, reading);
    return reading;
  };

  return {
    readSession() {
      const reading = readOnce();
      // Whoever awaits it sees the error; read in advance and not awaited, it must not end the process.
      reading.catch(() => undefined);
      return reading;
    },

    action:
      (handler) =>
      async (...args) => {
        const jar = await cookies();
        try {
          return await runAction(jar, (session) => handler(session, ...args));
        } finally {
          // Whoever reads after it must not be shown what was read before it.
          known.delete(jar);
        }
      },

    route: (handler, options) => answering(handler, options, (_request, _jar, { response }) => response),

    proxy: (handler, options) =>
      answering(
        async (request, ...rest) => (await returned(() => handler?.(request, ...rest))) ?? pass(),
        options,
        async (request, jar, { response, settled }) => {
          const renewed = settled === undefined ? await renew(sessions, request) : undefined;
          const answer = renewed === undefined ? response : withHeaders(response, renewed.addHeaders);
          // Next puts its own `Vary` in the place of ours on a page, and a static one it offers to every cache.
          if (settled !== undefined && goesOn(answer.headers)) keepPrivate(webHeaders(answer.headers));
          const { cookie } = renewed ?? settled ?? {};
          if (cookie !== undefined) {
            forwardCookie(request.headers, answer.headers, cookie);
            if (wasWritten(jar)) putCookie(jar, cookie);
          }
          return answer;
        },
      ),
  };
}

/** What `NextResponse.next()` is. */
function pass(): Response {
  return new Response(null, { headers: { "x-middleware-next": "1" } });
}
