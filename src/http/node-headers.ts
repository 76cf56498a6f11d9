import type { HeaderBag } from "./headers.ts";
import type { NodeResponse } from "./node.ts";

/** The headers that a Node response holds before they leave. */
export function nodeHeaders(response: NodeResponse): HeaderBag {
  return {
    get(name) {
      const value = response.getHeader(name);
      return value === undefined ? undefined : Array.isArray(value) ? value.join(", ") : String(value);
    },
    set: (name, value) => void response.setHeader(name, value),
    addCookie(line) {
      const lines = [response.getHeader("Set-Cookie") ?? []].flat().map(String);
      if (!lines.includes(line)) response.setHeader("Set-Cookie", lines.length === 0 ? line : [...lines, line]);
    },
  };
}

/**
 * In the forms that `writeHead` takes: an object, a flat list, a list of pairs. A list may name a header twice.
 * @throws what Node throws, for a list without its last value, or a value that is none
 */
export function addHeaders(response: NodeResponse, given: unknown): void {
  if (typeof given !== "object" || given === null) return;
  if (!Array.isArray(given)) {
    for (const [name, value] of Object.entries(given)) response.setHeader(name, value as string | string[]);
    return;
  }
  const isFlat = !Array.isArray(given[0]);
  if (isFlat && given.length % 2 !== 0) {
    const message = "The argument 'headers' is invalid. A flat list has a value after each name";
    throw Object.assign(new TypeError(message), { code: "ERR_INVALID_ARG_VALUE" });
  }
  const pairs: unknown[][] = isFlat
    ? Array.from({ length: given.length / 2 }, (_, i) => given.slice(2 * i, 2 * i + 2) as unknown[])
    : (given as unknown[][]);
  const named = new Map<string, { name: string; values: string[] }>();
  for (const [name, value] of pairs) {
    const entry = named.get(String(name).toLowerCase()) ?? { name: String(name), values: [] };
    entry.values.push(...[value].flat().map(String));
    named.set(entry.name.toLowerCase(), entry);
  }
  for (const { name, values } of named.values()) {
    const [first = "", ...more] = values;
    response.setHeader(name, more.length === 0 ? first : values);
  }
}

/** Lists are copied: Node and frameworks append to them in place. */
export function copyHeaders(headers: object): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [name, Array.isArray(value) ? [...(value as unknown[])] : value]),
  );
}

/**
 * Returns what goes back to what is there now, a status message included: nothing of an answer that failed may show in the
 * next. What describes a body that will not come goes too, though it was said before.
 */
export function keepHeaders(response: NodeResponse): () => void {
  const before = copyHeaders(response.getHeaders());
  return () => {
    for (const name of response.getHeaderNames()) response.removeHeader(name);
    for (const [name, value] of Object.entries(before)) {
      if (value !== undefined && !describesBody(name)) response.setHeader(name, value as string | string[]);
    }
    // An own property only where the application has set it; over http2 even asking for it would warn.
    Reflect.deleteProperty(response, "statusMessage");
  };
}

/** Takes away what was said of a body that will not come. */
export function dropBodyHeaders(response: NodeResponse): void {
  for (const name of response.getHeaderNames()) if (describesBody(name)) response.removeHeader(name);
}

/**
 * Of one body, and wrong for any other: a length above all, for which the visitor would wait. Not the type; an application
 * may have one for all its answers.
 */
export function describesBody(name: string): boolean {
  return /^(content-(?!type$|security-policy)|(repr-)?digest$|etag$|last-modified$|trailer$|transfer-encoding$)/i.test(
    name,
  );
}
