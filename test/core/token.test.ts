import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { hasArrived, nextRevision } from "../../src/core/revision.ts";
import { hashSecret, newId, newSecret, sameText, tokenFormat } from "../../src/core/token.ts";

const secrets = ["a secret of thirty-two characters", "an older one, just as long as that"];
const newest = secrets.slice(0, 1);
const older = secrets.slice(1);
const fresh = () => ({ id: newId(), secret: newSecret() });

describe("a token", () => {
  test("is 32 hex digits of id and 43 characters of secret, and 22 of tag when secrets are configured", () => {
    expect(tokenFormat([]).write(fresh())).toMatch(/^[0-9a-f]{32}[\w-]{43}$/);
    expect(tokenFormat(newest).write(fresh())).toMatch(/^[0-9a-f]{32}[\w-]{65}$/);
  });

  test("comes back as it was written", () => {
    for (const format of [tokenFormat([]), tokenFormat(secrets)]) {
      const token = fresh();
      expect(format.parse(format.write(token))).toEqual(token);
    }
  });

  test("never repeats, and its hash is not itself", () => {
    const seen = new Set(Array.from({ length: 2000 }, () => newId() + newSecret()));
    expect(seen.size).toBe(2000);
    const secret = newSecret();
    expect(hashSecret(secret)).toMatch(/^[\w-]{43}$/);
    expect(hashSecret(secret)).not.toBe(secret);
  });

  test("malformed ones are refused, whatever they are", () => {
    const format = tokenFormat([]);
    fc.assert(fc.property(fc.string({ maxLength: 200 }), (text) => format.parse(text) === undefined));
    const good = format.write(fresh());
    for (const bad of [
      "",
      good.slice(1),
      `${good}A`,
      ` ${good.slice(1)}`,
      good.toUpperCase(),
      `../${good.slice(3)}`,
      `${good.slice(0, -1)}\n`,
      `${good.slice(0, -1)}\0`,
    ]) {
      expect(format.parse(bad)).toBeUndefined();
    }
  });

  test("with secrets, changing any character is noticed", () => {
    const format = tokenFormat(newest);
    const good = format.write(fresh());
    for (let i = 0; i < good.length; i += 1) {
      const other = good[i] === "0" ? "1" : "0";
      expect(format.parse(good.slice(0, i) + other + good.slice(i + 1))).toBeUndefined();
    }
  });

  test("the newest secret tags, the older ones still verify, a foreign one does not", () => {
    const token = fresh();
    const old = tokenFormat(older).write(token);
    expect(tokenFormat(secrets).parse(old)).toEqual(token);
    expect(tokenFormat(secrets).retag(old)).toBe(tokenFormat(newest).write(token));
    expect(tokenFormat(newest).parse(old)).toBeUndefined();
  });

  test("an untagged one is not accepted where secrets are configured, nor a tagged one where none are", () => {
    expect(tokenFormat(newest).parse(tokenFormat([]).write(fresh()))).toBeUndefined();
    expect(tokenFormat([]).parse(tokenFormat(newest).write(fresh()))).toBeUndefined();
  });

  test("texts are compared whole, of whatever length", () => {
    expect(sameText("abc", "abc")).toBe(true);
    expect(sameText("abc", "abd")).toBe(false);
    expect(sameText("abc", "abcd")).toBe(false);
    expect(sameText("é", "e\u0301")).toBe(false);
  });
});

describe("a revision", () => {
  const descend = (from: string, generations: number) => {
    let revision = from;
    for (let i = 0; i < generations; i += 1) revision = nextRevision(revision);
    return revision;
  };

  test("remembers itself and four ancestors, and stays within 64 characters", () => {
    const ours = nextRevision(nextRevision());
    for (const generations of [0, 1, 2, 3, 4]) expect(hasArrived(ours, descend(ours, generations))).toBe(true);
    expect(hasArrived(ours, descend(ours, 5))).toBe(false);
    expect(descend(ours, 50)).toMatch(/^[\w.-]{64}$/);
  });

  test("does not take another's write for its own", () => {
    const base = nextRevision();
    expect(hasArrived(nextRevision(base), nextRevision(base))).toBe(false);
    expect(hasArrived(nextRevision(base), base)).toBe(false);
  });
});
