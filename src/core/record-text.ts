import type { SessionRecord } from "./store.ts";

/**
 * A record as one text, for backends that keep a value under a key and compare nothing of it: a line of facts, then the
 * payload as it is. Escaping the payload into JSON once more would make it a fifth longer.
 *
 * The first word tells people and us whose value it is, and keeps caches that guess (unstorage parses what looks like
 * JSON) from taking it for something else.
 */
const mark = "coatcheck/1 ";

export function recordToText({ id: _, payload, ...facts }: SessionRecord): string {
  return `${mark}${JSON.stringify(facts)}\n${payload}`;
}

/** `undefined` for what is no record of ours. */
export function recordFromText(id: string, text: unknown): SessionRecord | undefined {
  if (typeof text !== "string" || !text.startsWith(mark)) return undefined;
  // JSON.stringify escapes line breaks, so the first one ends the facts.
  const end = text.indexOf("\n");
  if (end < 0) return undefined;
  try {
    const facts: unknown = JSON.parse(text.slice(mark.length, end));
    return areFacts(facts) ? { ...facts, id, payload: text.slice(end + 1) } : undefined;
  } catch {
    return undefined;
  }
}

/** Those that decide something: a record without an end would be taken for an ended one. */
function areFacts(value: unknown): value is Omit<SessionRecord, "id" | "payload"> {
  const { secretHash, revision, expiresAt } = Object(value) as Record<keyof SessionRecord, unknown>;
  return typeof secretHash === "string" && typeof revision === "string" && typeof expiresAt === "number";
}
