import { mountOf, type Sessions } from "../../core/sessions.ts";
import { Exchange } from "../exchange.ts";
import { logFailure, statusOf } from "../failure.ts";
import type { HeaderBag } from "../headers.ts";

export interface FetchAdapterOptions {
  /**
   * Answers when the handler, or saving the session, failed.
   * @default logs the error and answers with its status (500 when it has none) and an empty body
   */
  onError?: (error: unknown, request: Request) => Response | Promise<Response>;
}

/**
 * Sessions for anything that turns a `Request` into a `Response`. Errors are answered here and not thrown on, because a
 * rotated key must reach the browser also behind a 500.
 *
 * @example export default { fetch: coatcheck(sessions, async (request) => new Response("…")) }
 */
export function coatcheck<D, Rest extends unknown[]>(
  sessions: Sessions<D>,
  handler: (request: Request, ...rest: Rest) => Response | Promise<Response>,
  { onError = answerPlainly }: FetchAdapterOptions = {},
): (request: Request, ...rest: Rest) => Promise<Response> {
  const mount = mountOf(sessions);
  return async (request, ...rest) => {
    if (mount.isBound(request)) return handler(request, ...rest);
    let responded = false;
    const facts = {
      method: request.method,
      cookieHeader: () => request.headers.get("cookie") ?? undefined,
      isSecure: () => request.url.startsWith("https:"),
      headersSent: () => responded,
    };
    const exchange = new Exchange<D>(sessions, facts, [request], () => undefined);

    let response: Response;
    try {
      response = await handler(request, ...rest);
    } catch (error) {
      response = await onError(error, request);
    }
    if (!exchange.used) {
      responded = true;
      return response;
    }

    const { addHeaders, failure } = await exchange.settle(response.status);
    if (failure === undefined) return withHeaders(response, addHeaders, () => exchange.finish());
    // Not waited for, and no matter if somebody else holds it: the visitor is owed an answer.
    response.body?.cancel().catch(() => undefined);
    return withHeaders(await onError(failure.error, request), addHeaders);
  };
}

function withHeaders(response: Response, addHeaders: (headers: HeaderBag) => void, onEnd?: () => void): Response {
  const answer = copyOf(response, onEnd);
  const { headers } = answer;
  addHeaders({
    get: (name) => headers.get(name) ?? undefined,
    set: (name, value) => headers.set(name, value),
    append: (name, value) => headers.append(name, value),
  });
  return answer;
}

/** The headers of a redirect or of a fetched response cannot be changed, and only a body passed on tells when it ends. */
function copyOf(response: Response, onEnd: (() => void) | undefined): Response {
  // A status that no constructor takes (an upgrade, an error), a body that somebody is reading: passed on as they are.
  if (response.status < 200 || response.body?.locked) return response;
  // The end of a body is its last piece, or the visitor who went away before it.
  const body =
    response.body && onEnd
      ? response.body.pipeThrough(new TransformStream({ flush: onEnd, cancel: onEnd }))
      : response.body;
  return new Response(body, response);
}

function answerPlainly(error: unknown): Response {
  logFailure(error);
  return new Response(null, { status: statusOf(error) });
}
