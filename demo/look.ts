import type { Session, SessionRecord } from "coatcheck";
import { type Data, sessions, store, type Theme } from "./sessions.ts";

export const rushSize = 20;

export type ExpiryChoice = "weeks" | "browser" | "seconds";

/** What the pages show of a session: the visitor's side of it, and the record in the store. */
export interface Look {
  readonly visits: number;
  readonly theme: Theme | undefined;
  readonly userId: string | undefined;
  readonly cart: Readonly<Record<string, number>>;
  readonly expiry: ExpiryChoice;
  readonly rush: Rush;
  readonly kept: Kept | undefined;
}

/** How the last twenty requests at once ended. */
export interface Rush {
  readonly counted: number;
  /** The numbers of the requests whose own key is in the session. */
  readonly arrived: ReadonlySet<number>;
}

export interface Kept {
  readonly id: string;
  readonly userId: string | undefined;
  readonly expiresAt: number;
  /** `undefined` where the cookie holds the session itself. */
  readonly record: SessionRecord | undefined;
  readonly data: Partial<Data>;
  readonly cookieName: string;
  readonly cookieLength: number;
  readonly endsWithBrowser: boolean;
  readonly now: number;
}

/** Reads, and changes nothing: a visitor without a session still has none afterwards. */
export async function lookAt(session: Session<Data>): Promise<Look> {
  return {
    visits: session.get("visits", 0),
    theme: session.get("theme"),
    userId: session.userId,
    cart: session.get("cart", {}),
    expiry: expiryOf(session),
    rush: rushOf(session),
    kept: await keptOf(session),
  };
}

export function rushOf(session: Session<Data>): Rush {
  const numbers = Array.from({ length: rushSize }, (_, index) => index + 1);
  return {
    counted: session.get("rushCount", 0),
    arrived: new Set(numbers.filter((number) => session.has(`request-${number}`))),
  };
}

export async function keptOf(session: Session<Data>): Promise<Kept | undefined> {
  if (session.id === undefined) return undefined;
  const now = Date.now();
  // Past the framework, straight from the store: what is shown is what is there.
  const record = await store?.read(session.id, now);
  if (store !== undefined && record === undefined) return undefined;
  return {
    id: session.id,
    userId: session.userId,
    expiresAt: session.getExpiryDate().getTime(),
    ...record,
    record,
    data: session.data,
    cookieName: sessions.options.cookie.name,
    cookieLength: sessions.token(session)?.length ?? 0,
    endsWithBrowser: session.expiresAtBrowserClose(),
    now,
  };
}

function expiryOf(session: Session<Data>): ExpiryChoice {
  if (session.expiresAtBrowserClose()) return "browser";
  return session.getExpiryAge() <= 30 ? "seconds" : "weeks";
}
