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
  mountOf(sessions);
  return async (request, ...rest) => {
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

/** A copy, since the headers of a redirect or of a fetched response cannot be changed. */
function withHeaders(response: Response, apply: (headers: HeaderBag) => void, onEnd?: () => void): Response {
  // The end of a body is its last piece, or the visitor who went away before it.
  const body =
    response.body && onEnd
      ? response.body.pipeThrough(new TransformStream({ flush: onEnd, cancel: onEnd }))
      : response.body;
  const copy = new Response(body, response);
  apply({
    get: (name) => copy.headers.get(name) ?? undefined,
    set: (name, value) => copy.headers.set(name, value),
    append: (name, value) => copy.headers.append(name, value),
  });
  return copy;
}

function answerPlainly(error: unknown): Response {
  logFailure(error);
  return new Response(null, { status: statusOf(error) });
}
