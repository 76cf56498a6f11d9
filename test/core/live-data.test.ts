import fc from "fast-check";
import { beforeEach, describe, expect, test } from "vitest";
import { json } from "../../src/core/codec.ts";
import { InvalidData } from "../../src/core/errors.ts";
import { LiveData } from "../../src/core/live-data.ts";
import { type Data, emptyData, type Operation, replay, valuesOf } from "../../src/core/operations.ts";

const limits = { payloadLength: 100_000, depth: 8, keys: 100 };
const values = valuesOf(json, limits);
const plain = (data: object): unknown => JSON.parse(JSON.stringify(data));
const operationsOf = (live: LiveData): readonly Operation[] => {
  live.absorb();
  return live.operations;
};

let live: LiveData;
beforeEach(() => {
  live = new LiveData(values, { n: 1, list: [1, 2], deep: { a: { b: 1 } } });
});

describe("the log", () => {
  test("keeps what was done, in order", () => {
    live.set("a", 1);
    live.setDefault("b", 2);
    live.delete("n");
    live.update("a", (n) => Number(n) + 1);
    expect(operationsOf(live).map(({ kind }) => kind)).toEqual(["set", "setDefault", "delete", "update"]);
  });

  test("setting an equal value is no change, nor are deleting nothing and a default that is not needed", () => {
    live.set("n", 1);
    live.set("deep", { a: { b: 1 } });
    live.setDefault("n", 7);
    live.delete("nothing");
    expect(operationsOf(live)).toEqual([]);
  });

  test("falsy values are values", () => {
    for (const value of [0, "", false, null]) {
      live.set("falsy", value);
      expect(live.has("falsy")).toBe(true);
      expect(live.get("falsy")).toBe(value);
      expect(live.setDefault("falsy", "other")).toBe(value);
    }
  });

  test("clear makes everything before it moot", () => {
    live.set("a", 1);
    live.clear();
    expect(operationsOf(live)).toEqual([{ kind: "clear" }]);
    expect(live.keys()).toEqual([]);
  });
});

describe("changes that make no call are noticed", () => {
  test("in an object that get handed out", () => {
    (live.get("deep") as { a: { b: number } }).a.b = 2;
    expect(operationsOf(live)).toEqual([{ kind: "set", key: "deep", text: '{"a":{"b":2}}' }]);
  });

  test("in an object that the caller still holds after set", () => {
    const mine = { x: 1 };
    live.set("mine", mine);
    mine.x = 2;
    expect(operationsOf(live).at(-1)).toEqual({ kind: "set", key: "mine", text: '{"x":2}' });
  });

  test("also when set changed nothing", () => {
    const mine = { a: { b: 1 } };
    live.set("deep", mine);
    mine.a.b = 9;
    expect(operationsOf(live)).toEqual([{ kind: "set", key: "deep", text: '{"a":{"b":9}}' }]);
  });

  test("in the data object: set, changed, deleted, set to undefined", () => {
    const data = live.expose();
    data["new"] = [1];
    (data["list"] as number[]).push(3);
    delete data["n"];
    data["deep"] = undefined;
    expect(operationsOf(live)).toEqual([
      { kind: "delete", key: "n" },
      { kind: "set", key: "list", text: "[1,2,3]" },
      { kind: "delete", key: "deep" },
      { kind: "set", key: "new", text: "[1]" },
    ]);
  });

  test("reading writes nothing", () => {
    live.expose();
    live.get("deep");
    expect(operationsOf(live)).toEqual([]);
  });

  test("before the next operation, so that the order is kept", () => {
    const data = live.expose();
    data["x"] = 1;
    live.delete("x");
    expect(operationsOf(live)).toEqual([
      { kind: "set", key: "x", text: "1" },
      { kind: "delete", key: "x" },
    ]);
  });

  test("a value JSON cannot carry is named by its key, and never shown", () => {
    live.expose()["when"] = new Date(0);
    expect(() => live.absorb()).toThrow(/"when".*a Date/);
    expect(() => live.absorb()).not.toThrow(/1970/);
  });
});

describe("update", () => {
  test("gives the function a copy: one that throws halfway has changed nothing", () => {
    expect(() =>
      live.update("list", (list) => {
        (list as number[]).push(99);
        throw new Error("halfway");
      }),
    ).toThrow("halfway");
    expect(live.get("list")).toEqual([1, 2]);
    expect(operationsOf(live)).toEqual([]);
  });

  test("refuses undefined and promises", () => {
    expect(() => live.update("n", () => undefined)).toThrow(InvalidData);
    expect(() => live.update("n", () => Promise.reject(new Error("late")))).toThrow(InvalidData);
    expect(live.get("n")).toBe(1);
  });

  test("is logged even when it changes nothing now, because on newer data it may", () => {
    live.update("n", (n) => Math.max(Number(n), 1));
    const data: Data = { n: -5 };
    replay(operationsOf(live), data, values);
    expect(data["n"]).toBe(1);
  });
});

describe("keys", () => {
  test.each(["constructor", "prototype", "toString", "hasOwnProperty"])("%s is plain data", (key) => {
    expect(live.get(key)).toBeUndefined();
    expect(live.has(key)).toBe(false);
    live.set(key, "mine");
    expect(live.get(key)).toBe("mine");
    const data = emptyData();
    replay(operationsOf(live), data, values);
    expect(data[key]).toBe("mine");
  });

  test("__proto__ is refused, and no object has grown", () => {
    expect(() => live.set("__proto__", { polluted: true })).toThrow(InvalidData);
    expect(() => live.set("x", JSON.parse('{"__proto__": {"polluted": true}}'))).toThrow(InvalidData);
    live.expose()["__proto__"] = { polluted: true };
    expect(() => live.absorb()).toThrow(InvalidData);
    expect(({} as { polluted?: boolean }).polluted).toBeUndefined();
  });
});

type Step = (target: LiveData) => void;
const key = fc.constantFrom("a", "b", "c");
const step: fc.Arbitrary<Step> = fc.oneof(
  fc.tuple(key, fc.jsonValue({ maxDepth: 2 })).map(
    ([k, v]): Step =>
      (target) =>
        target.set(k, v),
  ),
  key.map(
    (k): Step =>
      (target) =>
        void target.delete(k),
  ),
  fc.tuple(key, fc.nat(9)).map(
    ([k, n]): Step =>
      (target) =>
        void target.setDefault(k, n),
  ),
  fc.tuple(key, fc.nat(9)).map(
    ([k, n]): Step =>
      (target) =>
        void target.update(k, (old) => [old ?? null, n]),
  ),
  fc.tuple(key, fc.jsonValue({ maxDepth: 2 })).map(
    ([k, v]): Step =>
      (target) =>
        void (target.expose()[k] = v),
  ),
  fc.constant<Step>((target) => target.clear()),
);
const noProto = (value: unknown): boolean => !JSON.stringify(value).includes("__proto__");

test("law: replaying the log on what was loaded gives what the handler saw", () => {
  const loaded = fc.dictionary(key, fc.jsonValue({ maxDepth: 2 })).filter(noProto);
  fc.assert(
    fc.property(loaded, fc.array(step, { maxLength: 12 }), (data, steps) => {
      const target = new LiveData(values, structuredClone(data));
      for (const run of steps) run(target);
      target.absorb();
      const again = Object.assign(emptyData(), structuredClone(data));
      replay(target.operations, again, values);
      expect(plain(again)).toEqual(plain(target.current));
    }),
  );
});
