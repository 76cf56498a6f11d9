import { mountOf, type Sessions } from "../../core/sessions.ts";
import { answerBy, responseOf } from "../outcome.ts";
import { answerPlainly, discard, mountWeb, statusOfResponse, withHeaders } from "../web.ts";

export interface FetchAdapterOptions {
  /**
   * Answers when the handler, or saving the session, failed. What it throws itself is answered by the default.
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
    const exchange = mountWeb(sessions, request, [request]);
    if (exchange === undefined) return handler(request, ...rest);

    const answer = (error: unknown): Promise<Response> => answerBy(() => onError(error, request), answerPlainly);
    const outcome = await responseOf(() => handler(request, ...rest));
    const response = outcome.response ?? (await answer(outcome.error));
    const settled = exchange.used ? await exchange.settle(statusOfResponse(response)) : undefined;
    exchange.respond();
    if (settled === undefined) return response;

    const { addHeaders, failure } = settled;
    if (failure === undefined) return withHeaders(response, addHeaders, () => exchange.finish());
    discard(response);
    return withHeaders(await answer(failure.error), addHeaders);
  };
}
