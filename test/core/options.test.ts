import { inspect } from "node:util";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { json } from "../../src/core/codec.ts";
import { InvalidOption } from "../../src/core/errors.ts";
import { type CookieOptions, resolveOptions, type SessionsOptions } from "../../src/core/options.ts";
import { memory } from "../../src/engines/memory.ts";
import { setCookieLine } from "../../src/http/cookie.ts";

const resolve = (options: unknown) => resolveOptions(options as SessionsOptions, () => memory());
const cookie = (options: CookieOptions) => resolve({ cookie: options }).cookie;
const long = "x".repeat(32);

describe("a wrong option is refused at once, and says what was expected and what was found", () => {
  test.each<[unknown, RegExp]>([
    [null, /expected an object of options, got null/],
    [{ idleTimout: 5 }, /no option "idleTimout".*idleTimeout/],
    [{ engine: "redis" }, /engine: expected a store.*got "redis"/],
    [{ engine: {} }, /engine: expected a store/],
    [{ idleTimeout: -1 }, /idleTimeout: expected a positive number of seconds, at most 10_000_000_000; got -1/],
    [{ idleTimeout: Number.MAX_SAFE_INTEGER }, /idleTimeout.*at most 10_000_000_000/],
    [{ idleTimeout: "2w" }, /idleTimeout.*got "2w"/],
    [{ idleTimeout: Number.POSITIVE_INFINITY }, /idleTimeout.*got Infinity/],
    [{ absoluteTimeout: 0 }, /absoluteTimeout.*got 0/],
    [{ expireAtBrowserClose: "yes" }, /expireAtBrowserClose: expected true or false/],
    [{ renew: "sometimes" }, /renew: expected "throttled", "always" or "on-write"/],
    [{ codec: JSON }, /codec: expected a codec/],
    [{ codec: { ...json, sealing: {} } }, /codec: expected a codec/],
    [{ secrets: ["short"] }, /secrets: expected a list of strings of at least 32/],
    [{ secrets: long }, /secrets: expected a list/],
    [{ secrets: [] }, /secrets: expected a list/],
    [{ namespace: "my app" }, /namespace: expected 1 to 32/],
    [{ deadline: 0 }, /deadline: expected a positive number/],
    [{ deadline: 1e9 }, /deadline.*at most 3600/],
    [{ limits: { depth: 1.5 } }, /limits\.depth: expected a positive whole number/],
    [{ limits: { bytes: 1 } }, /no option "bytes"/],
    [{ property: 1 }, /property: expected true or false/],
    [{ clock: 0 }, /clock: expected a function/],
    [{ cookie: "session" }, /cookie: expected an object/],
    [{ cookie: { name: "a b" } }, /cookie\.name: expected a cookie name/],
    [{ cookie: { name: "" } }, /cookie\.name/],
    [{ cookie: { domain: "a.example; Path=/" } }, /cookie\.domain/],
    [{ cookie: { path: "/a\r\nSet-Cookie: x=y" } }, /cookie\.path/],
    [{ cookie: { path: "relative" } }, /cookie\.path/],
    [{ cookie: { path: "/<" } }, /cookie\.path/],
    [{ cookie: { domain: "-a.example" } }, /cookie\.domain/],
    [{ cookie: { domain: `${"a".repeat(70)}.example` } }, /cookie\.domain/],
    [{ cookie: { secure: "yes" } }, /cookie\.secure/],
    [{ cookie: { sameSite: "Lax" } }, /cookie\.sameSite/],
    [{ cookie: { sameSite: "none", secure: false } }, /"none" is dropped by browsers/],
    [{ cookie: { sameSite: "none", secure: "auto" } }, /"none" is dropped by browsers/],
    [{ cookie: { partitioned: true, secure: false } }, /partitioned/],
    [{ cookie: { name: "__Host-s", domain: "a.example" } }, /__Host-/],
    [{ cookie: { name: "__Host-s", path: "/app" } }, /__Host-/],
    [{ cookie: { name: "__host-s", secure: false } }, /__Host-/],
    [{ cookie: { name: "__Secure-s", secure: "auto" } }, /__Secure-/],
  ])("%o", (options, message) => {
    expect(() => resolve(options)).toThrow(InvalidOption);
    expect(() => resolve(options)).toThrow(message);
  });

  test("a secret is never shown, in a message or when the options are logged", () => {
    expect(() => resolve({ secrets: ["hunter2"] })).not.toThrow(/hunter2/);
    const options = resolve({ secrets: [long] });
    expect(options.secrets).toEqual([long]);
    expect(inspect(options) + JSON.stringify(options)).not.toContain(long);
  });

  test("law: a cookie that may be configured can be written", () => {
    const text = fc.string({ maxLength: 12 });
    fc.assert(
      fc.property(text, text, text, (name, domain, path) => {
        let resolved: ReturnType<typeof cookie>;
        try {
          resolved = cookie({ name: `s${name}`, domain, path: `/${path}` });
        } catch {
          return;
        }
        expect(setCookieLine({ kind: "remove" }, resolved, () => true)).toContain("Max-Age=0");
      }),
      { numRuns: 500 },
    );
  });
});

describe("defaults", () => {
  test("are Django's where Django has them, and safe where it is not", () => {
    const { engine: _, clock: __, codec, ...rest } = resolve({});
    expect(codec.name).toBe("json");
    expect(rest).toEqual({
      idleTimeout: 1_209_600,
      absoluteTimeout: undefined,
      expireAtBrowserClose: false,
      renew: "throttled",
      cookie: {
        name: "__Host-session",
        domain: undefined,
        path: "/",
        secure: true,
        httpOnly: true,
        sameSite: "lax",
        partitioned: false,
      },
      namespace: undefined,
      deadline: 2,
      limits: { payloadLength: 1_048_576, depth: 64, keys: 100_000 },
      property: true,
    });
  });

  test("the __Host- prefix is left out where browsers would not accept it", () => {
    expect(cookie({}).name).toBe("__Host-session");
    expect(cookie({ secure: false }).name).toBe("session");
    expect(cookie({ secure: "auto" }).name).toBe("session");
    expect(cookie({ domain: "a.example" }).name).toBe("session");
    expect(cookie({ path: "/app" }).name).toBe("session");
    expect(cookie({ name: "sid", secure: false }).name).toBe("sid");
  });

  test("an option that is undefined was left out", () => {
    expect(resolve({ namespace: undefined, idleTimeout: undefined }).idleTimeout).toBe(1_209_600);
    expect(resolve({ limits: { depth: undefined } }).limits.depth).toBe(64);
  });

  test("what was resolved is frozen", () => {
    const options = resolve({ secrets: [long] });
    for (const object of [options, options.cookie, options.limits, options.secrets])
      expect(Object.isFrozen(object)).toBe(true);
  });
});
