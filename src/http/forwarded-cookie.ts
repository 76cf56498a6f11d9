import type { SetCookie } from "cookie";
import { cookieValues } from "./cookie.ts";

const override = "x-middleware-override-headers";
const prefix = "x-middleware-request-";

/** Whether a page or a handler comes after the proxy, by its answer's headers. Otherwise it has redirected, or answered itself. */
export function goesOn(response: Headers): boolean {
  return response.has("x-middleware-next") || response.has("x-middleware-rewrite");
}

/**
 * Makes the rest of Next, after its proxy, see the cookie that the browser is about to get: by the headers in which
 * `NextResponse.next({ request })` names the request's headers anew. Without, the page behind a proxy that began the session
 * finds none, and a route handler begins a second one over it.
 */
export function forwardCookie(request: Headers, response: Headers, { name, value = "" }: SetCookie): void {
  if (cookieValues(request.get("cookie") ?? undefined, name).includes(value)) return;
  if (!goesOn(response)) return;
  const names = response.get(override)?.split(",") ?? [...request.keys()];
  if (!response.has(override)) {
    for (const [header, sent] of request) response.set(prefix + header, sent);
  }
  const others = (response.get(`${prefix}cookie`) ?? "")
    .split("; ")
    .filter((pair) => pair && !pair.startsWith(`${name}=`));
  response.set(`${prefix}cookie`, [...others, ...(value === "" ? [] : [`${name}=${value}`])].join("; "));
  response.set(override, [...new Set([...names, "cookie"])].join(","));
}
