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
    append(name, value) {
      const before = response.getHeader(name);
      response.setHeader(name, before === undefined ? value : [...[before].flat().map(String), value]);
    },
  };
}

/** In the forms that `writeHead` takes: an object, a flat list, a list of pairs. A list may name a header twice. */
export function addHeaders(response: NodeResponse, given: unknown): void {
  if (typeof given !== "object" || given === null) return;
  if (!Array.isArray(given)) {
    for (const [name, value] of Object.entries(given)) {
      if (value !== undefined) response.setHeader(name, value as string | string[]);
    }
    return;
  }
  const pairs: unknown[][] = Array.isArray(given[0])
    ? (given as unknown[][])
    : Array.from({ length: given.length / 2 }, (_, i) => given.slice(2 * i, 2 * i + 2) as unknown[]);
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

/** Back to what was there before, a status message included: nothing of an answer that failed may show in the next. */
export function restoreHeaders(response: NodeResponse, before: Record<string, unknown>): void {
  for (const name of response.getHeaderNames()) response.removeHeader(name);
  for (const [name, value] of Object.entries(before)) {
    if (value !== undefined) response.setHeader(name, value as string | string[]);
  }
  // An own property only where the application has set it; over http2 even asking for it would warn.
  Reflect.deleteProperty(response, "statusMessage");
}
