import { parseCookie, type SetCookie, stringifySetCookie } from "cookie";
import type { ResolvedCookie } from "../core/options.ts";
import type { CookieChange } from "../core/answer.ts";

/**
 * Every value that came under this name, in the browser's order. Several may: a cookie of another path or domain sits
 * beside ours, and which comes first is not ours to decide.
 */
export function cookieValues(header: string | undefined, name: string): string[] {
  // Most requests carry other cookies or none, and should pay for a search at most.
  if (header === undefined || !header.includes(name)) return [];
  const values: string[] = [];
  for (const pair of header.split(";")) {
    const value = pair.includes(name) ? parseCookie(pair)[name] : undefined;
    if (value !== undefined) values.push(value);
  }
  return values;
}

/** What a browser sends back of a Set-Cookie line: name and value, as they came. */
export function cookiePair(line: string): string {
  return line.split(";", 1)[0] ?? "";
}

/** The cookie in parts. Removal names the same attributes as setting: browsers ignore it otherwise. */
export function setCookie(change: CookieChange, cookie: ResolvedCookie, secureConnection: () => boolean): SetCookie {
  const { name, domain, path, httpOnly, sameSite, partitioned } = cookie;
  const secure = cookie.secure === "auto" ? secureConnection() : cookie.secure;
  const life =
    change.kind === "remove"
      ? { maxAge: 0, expires: new Date(0) }
      : change.maxAge === undefined
        ? {}
        : { maxAge: change.maxAge };
  return {
    name,
    value: change.kind === "set" ? change.value : "",
    ...life,
    ...(domain !== undefined && { domain }),
    path,
    secure,
    httpOnly,
    sameSite,
    partitioned,
  };
}

/** The Set-Cookie line. */
export function setCookieLine(change: CookieChange, cookie: ResolvedCookie, secureConnection: () => boolean): string {
  return stringifySetCookie(setCookie(change, cookie, secureConnection));
}
