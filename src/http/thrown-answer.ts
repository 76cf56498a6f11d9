import { SessionError } from "../core/errors.ts";
import type { Exchange, Settled } from "./exchange.ts";
import { type CookieJar, putCookie } from "./cookie-jar.ts";
import { logFailure } from "./failure.ts";
import { type Outcome, outcomeOf, passOn } from "./outcome.ts";
import { answerPlainly, discard, withHeaders } from "./web.ts";

/** What Next is to do, said by throwing: its errors carry a `digest` that begins with these. */
const redirect = "NEXT_REDIRECT;";
const notFound = "NEXT_HTTP_ERROR_FALLBACK;";

/**
 * The status with which Next answers what `redirect()`, `notFound()` and their like throw; `undefined` for an error. Not the status
 * that an error may say it has, of which Next knows nothing.
 */
export function statusOfDigest(error: unknown): number | undefined {
  const digest = digestOf(error) ?? "";
  if (digest.startsWith(redirect)) return 307;
  return digest.startsWith(notFound) ? Number(digest.slice(notFound.length)) : undefined;
}

function digestOf(error: unknown): string | undefined {
  const digest: unknown = Reflect.get(Object(error), "digest");
  return typeof digest === "string" ? digest : undefined;
}

/**
 * For the proxy, where Next answers these with 500, and sends no cookie: kept as they are, a redirect would save what it means to
 * tell, and lose it.
 */
export async function returned<Answer>(handle: () => Answer | Promise<Answer>): Promise<Answer> {
  try {
    return await handle();
  } catch (error) {
    if (statusOfDigest(error) === undefined) throw error;
    throw new TypeError(
      "proxy: expected a Response to be returned; found one of redirect(), notFound() and their like thrown, which Next " +
        "does not take from a proxy. Return NextResponse.redirect(…), or a Response of that status.",
      { cause: error },
    );
  }
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
  const answerError = onError ?? answerPlainly;
  let outcome = await outcomeOf(async () => asResponse(await handle(), "the handler"));
  if ("error" in outcome && isForUs(outcome.error, onError !== undefined)) {
    const { error } = outcome;
    // What it throws in its turn is thrown on below, when the session has had its say.
    outcome = await outcomeOf(async () => asResponse(await answerError(error), "onError"));
  }
  const { response, error: thrown } = outcome;
  const status = response?.status ?? statusOfDigest(thrown) ?? 500;
  const settled = exchange.used ? await exchange.settle(status) : undefined;
  exchange.respond();
  if (settled?.failure !== undefined) {
    discard(response);
    const { error } = settled.failure;
    const answer = await outcomeOf(async () => asResponse(await answerError(error), "onError"));
    return { response: withHeaders(unlessLost(answer, settled), settled.addHeaders), settled };
  }
  if (response !== undefined) {
    if (settled === undefined) return { response, settled };
    return { response: withHeaders(response, settled.addHeaders, () => exchange.finish()), settled };
  }
  if (settled?.cookie !== undefined && digestOf(thrown)?.startsWith(redirect)) {
    putCookie(jar, settled.cookie);
    throw thrown;
  }
  const answer = unlessLost({ error: thrown }, settled);
  return { response: settled === undefined ? answer : withHeaders(answer, settled.addHeaders), settled };
}

/** Whatever has a digest is for Next: an answer of ours would hide from it that a page cannot be built ahead. */
function isForUs(error: unknown, answersAll: boolean): boolean {
  return (answersAll || error instanceof SessionError) && digestOf(error) === undefined;
}

/** What was thrown is thrown on; but behind an error Next sends no cookie, so where there is one we answer as it would. */
function unlessLost(outcome: Outcome, settled: Settled | undefined): Response {
  if ("response" in outcome || settled?.cookie === undefined) return passOn(outcome);
  const status = statusOfDigest(outcome.error) ?? 500;
  if (status >= 500) logFailure(outcome.error);
  return new Response(null, { status });
}

function asResponse(answer: unknown, whose: string): Response {
  if (answer instanceof Response) return answer;
  throw new TypeError(`expected ${whose} to return a Response; found ${typeof answer}.`);
}
