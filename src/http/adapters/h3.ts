import { mountOf, type Sessions } from "../../core/sessions.ts";
import { statusOf } from "../failure.ts";
import type { NodeResponse } from "../node.ts";
import { giveContextSession } from "../property.ts";
import { discard, mountWeb, webHeaders, type WebRequest, withEnd } from "../web.ts";

/** What is needed of an event; h3's own fits. */
interface Event {
  readonly req: WebRequest;
  readonly context: object;
  readonly runtime?: { readonly node?: { readonly res?: Pick<NodeResponse, "once"> } } | undefined;
  readonly res: PreparedResponse;
}

/** What h3 puts into the response that it makes of a handler's value: the second headers where that is an error. */
interface PreparedResponse {
  status?: number;
  statusText?: string;
  readonly headers: Headers;
  /** Missing in the release candidate that Nitro 3.0.0 brings. */
  readonly errHeaders?: Headers;
}

/**
 * Sessions for H3 v2, alone or in Nitro 3. An error while saving goes where h3 takes errors: `onError` of the app, or of a
 * middleware before this one. If yours answers with a `Response`, hand it `event.res.errHeaders`: h3 adds nothing to such
 * a response, and a cycled key would not reach the visitor.
 *
 * @example app.use(coatcheck(sessions))
 */
export function coatcheck<D>(sessions: Sessions<D>): (event: Event, next: () => unknown) => Promise<unknown> {
  mountOf(sessions);
  return async function coatcheckMiddleware(event, next) {
    const nodeResponse = event.runtime?.node?.res;
    let restore = (): void => undefined;
    const exchange = mountWeb(sessions, event.req, [event, event.req], () => {
      restore = keep(event);
      nodeResponse?.once("close", () => exchange?.finish());
    });
    if (exchange === undefined) return next();
    if (sessions.options.property) giveContextSession(event.context, event, () => exchange.load());

    let value: unknown;
    let thrown: { readonly error: unknown } | undefined;
    try {
      value = await next();
      // h3 takes an error that is returned for one that was thrown.
      if (value instanceof Error) thrown = { error: value };
    } catch (error) {
      thrown = { error };
    }
    const settled = exchange.used ? await exchange.settle(statusOfAnswer(event, value, thrown)) : undefined;
    exchange.respond();
    const failure = settled?.failure ?? thrown;
    if (settled?.failure !== undefined) {
      discard(value);
      restore();
      // Whatever answers now, it is no 200.
      event.res.status = statusOf(settled.failure.error);
    }
    if (settled !== undefined) {
      const own = headersOf(failure === undefined ? value : failure.error);
      // Into both: a response takes the ones or the others, which is up to whoever answers in the end.
      for (const headers of prepared(event)) settled.addHeaders(webHeaders(headers, own));
    }
    if (failure !== undefined) throw failure.error;
    return settled === undefined || nodeResponse ? value : withEnd(value, () => exchange.finish());
  };
}

/** As h3 will read it: a value has the status of `event.res` unless it is a response, an error is a 500 unless it has one. */
function statusOfAnswer(event: Event, value: unknown, thrown: { readonly error: unknown } | undefined): number {
  if (typeof thrown?.error === "number") return thrown.error;
  // Its own: not found, or answered on the Node response already.
  if (typeof thrown?.error === "symbol") return 404;
  const said = (thrown ? thrown.error : headersOf(value) && value) ?? {};
  const { status, statusCode } = said as { status?: unknown; statusCode?: unknown };
  return Number(status ?? statusCode ?? (thrown ? 500 : (event.res.status ?? 200)));
}

/** The headers that a response brings, h3's or a web-standard one, or an error. */
function headersOf(value: unknown): Headers | undefined {
  const headers: unknown = typeof value === "object" && value !== null ? Reflect.get(value, "headers") : undefined;
  return headers instanceof Headers ? headers : undefined;
}

function prepared({ res: { headers, errHeaders } }: Event): Headers[] {
  return errHeaders === undefined ? [headers] : [headers, errHeaders];
}

/** Returns what takes back all that the handler will have said of its answer. */
function keep(event: Event): () => void {
  const { status, statusText } = event.res;
  const before = prepared(event).map((headers) => new Headers(headers));
  return () => {
    Object.assign(event.res, { status, statusText });
    for (const [i, headers] of prepared(event).entries()) replaceHeaders(headers, before[i] ?? new Headers());
  };
}

function replaceHeaders(target: Headers, source: Headers): void {
  const names = [...target.keys()];
  for (const name of names) target.delete(name);
  for (const [name, value] of source) target.append(name, value);
}
