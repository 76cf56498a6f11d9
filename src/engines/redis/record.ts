import type { Instant, RecordSummary, SessionRecord } from "../../core/store.ts";

/**
 * A record is one string: a header, a line break, the payload. The scripts read the header by a pattern and never look
 * into the payload, so no number and no text goes through a JSON of Lua's, which changes both.
 *
 *     cc1 <expiresAt> <renewedAt> <covered> <entry> <createdAt> <revision> <secretHash> <user>\n<payload>
 *
 * The first four fields have a fixed width: a renewal overwrites them in place, however long the payload is. `entry` is
 * the record's own entry in its user's index, `covered` until when that entry is kept (see user-index.ts). The user is
 * JSON: one line, whatever is in it, and two users are the same if the texts are.
 */
export const FIRST_FIELD = 4;

/** Where a user's index names the record. */
export interface Entry {
  readonly name: string;
  readonly covered: Instant;
}

const ENTRY_LENGTH = 8;
export const NO_ENTRY: Entry = { name: "-".repeat(ENTRY_LENGTH), covered: 0 };

const HEADER = /^cc1 (\d+) (\d+) (\d+) (\S+) (\d+) (\S+) (\S+) ([^\n]*)\n/;

export interface Stored {
  readonly record: SessionRecord;
  readonly entry: string;
}

/** Sixteen digits hold every instant that JavaScript has. */
export function digits(instant: Instant): string {
  return String(Math.max(0, instant)).padStart(16, "0");
}

/** Empty for nobody, whom no JSON is like. */
export function userText(userId: string | undefined): string {
  return userId === undefined ? "" : JSON.stringify(userId);
}

export function write(record: SessionRecord, { name, covered }: Entry): string {
  const { expiresAt, renewedAt, createdAt, revision, secretHash, userId, payload } = record;
  const times = [expiresAt, renewedAt, covered].map(digits).join(" ");
  return `cc1 ${times} ${name} ${digits(createdAt)} ${revision} ${secretHash} ${userText(userId)}\n${payload}`;
}

/** Undefined for a text that is no record of ours. */
export function parse(id: string, text: string): Stored | undefined {
  const header = HEADER.exec(text);
  if (header === null) return undefined;
  const [{ length }, expiresAt, renewedAt, , entry = "", createdAt, revision = "", secretHash = "", user = ""] = header;
  const userId = user === "" ? undefined : userOf(user);
  if (userId === null) return undefined;
  const record: SessionRecord = {
    id,
    secretHash,
    payload: text.slice(length),
    revision,
    createdAt: Number(createdAt),
    renewedAt: Number(renewedAt),
    expiresAt: Number(expiresAt),
    ...(userId !== undefined && { userId }),
  };
  return { record, entry };
}

/** Null for what is not the JSON of a text. */
export function userOf(text: string): string | null {
  try {
    const user: unknown = JSON.parse(text);
    return typeof user === "string" ? user : null;
  } catch {
    return null;
  }
}

export function summary({ id, createdAt, renewedAt, expiresAt, userId }: SessionRecord): RecordSummary {
  return { id, createdAt, renewedAt, expiresAt, ...(userId !== undefined && { userId }) };
}
