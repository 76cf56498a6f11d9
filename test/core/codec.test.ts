import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type Content, json, payloadFormat } from "../../src/core/codec.ts";
import { CorruptPayload, InvalidData } from "../../src/core/errors.ts";

const limits = { payloadLength: 2000, depth: 5, keys: 50 };
const format = payloadFormat(json, limits);
const stringify = (value: unknown) => json.stringify(value, "the value", limits);
const nested = (depth: number): unknown => (depth === 0 ? 1 : [nested(depth - 1)]);

class Money {
  amount = 1;
}
const cyclic: { self?: unknown } = {};
cyclic.self = cyclic;

describe("what JSON would change without a word is refused", () => {
  test.each<[string, unknown]>([
    ["undefined", undefined],
    ["NaN", Number.NaN],
    ["Infinity", [Number.POSITIVE_INFINITY]],
    ["a Date", { at: new Date() }],
    ["a Map", new Map()],
    ["a Set", [new Set()]],
    ["a bigint", 1n],
    ["a symbol", Symbol("s")],
    ["a function", { f: () => 1 }],
    ["a class instance", new Money()],
    ["a typed array", new Uint8Array(2)],
    ["undefined in an array", [undefined]],
    ["a hole in an array", Array(1)],
    ["a cycle", cyclic],
    ["a symbol key", { [Symbol("s")]: 1 }],
    ["a toJSON method", { toJSON: () => 1 }],
    ["a __proto__ key", JSON.parse('{"__proto__":1}')],
  ])("%s", (_, value) => {
    expect(() => stringify(value)).toThrow(InvalidData);
  });

  test("an undefined property is an absent one", () => {
    expect(stringify({ a: undefined, b: 1 })).toBe('{"b":1}');
  });

  test("the same object twice is no cycle", () => {
    const shared = { a: 1 };
    expect(stringify([shared, shared])).toBe('[{"a":1},{"a":1}]');
  });

  test("law: what it takes, it gives back", () => {
    const value = fc.jsonValue({ maxDepth: 4 }).filter((some) => !JSON.stringify(some).includes("__proto__"));
    fc.assert(
      fc.property(value, (some) => {
        expect(json.parse(json.stringify(some, "it", { ...limits, keys: 1e6 }), { ...limits, keys: 1e6 })).toEqual(
          JSON.parse(JSON.stringify(some)),
        );
      }),
    );
  });
});

describe("limits", () => {
  test("on depth, keys and length", () => {
    expect(stringify(nested(5))).toBe("[[[[[1]]]]]");
    expect(() => stringify(nested(6))).toThrow(/deeper than 5/);
    expect(stringify(Array(50).fill(0))).toContain("0");
    expect(() => stringify(Array(51).fill(0))).toThrow(/more than 50 keys/);
    expect(() => format.encode({ v: 1, data: { text: "x".repeat(2000) } })).toThrow(/limits\.payloadLength/);
  });

  test("a value as deep as allowed can also be stored", () => {
    const content: Content = { v: 1, data: { deep: nested(5) }, expiry: { at: 1 }, authenticatedAt: 2 };
    expect(format.decode(format.encode(content), "id")).toEqual(content);
  });
});

describe("a payload that cannot be used is CorruptPayload, and is not quoted", () => {
  test.each<[string, string]>([
    ["broken JSON", '{"v":1,"data":{"pin":"hunter2"'],
    ["no object", "[]"],
    ["another version", '{"v":2,"data":{"pin":"hunter2"}}'],
    ["data that is no object", '{"v":1,"data":["hunter2"]}'],
    ["a wrong expiry", '{"v":1,"data":{},"expiry":"hunter2"}'],
    ["a wrong sign-in", '{"v":1,"data":{},"authenticatedAt":"hunter2"}'],
    ["a __proto__ key", '{"v":1,"data":{"__proto__":{"pin":"hunter2"}}}'],
    ["nesting without end", `{"v":1,"data":{"a":${"[".repeat(900)}${"]".repeat(900)}}}`],
    ["too long", `{"v":1,"data":{"a":"${"hunter2".repeat(300)}"}}`],
  ])("%s", (_, payload) => {
    let thrown: unknown;
    try {
      format.decode(payload, "cafe");
    } catch (error) {
      thrown = error;
    }
    expect(thrown).toBeInstanceOf(CorruptPayload);
    const { message, stack, cause } = thrown as Error;
    expect(message).toContain("cafe");
    expect(`${message}${stack}${String(cause)}`).not.toContain("hunter2");
  });
});
