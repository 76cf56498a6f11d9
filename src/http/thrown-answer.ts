import { SessionError } from "../core/errors.ts";
import type { Exchange, Settled } from "./exchange.ts";
import { type CookieJar, putCookie } from "./cookie-jar.ts";
import { logFailure } from "./failure.ts";
import { answerPlainly, discard, withHeaders } from "./web.ts";

/** What Next is to do, said by throwing: its errors carry a `digest` that begins with these. */
const redirect = "NEXT_REDIRECT;";
const notFound = "NEXT_HTTP_ERROR_FALLBACK;";

/** The status that Next answers with for what `redirect()`, `notFound()` and their like throw; `undefined`: an error. */
export function thrownStatus(error: unknown): number | undefined {
  const digest = digestOf(error) ?? "";
  if (digest.startsWith(redirect)) return 307;
  return digest.startsWith(notFound) ? Number(digest.slice(notFound.length)) : undefined;
}

function digestOf(error: unknown): string | undefined {
  const digest: unknown = Reflect.get(Object(error), "digest");
  return typeof digest === "string" ? digest : undefined;
}

export interface AnswerSettled {
  readonly response: Response;
  /** `undefined`: the session was not used. */
  readonly settled: Settled | undefined;
}

/**
 * Settles a handler that answers by returning or, as Next allows, by throwing. What it throws is thrown on for Next to act
 * upon, unless the session's cookie could then not reach the visitor: Next sends none behind a `notFound()` or an error.
 */
export async function settleAnswer<D>(
  exchange: Exchange<D>,
  jar: CookieJar,
  handle: () => Response | Promise<Response>,
  onError: ((error: unknown) => Response | Promise<Response>) | undefined,
): Promise<AnswerSettled> {
  let response: Response | undefined;
  let thrown: unknown;
  try {
    response = await handle();
    if (!(response instanceof Response))
      throw new TypeError(`expected the handler to return a Response; found ${typeof response}.`);
  } catch (error) {
    thrown = error;
    response = undefined;
    // Whatever has a digest is for Next: an answer of ours would hide from it that a page cannot be built ahead.
    const isOurs = error instanceof SessionError;
    if ((isOurs || onError !== undefined) && digestOf(error) === undefined) {
      response = await (onError ?? answerPlainly)(error);
    }
  }
  const status = response?.status ?? thrownStatus(thrown) ?? 500;
  const settled = exchange.used ? await exchange.settle(status) : undefined;
  exchange.respond();
  if (settled?.failure !== undefined) {
    discard(response);
    const answer = await (onError ?? answerPlainly)(settled.failure.error);
    return { response: withHeaders(answer, settled.addHeaders), settled };
  }
  if (response === undefined) {
    if (settled?.cookie === undefined) throw thrown;
    if (digestOf(thrown)?.startsWith(redirect)) {
      putCookie(jar, settled.cookie);
      throw thrown;
    }
    if (status >= 500) logFailure(thrown);
    response = new Response(null, { status });
  }
  if (settled === undefined) return { response, settled };
  return { response: withHeaders(response, settled.addHeaders, () => exchange.finish()), settled };
}
