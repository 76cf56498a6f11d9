import { mountOf, original, type Sessions } from "../../core/sessions.ts";
import { answerAsKit, statusSaid } from "../kit-client.ts";
import { redirectThrown, statusOfThrown } from "../kit-thrown.ts";
import { answerBy, type Outcome, responseOf, passOn } from "../outcome.ts";
import { fetchTelling } from "../own-fetch.ts";
import { PagePart } from "../page-part.ts";
import { giveContextSession } from "../property.ts";
import { discard, mountWeb, statusOfResponse, type WebRequest, withHeaders } from "../web.ts";

export type { SessionProperty } from "../node.ts";

/** What is needed of an event; Kit's own fits. */
export interface SvelteKitEvent {
  readonly request: WebRequest;
  readonly url: URL;
  readonly locals: object;
  readonly isDataRequest: boolean;
  /** Missing in older ones of version 2. */
  readonly isRemoteRequest?: boolean;
  readonly cookies: {
    get(name: string): string | undefined;
    set(name: string, value: string, options: { path: string }): void;
  };
  fetch: typeof fetch;
}

export interface SvelteKitAdapterOptions<Event> {
  /**
   * Answers when the session could not be saved; and when a handle after this one threw an error while a cookie has to go
   * with the answer, since Kit's answer would not take it along. What it throws itself is answered by the default.
   * @default logs the error and answers with its status (500 when it has none), in the form that Kit's client reads
   */
  onError?: (error: unknown, event: Event) => Response | Promise<Response>;
}

/**
 * Sessions for SvelteKit: a handle, alone or in a `sequence`. What a page asks of this app by `event.fetch` has the page's
 * session, and is saved with it.
 *
 * @example export const handle = coatcheck(sessions);
 */
export function coatcheck<D, Event extends SvelteKitEvent = SvelteKitEvent>(
  sessions: Sessions<D>,
  { onError = (error, { request }) => answerAsKit(request, error) }: SvelteKitAdapterOptions<Event> = {},
): (input: { event: Event; resolve(event: Event): Response | Promise<Response> }) => Promise<Response> {
  const mount = mountOf(sessions);
  const { name } = sessions.options.cookie;
  const parts = new WeakMap<object, PagePart<D>>();

  return async function coatcheckHandle({ event, resolve }) {
    const { request, cookies } = event;
    // Kit takes it away once the route has answered, and a handle after this one can throw a redirect even then.
    const { set } = cookies;
    const part = parts.get(request);
    // Should its request come again, it is another one.
    parts.delete(request);
    const facts = { cookieHeader: () => cookieHeader(event, name) };
    const exchange = part?.page ?? mountWeb(sessions, request, [request], undefined, facts);
    // Kit hands out copies of its event, and copies this along.
    Object.assign(event, { [original]: request });
    if (sessions.options.property) giveContextSession(event.locals, request, () => sessions.get(request));
    if (exchange === undefined) return resolve(event);
    event.fetch = fetchTelling(event, (asked) => void parts.set(asked, new PagePart(exchange, mount, asked)));

    const answer = (error: unknown): Promise<Response> =>
      answerBy(
        () => onError(error, event),
        (thrown) => answerAsKit(request, thrown),
      );
    const outcome = await responseOf(() => resolve(event));
    const status = (): Promise<number> => statusOfOutcome(event, outcome);
    if (part !== undefined) {
      const failure = await part.settle(status);
      return failure ? answer(failure.error) : passOn(outcome);
    }
    const settled = exchange.used ? await exchange.settle(await status()) : undefined;
    exchange.respond();
    if (settled === undefined) return passOn(outcome);
    if (settled.failure !== undefined) {
      // What the page asked past us may have cycled the key, and nothing else tells the visitor.
      const lines = linesOf(outcome, name);
      discard(outcome.response);
      return withHeaders(await answer(settled.failure.error), (headers) => {
        for (const line of lines) headers.addCookie(line);
        settled.addHeaders(headers);
      });
    }
    if (outcome.response) return withHeaders(outcome.response, settled.addHeaders, () => exchange.finish());
    const { cookie } = settled;
    if (cookie === undefined) throw outcome.error;
    if (redirectThrown(outcome.error) === undefined)
      return withHeaders(await answer(outcome.error), settled.addHeaders);
    const { value = "", path = "/", ...attributes } = cookie;
    set(name, value, { ...attributes, path });
    throw outcome.error;
  };
}

/** As Kit means it: a redirect and an error that are thrown have a status, and its client's 200 can hide another. */
async function statusOfOutcome(event: SvelteKitEvent, { response, error }: Outcome): Promise<number> {
  if (response === undefined) return statusOfThrown(error);
  return event.isDataRequest || event.isRemoteRequest ? statusSaid(response) : statusOfResponse(response);
}

function linesOf({ response }: Outcome, name: string): string[] {
  return response?.headers.getSetCookie().filter((line) => line.startsWith(`${name}=`)) ?? [];
}

/** With the cookie that the page was given by what it asked past us, which only Kit's `cookies` know. */
function cookieHeader({ request, cookies }: SvelteKitEvent, name: string): string {
  const header = request.headers.get("cookie") ?? "";
  const newest = cookies.get(name);
  return newest === undefined || header.includes(newest) ? header : `${name}=${newest}; ${header}`;
}
