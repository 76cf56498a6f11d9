import { AssertionError, ok } from "node:assert/strict";
import { inspect, isDeepStrictEqual } from "node:util";
import type { Instant, SessionRecord, SessionStore } from "../../core/store.ts";

/** Fails with the promise, what was expected and what was found: the message is the store author's documentation. */
export function check(found: unknown, expected: unknown, promise: string): void {
  if (isDeepStrictEqual(found, expected)) return;
  // Not `assert.deepEqual`: newer Nodes append a diff of their own, for a payload of 64 KB a long one.
  const message = `${promise}\n  expected: ${show(expected)}\n  found:    ${show(found)}`;
  throw new AssertionError({ message, actual: found, expected, operator: "check" });
}

export function checkThat(holds: boolean, promise: string, found: unknown): void {
  ok(holds, `${promise}\n  found:    ${show(found)}`);
}

/** Compares the contract's fields. An absent `userId` and one that is `undefined` are the same; `null` is not. */
export function checkRecord(found: SessionRecord | undefined, expected: SessionRecord, promise: string): void {
  if (found === undefined) check(found, expected, promise);
  else check(differing(found, expected), differing(expected, found), promise);
}

/** The record is there, live, and as expected. */
export async function checkStored(
  store: SessionStore,
  expected: SessionRecord,
  now: Instant,
  promise: string,
): Promise<void> {
  checkRecord(await store.read(expected.id, now), expected, promise);
}

/** Nothing live has this id. */
export async function checkGone(store: SessionStore, id: string, now: Instant, promise: string): Promise<void> {
  check(await store.read(id, now), undefined, promise);
}

/** Puts a record into the store; a case that cannot begin says so. */
export async function given(store: SessionStore, record: SessionRecord, now: Instant): Promise<SessionRecord> {
  check(await store.create(record, now), true, "create of an unused id answers true: this call inserted it");
  return record;
}

/** The calls whose answer is `true`: of racers that claim one thing, one. */
export function winners(answers: readonly boolean[]): number[] {
  return answers.flatMap((answer, index) => (answer ? [index] : []));
}

const fields = ["id", "secretHash", "payload", "revision", "createdAt", "renewedAt", "expiresAt", "userId"] as const;

/** Only what the two disagree on: eight fields side by side hide the one that matters. */
function differing(record: SessionRecord, other: SessionRecord): Record<string, unknown> {
  return Object.fromEntries(fields.filter((key) => record[key] !== other[key]).map((key) => [key, record[key]]));
}

function show(value: unknown): string {
  const text = inspect(value, { breakLength: Number.POSITIVE_INFINITY, maxStringLength: 120, maxArrayLength: 20 });
  // A lost byte order mark or a normalised accent is invisible otherwise.
  return text.replace(/[^\x20-\x7E]/gu, (character) => `\\u{${character.codePointAt(0)?.toString(16)}}`);
}
