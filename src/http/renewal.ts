import type { Sessions } from "../core/sessions.ts";
import { cookieValues } from "./cookie.ts";
import type { Settled } from "./exchange.ts";
import { webExchange, type WebRequest } from "./web.ts";

/**
 * Renews the session of a request whose handler did not ask for it: for a place in front of pages that read sessions and
 * cannot set cookies. Only what is safe is renewed, for what is not comes by an action or a handler, which does that
 * itself. A store that fails here fails nobody: whoever reads the session behind will be told.
 *
 * @returns nothing, unless there is a cookie to send: without one, caches may keep the response.
 */
export async function renew<D>(sessions: Sessions<D>, request: WebRequest): Promise<Settled | undefined> {
  const isSafe = request.method === "GET" || request.method === "HEAD";
  const header = request.headers.get("cookie") ?? undefined;
  if (!isSafe || cookieValues(header, sessions.options.cookie.name).length === 0) return undefined;
  const exchange = webExchange(sessions, request);
  await exchange.load().catch(() => undefined);
  const settled = await exchange.settle(200);
  return settled.cookie && settled;
}
