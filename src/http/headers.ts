import vary from "vary";

/** What can be done to the headers of a response, whoever keeps them. */
export interface HeaderBag {
  get(name: string): string | undefined;
  set(name: string, value: string): void;
  /** Adds a Set-Cookie line to those there are, unless it is among them. */
  addCookie(line: string): void;
}

/**
 * The session's say in a response; said twice it is said once. Whoever read a session may have written what it said, so caches must ask per cookie;
 * and a response that sets a cookie must not be kept by any of them.
 */
export function addSessionHeaders(headers: HeaderBag, setCookie: string | undefined): void {
  headers.set("Vary", vary.append(headers.get("Vary") ?? "", "Cookie"));
  if (setCookie === undefined) return;
  headers.addCookie(setCookie);
  if (!isPrivate(headers)) headers.set("Cache-Control", "no-store");
}

/**
 * For an answer that depends on the session and on whose way `Vary` is lost: no shared cache may keep it, and the browser's own must ask.
 */
export function keepPrivate(headers: HeaderBag): void {
  if (!isPrivate(headers)) headers.set("Cache-Control", "private, no-cache");
}

/** The app has said so itself, and perhaps more exactly. */
function isPrivate(headers: HeaderBag): boolean {
  return /(^|[\s,])(private|no-store)\s*(,|$)/i.test(headers.get("Cache-Control") ?? "");
}
