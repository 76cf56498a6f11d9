import { StoreUnavailable } from "../../core/errors.ts";
import { recordFromText, recordToText } from "../../core/record-text.ts";
import type { Instant, SessionRecord } from "../../core/store.ts";

/** In milliseconds, added to every lifetime: the record says when it ends, and the store only has to keep it so long. */
const SLACK = 60_000;

/** In milliseconds: ten years, and past it nothing. Some stores have dates that end in 2038, or years of four digits. */
const LONGEST = 3650 * 86_400_000;

/**
 * When the store may drop a session. Each looks for that in another place of what express-session hands it, and where
 * it finds nothing there, has a lifetime of its own, mostly of a day.
 */
class Cookie {
  readonly originalMaxAge: number;
  readonly expires: Date;
  readonly httpOnly = true;
  readonly path = "/";

  constructor(lifetime: number) {
    this.originalMaxAge = lifetime;
    // Not the record's own instant: the store compares it with its own clock, and ours may be another.
    this.expires = new Date(Date.now() + lifetime);
  }

  get maxAge(): number {
    return this.expires.getTime() - Date.now();
  }
}

/** What express-session would hand its store. Made anew for each call: stores write into it, or keep it as it is. */
export function sessionFor(sid: string, record: SessionRecord, now: Instant): object {
  const lifetime = Math.min(Math.max(0, record.expiresAt - now) + SLACK, LONGEST);
  return { cookie: new Cookie(lifetime), coatcheck: textOf(sid, record) };
}

export function holds(session: unknown, sid: string, record: SessionRecord): boolean {
  return ours(session) === textOf(sid, record);
}

/**
 * `undefined` for a session that is not ours: express-session's own, or the empty one that a `touch` left behind.
 *
 * @throws StoreUnavailable for one of ours that is not whole, or another one than was asked for.
 */
export function recordIn(session: unknown, sid: string, id: string): SessionRecord | undefined {
  const text = ours(session);
  if (text === undefined) return undefined;
  const mark = `${sid} `;
  const isThisOne = typeof text === "string" && text.startsWith(mark);
  const record = isThisOne ? recordFromText(id, text.slice(mark.length)) : undefined;
  if (record !== undefined) return record;
  throw new StoreUnavailable(
    `The expressStore engine: asked for "${sid}", the store gave ${isThisOne ? "a damaged session" : "another session"}. ` +
      "It has to tell ids apart to the letter, and to give back what it was given.",
    { cause: new TypeError("expected the text of a record, found something else") },
  );
}

/** With its id in front: stores that compare without regard to case give one session for two ids. */
function textOf(sid: string, record: SessionRecord): string {
  return `${sid} ${recordToText(record)}`;
}

function ours(session: unknown): unknown {
  return Object(session).coatcheck;
}
