import { StoreUnavailable } from "../../core/errors.ts";
import type { RecordSummary, SessionRecord } from "../../core/store.ts";

/** What stands before the payload: one line of JSON. */
interface Header extends Omit<SessionRecord, "payload"> {
  /** The version of this format. */
  readonly coatcheck: 1;
  /** The payload's length in bytes, which is how a file that was cut off is told from a whole one. */
  readonly bytes: number;
}

const NEW_LINE = 0x0a;

const types: Record<Exclude<keyof Header, "userId">, "string" | "number"> = {
  coatcheck: "number",
  id: "string",
  secretHash: "string",
  revision: "string",
  createdAt: "number",
  renewedAt: "number",
  expiresAt: "number",
  bytes: "number",
};

/** A record's `expiresAt`, from outside. Rounded: what goes in as a fraction of seconds comes out a little beside it. */
export function expiryOf({ mtimeMs }: { readonly mtimeMs: number }): number {
  return Math.round(mtimeMs);
}

export function encode({ payload, ...rest }: SessionRecord): Buffer {
  const header: Header = { coatcheck: 1, ...rest, bytes: Buffer.byteLength(payload) };
  return Buffer.from(`${JSON.stringify(header)}\n${payload}`);
}

/**
 * A record as it lies in its file, its payload not yet decoded.
 *
 * A file that is not whole, or that is not this record's, is no record that has ended: the visitor's session would be gone
 * for good, and with it the evidence. It is left where it is, and is an outage to whoever wants it.
 */
export class RecordFile {
  readonly header: Header;
  readonly #content: Buffer;

  /** @throws StoreUnavailable when this is no record, or not that of the id. Shows nothing of what it found. */
  constructor(content: Buffer, path: string, id?: string) {
    const header = headerOf(content);
    if (header === undefined) throw corrupt(path, "is not a whole record of this engine");
    if (id !== undefined && header.id !== id) throw corrupt(path, "is the record of another session");
    this.header = header;
    this.#content = content;
  }

  get record(): SessionRecord {
    const { secretHash, revision, bytes } = this.header;
    const payload = this.#content.toString("utf8", this.#content.length - bytes);
    return { ...this.summary, secretHash, revision, payload };
  }

  get summary(): RecordSummary {
    const { id, createdAt, renewedAt, expiresAt, userId } = this.header;
    return { id, createdAt, renewedAt, expiresAt, ...(userId !== undefined && { userId }) };
  }
}

function headerOf(content: Buffer): Header | undefined {
  const end = content.indexOf(NEW_LINE);
  const header = jsonIn(content.toString("utf8", 0, Math.max(end, 0)));
  const isWhole = isHeader(header) && end + 1 + header.bytes === content.length;
  return isWhole ? header : undefined;
}

function jsonIn(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function isHeader(value: unknown): value is Header {
  if (typeof value !== "object" || value === null) return false;
  const header = value as Partial<Header>;
  if (header.coatcheck !== 1 || !["string", "undefined"].includes(typeof header.userId)) return false;
  return Object.entries(types).every(([name, type]) => typeof header[name as keyof Header] === type);
}

function corrupt(path: string, what: string): StoreUnavailable {
  return new StoreUnavailable(
    `The file engine cannot use ${path}: it ${what}. Restore it from a backup, or remove it, which ends that session.`,
    { cause: new Error(`The content of ${path} is not what was written there`) },
  );
}
