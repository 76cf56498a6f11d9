import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { InvalidData } from "../../src/core/errors.ts";
import {
  cookieMaxAge,
  endsAtBrowserClose,
  expiresAt,
  parseExpiry,
  renewalDue,
  type Timeouts,
} from "../../src/core/expiry.ts";

const second = 1000;
const hour = 3600 * second;
const day = 24 * hour;
const timeouts: Timeouts = { idle: 14 * day, absolute: undefined, atBrowserClose: false };
const start = 1_800_000_000_000;
const life = { createdAt: start, expiry: undefined, authenticatedAt: undefined };

describe("when a session ends", () => {
  test("by default after the idle timeout, reckoned from its last renewal", () => {
    expect(expiresAt(life, start + hour, timeouts)).toBe(start + hour + 14 * day);
  });

  test("its own idle timeout comes first", () => {
    expect(expiresAt({ ...life, expiry: 300 }, start, timeouts)).toBe(start + 300 * second);
  });

  test("0 means until the browser closes; the record keeps the default", () => {
    expect(expiresAt({ ...life, expiry: 0 }, start, timeouts)).toBe(start + 14 * day);
    expect(cookieMaxAge(0, start + 14 * day, start, timeouts)).toBeUndefined();
  });

  test("a fixed end does not slide", () => {
    const lifetime = { ...life, expiry: { at: start + hour } };
    expect(expiresAt(lifetime, start + 30 * 60 * second, timeouts)).toBe(start + hour);
    expect(
      renewalDue({ renewedAt: start, expiresAt: start + hour }, lifetime, start + 59 * 60 * second, timeouts, "always"),
    ).toBe(false);
  });

  test("no activity moves it past the absolute timeout", () => {
    const strict = { ...timeouts, absolute: 8 * hour };
    fc.assert(
      fc.property(fc.nat(30 * day), fc.option(fc.nat(1e6), { nil: undefined }), (after, expiry) => {
        return expiresAt({ ...life, expiry }, start + after, strict) <= start + 8 * hour;
      }),
    );
  });

  test("the absolute timeout counts from the last sign-in", () => {
    const strict = { ...timeouts, absolute: 8 * hour };
    expect(expiresAt({ ...life, authenticatedAt: start + 5 * hour }, start + 6 * hour, strict)).toBe(start + 13 * hour);
  });
});

describe("renewal", () => {
  const record = { renewedAt: start, expiresAt: start + 14 * day };

  test("is due after an hour of a two-week window, and not a millisecond before", () => {
    expect(renewalDue(record, life, start + hour - 1, timeouts, "throttled")).toBe(false);
    expect(renewalDue(record, life, start + hour, timeouts, "throttled")).toBe(true);
  });

  test("is due after a tenth of a short window", () => {
    const short = { renewedAt: start, expiresAt: start + 300 * second };
    const lifetime = { ...life, expiry: 300 };
    expect(renewalDue(short, lifetime, start + 29_999, timeouts, "throttled")).toBe(false);
    expect(renewalDue(short, lifetime, start + 30_000, timeouts, "throttled")).toBe(true);
  });

  test('"always" is due at once, "on-write" never', () => {
    expect(renewalDue(record, life, start + 1, timeouts, "always")).toBe(true);
    expect(renewalDue(record, life, start + 13 * day, timeouts, "on-write")).toBe(false);
  });

  test("is not due when it could not move the end: at the absolute timeout there is nothing left to write", () => {
    const strict = { ...timeouts, absolute: 8 * hour };
    const capped = { renewedAt: start, expiresAt: start + 8 * hour };
    expect(renewalDue(capped, life, start + 7 * hour, strict, "always")).toBe(false);
  });

  test("a session in steady use ends at most a tenth of its window, or an hour, early, and never late", () => {
    fc.assert(
      fc.property(fc.integer({ min: 10, max: 1e6 }), fc.array(fc.nat(1e6), { maxLength: 20 }), (idle, gaps) => {
        const lifetime = { ...life, expiry: idle };
        let used = start;
        let kept = { renewedAt: start, expiresAt: expiresAt(lifetime, start, timeouts) };
        for (const gap of gaps) {
          const now = used + gap;
          if (now >= kept.expiresAt) break;
          used = now;
          if (renewalDue(kept, lifetime, now, timeouts, "throttled")) {
            kept = { renewedAt: now, expiresAt: expiresAt(lifetime, now, timeouts) };
          }
        }
        const promised = used + idle * second;
        return kept.expiresAt <= promised && promised - kept.expiresAt <= Math.min((idle * second) / 10, hour);
      }),
    );
  });
});

describe("the cookie's life", () => {
  test("is rounded down, so that no cookie outlives its record", () => {
    expect(cookieMaxAge(undefined, start + 1999, start, timeouts)).toBe(1);
  });

  test("is never longer than the 400 days that browsers keep", () => {
    expect(cookieMaxAge(undefined, start + 1000 * day, start, timeouts)).toBe(34_560_000);
  });

  test("ends with the browser by setting, unless the session has its own expiry", () => {
    const closing = { ...timeouts, atBrowserClose: true };
    expect(endsAtBrowserClose(undefined, closing)).toBe(true);
    expect(endsAtBrowserClose(300, closing)).toBe(false);
    expect(cookieMaxAge(undefined, start + day, start, closing)).toBeUndefined();
  });
});

describe("setExpiry refuses what is no expiry", () => {
  test.each([-1, Number.NaN, Number.POSITIVE_INFINITY, new Date(Number.NaN), true, "300", undefined, {}])(
    "%s",
    (value) => {
      expect(() => parseExpiry(value)).toThrow(InvalidData);
    },
  );

  test("and takes seconds, fractions of them, dates and null", () => {
    expect(parseExpiry(0.5)).toBe(0.5);
    expect(parseExpiry(new Date(start))).toEqual({ at: start });
    expect(parseExpiry(null)).toBeUndefined();
  });
});
