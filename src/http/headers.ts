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
  const cacheControl = headers.get("Cache-Control") ?? "";
  if (!/(^|[\s,])(private|no-store)\s*(,|$)/i.test(cacheControl)) headers.set("Cache-Control", "no-store");
}
