import vary from "vary";

/** What can be done to the headers of a response, whoever keeps them. */
export interface HeaderBag {
  get(name: string): string | undefined;
  set(name: string, value: string): void;
  append(name: string, value: string): void;
}

/**
 * The session's say in a response. Whoever read a session may have written what it said, so caches must ask per cookie;
 * and a response that sets a cookie must not be kept by any of them.
 */
export function addSessionHeaders(headers: HeaderBag, setCookie: string | undefined): void {
  headers.set("Vary", vary.append(headers.get("Vary") ?? "", "Cookie"));
  if (setCookie === undefined) return;
  headers.append("Set-Cookie", setCookie);
  const cacheControl = headers.get("Cache-Control") ?? "";
  if (!/(^|[\s,])(private|no-store)\s*(,|$)/i.test(cacheControl)) headers.set("Cache-Control", "no-store");
}
