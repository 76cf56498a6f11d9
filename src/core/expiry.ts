import type { Expiry } from "./codec.ts";
import { InvalidData } from "./errors.ts";
import type { Instant } from "./store.ts";

/** The settings that decide when a session ends. Milliseconds here, seconds in the public options. */
export interface Timeouts {
  readonly idle: number;
  readonly absolute: number | undefined;
  readonly atBrowserClose: boolean;
}

export type Renewal = "throttled" | "always" | "on-write";

/** What expiry is reckoned from. */
export interface Lifetime {
  readonly createdAt: Instant;
  readonly expiry: Expiry | undefined;
  readonly authenticatedAt: Instant | undefined;
}

/** Some 300 years. Beyond it instants leave the range that a `Date`, or a database's driver, can tell. */
export const longestSeconds = 10_000_000_000;

const second = 1000;
const hour = 3600 * second;
/** Browsers cut a cookie's life to 400 days; promising more would be untrue. */
const longestCookie = 400 * 24 * 3600;

/** When a session last used at `renewedAt` ends: by silence or by its fixed end, and in any case by its longest life. */
export function expiresAt(lifetime: Lifetime, renewedAt: Instant, timeouts: Timeouts): Instant {
  const { expiry, createdAt, authenticatedAt } = lifetime;
  const end = typeof expiry === "object" ? expiry.at : renewedAt + (expiry ? expiry * second : timeouts.idle);
  const last = timeouts.absolute === undefined ? end : (authenticatedAt ?? createdAt) + timeouts.absolute;
  // Instants are whole milliseconds, also of fractions of seconds; down, so never late.
  return Math.floor(Math.min(end, last));
}

/**
 * Whether a session in use should have its end moved. Once a tenth of its idle window has passed, at most an hour: so
 * a session may end that much before its idle timeout, and never after it; and most requests write nothing.
 */
export function renewalDue(
  record: { readonly renewedAt: Instant; readonly expiresAt: Instant },
  lifetime: Lifetime,
  now: Instant,
  timeouts: Timeouts,
  renewal: Renewal,
): boolean {
  if (renewal === "on-write" || expiresAt(lifetime, now, timeouts) <= record.expiresAt) return false;
  if (renewal === "always") return true;
  const { expiry } = lifetime;
  const idle = typeof expiry === "number" && expiry > 0 ? expiry * second : timeouts.idle;
  return now - record.renewedAt >= Math.min(idle / 10, hour);
}

export function endsAtBrowserClose(expiry: Expiry | undefined, timeouts: Timeouts): boolean {
  return expiry === undefined ? timeouts.atBrowserClose : expiry === 0;
}

/** Seconds for the cookie's Max-Age; `undefined` for a cookie that ends with the browser. Rounded down: never late. */
export function cookieMaxAge(
  expiry: Expiry | undefined,
  end: Instant,
  now: Instant,
  timeouts: Timeouts,
): number | undefined {
  if (endsAtBrowserClose(expiry, timeouts)) return undefined;
  return Math.max(0, Math.min(Math.floor((end - now) / second), longestCookie));
}

/** @throws InvalidData for what is no expiry: negative, NaN, infinite, an invalid date, a boolean. */
export function parseExpiry(value: unknown): Expiry | undefined {
  if (value === null) return undefined;
  if (typeof value === "number" && value >= 0 && value <= longestSeconds) return value;
  if (value instanceof Date && !Number.isNaN(value.getTime())) return { at: value.getTime() };
  const found =
    value instanceof Date ? "an invalid Date" : typeof value === "number" ? String(value) : `a ${typeof value}`;
  throw new InvalidData(
    `setExpiry: expected seconds of inactivity (0 to 10_000_000_000; 0 means until the browser closes), a Date, or null for the ` +
      `default; got ${found}.`,
  );
}
