import type { SetCookie } from "cookie";
import type { WebRequest } from "./web.ts";

/** What is needed of what Next's `await cookies()` gives: one object for each request, and another for each phase of it. */
export interface CookieJar {
  get(name: string): { readonly value: string } | undefined;
  set(cookie: SetCookie & { value: string }): unknown;
  delete(name: string): unknown;
}

/**
 * Whether this is the jar of a render, or the empty one of what is `force-static`, in which no cookie can be set. Next tells by an exception, too late: the session is
 * stored by then. But that jar refuses `set` and `delete` by one function; should that change, the exception is left.
 */
export function isReadOnly(jar: CookieJar): boolean {
  const { set, delete: remove }: { set: unknown; delete: unknown } = jar;
  return set === remove;
}

/**
 * Whether the app has set cookies through this jar. Behind its proxy Next then takes those of the jar and drops the
 * response's own, ours among them.
 */
export function wasWritten(jar: CookieJar): boolean {
  const written: unknown = Reflect.get(jar, Symbol.for("next.mutated.cookies"));
  return Array.isArray(written) && written.length > 0;
}

/** The request that a jar stands for, where nothing else of it can be had. Next keeps one cookie of each name. */
export function requestOf(jar: CookieJar, name: string): WebRequest {
  const value = jar.get(name)?.value;
  const header = value === undefined ? null : `${name}=${encodeURIComponent(value)}`;
  // Only actions write by way of a jar, and they are all posted.
  return { method: "POST", url: "", headers: { get: () => header } };
}

/** @throws what Next throws where cookies cannot be set */
export function putCookie(jar: CookieJar, cookie: SetCookie | undefined): void {
  if (cookie !== undefined) jar.set({ ...cookie, value: cookie.value ?? "" });
}
