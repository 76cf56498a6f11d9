import { mountOf, type Sessions } from "../core/sessions.ts";
import { Exchange, type RequestFacts, type Settled } from "./exchange.ts";
import { logFailure, statusOf } from "./failure.ts";
import type { HeaderBag } from "./headers.ts";
import { SharedRequest } from "./shared-request.ts";

/** What is needed of a request: the shape that fetch runtimes and every framework on top of them share. */
export interface WebRequest {
  readonly method: string;
  readonly url: string;
  readonly headers: { get(name: string): string | null };
}

/**
 * Connects one web-standard request to its session: what `fetch`, `hono` and their like have in common. Nothing comes back
 * where an outer mount has connected one of the carriers; then all of them lead to its session, and it does the rest.
 *
 * @param more What this framework knows better of a request.
 */
export function mountWeb<D>(
  sessions: Sessions<D>,
  request: WebRequest,
  carriers: readonly object[],
  onUse: () => void = () => undefined,
  more: Partial<RequestFacts> = {},
): Exchange<D> | undefined {
  const mount = mountOf(sessions);
  const known = carriers.find((carrier) => mount.isBound(carrier));
  if (known !== undefined) {
    mount.join(
      carriers.filter((carrier) => !mount.isBound(carrier)),
      known,
    );
    return undefined;
  }
  return webExchange(sessions, request, carriers, onUse, more);
}

/** The same without looking at who else there is; without carriers, nobody but the caller has to do with it. */
export function webExchange<D>(
  sessions: Sessions<D>,
  request: WebRequest,
  carriers: readonly object[] = [],
  onUse: () => void = () => undefined,
  more: Partial<RequestFacts> = {},
): Exchange<D> {
  const facts = {
    method: request.method,
    cookieHeader: () => request.headers.get("cookie") ?? undefined,
    isSecure: () => request.url.startsWith("https:"),
    // The adapter tells by `respond`: a response that is a value has none to be asked.
    headersSent: () => false,
    ...more,
  };
  return new WebExchange<D>(sessions, facts, carriers, onUse);
}

/**
 * Who answers a failure puts another response in the place of the one there was, with all that the sessions of further in
 * had said in it. So each one, further out, says it again.
 */
class WebExchange<D> extends Exchange<D> {
  readonly #shared: SharedRequest;

  constructor(sessions: Sessions<D>, facts: RequestFacts, carriers: readonly object[], onUse: () => void) {
    super(sessions, facts, carriers, onUse);
    this.#shared = SharedRequest.of(carriers);
  }

  override async settle(status: number): Promise<Settled> {
    const settled = await super.settle(status);
    const all = this.#shared.say(settled.addHeaders);
    return {
      ...settled,
      addHeaders(headers) {
        for (const addHeaders of all) addHeaders(headers);
      },
    };
  }

  override respond(): void {
    super.respond();
    this.#shared.leave();
  }
}

/**
 * The response with the session's headers. `onEnd` is told when its body ends, or nobody wants the rest.
 *
 * One that can neither be changed nor copied is left as it is: an upgrade has left before it is returned, and what is said
 * by `Vary` matters to no cache. Only a cookie has to reach the visitor, as the store has its key already: any other such
 * response, which no server could have sent whole, is an error then.
 */
export function withHeaders(
  response: Response,
  addHeaders: (headers: HeaderBag) => void,
  onEnd?: () => void,
): Response {
  let answer = copyOf(response, onEnd);
  if (isFixed(answer)) {
    const ours = new Headers();
    addHeaders(webHeaders(ours));
    const isUpgrade = response.status > 0 && response.status < 200;
    if (isUpgrade || ours.getSetCookie().length === 0) return response;
    discard(response);
    answer = answerPlainly(new TypeError(`${unsendable} (status ${response.status}). It was answered by 500.`));
  }
  addHeaders(webHeaders(answer.headers));
  return answer;
}

const unsendable = "expected a Response that can take the session's cookie; found one that cannot be changed or copied";

/** The specification has any change refused, also one that changes nothing. */
function isFixed({ headers }: Response): boolean {
  try {
    headers.delete("Set-Cookie-Of-Nobody");
    return false;
  } catch {
    return true;
  }
}

/** What it means to a visitor: `Response.error()` has the status 0, and no server sends it. */
export function statusOfResponse({ status }: Response): number {
  return status === 0 ? 500 : status;
}

/** @param own What else will be among the headers, as far as these do not replace it. */
export function webHeaders(headers: Headers, own?: Headers): HeaderBag {
  return {
    get: (name) => headers.get(name) ?? own?.get(name) ?? undefined,
    set: (name, value) => headers.set(name, value),
    addCookie(line) {
      if (!headers.getSetCookie().includes(line)) headers.append("Set-Cookie", line);
    },
  };
}

/** The headers of a redirect or of a fetched response cannot be changed, and only a body passed on tells when it ends. */
function copyOf(response: Response, onEnd: (() => void) | undefined): Response {
  // A status that no constructor takes (an upgrade, an error, an odd one that was fetched), a body that somebody reads or has
  // read: passed on as they are.
  const isPlain = response.status >= 200 && response.status <= 599;
  if (!isPlain || response.bodyUsed || response.body?.locked) return response;
  const body = response.body && onEnd ? untilEnd(response.body, onEnd) : response.body;
  return new Response(body, response);
}

/** The end of a body is its last piece, or the visitor who went away before it. */
function untilEnd(body: ReadableStream, onEnd: () => void): ReadableStream {
  return body.pipeThrough(new TransformStream({ flush: onEnd, cancel: onEnd }));
}

/** The same answer, whose end is told: of a response or a stream; other values are whole already. */
export function withEnd(answer: unknown, onEnd: () => void): unknown {
  if (answer instanceof Response) return copyOf(answer, onEnd);
  return answer instanceof ReadableStream ? untilEnd(answer, onEnd) : answer;
}

/** The answer to an error, where the application has none of its own. */
export function answerPlainly(error: unknown): Response {
  logFailure(error);
  return new Response(null, { status: statusOf(error) });
}

/** An answer that is not sent. Not waited for, and no matter if somebody else holds it: the visitor is owed another. */
export function discard(answer: unknown): void {
  const body = answer instanceof Response ? answer.body : answer;
  if (body instanceof ReadableStream) body.cancel().catch(() => undefined);
}
