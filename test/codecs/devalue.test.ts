import { describe, expect, test } from "vitest";
import { devalue } from "../../src/codecs/devalue.ts";
import { payloadFormat } from "../../src/core/codec.ts";
import { CorruptPayload, InvalidData } from "../../src/core/errors.ts";
import type { Session } from "../../src/core/session.ts";
import { answered, type Data, request, scene } from "../faults/support.ts";

const codec = devalue();
const limits = { payloadLength: 2_000_000, depth: 8, keys: 100 };
const format = payloadFormat(codec, limits);
const stringify = (value: unknown) => codec.stringify(value, 'the value of "key"', limits);
const roundTrip = (value: unknown) => codec.parse(stringify(value), limits);

class Money {
  amount = 1;
}
class Later extends Date {}
const cyclic = new Map<string, unknown>();
cyclic.set("self", cyclic);

test("Date, Map, Set and bigint come back as what they were, within one another too", () => {
  const value = {
    seen: new Date(86_400_000),
    votes: new Map<unknown, unknown>([
      ["ada", new Set([1n, -(2n ** 4000n)])],
      [new Date(0), [new Map()]],
    ]),
    zero: -0,
  };
  expect(roundTrip(value)).toStrictEqual(value);
});

describe("what would not come back unchanged is refused, and the key is named", () => {
  test.each<[string, unknown]>([
    ["undefined", undefined],
    ["undefined in an array", [undefined]],
    ["undefined in a Map", new Map([["a", undefined]])],
    ["a hole in an array", Array(1)],
    ["NaN", new Map([["a", Number.NaN]])],
    ["Infinity", new Set([Number.POSITIVE_INFINITY])],
    ["an invalid Date", new Date(Number.NaN)],
    ["a bigint of a megabit", 2n ** 1_000_000n],
    ["a symbol", new Set([Symbol("s")])],
    ["a function", new Map([["f", () => 1]])],
    ["a function as a key", new Map([[() => 1, "f"]])],
    ["a class instance", new Set([new Money()])],
    ["an instance of a subclass", new Later()],
    ["a boxed number", Object(1)],
    ["a RegExp", /x/],
    ["a URL", new URL("http://localhost")],
    ["a typed array", new Uint8Array(2)],
    ["a promise", Promise.resolve(1)],
    ["a cycle", cyclic],
    ["a symbol key", { [Symbol("s")]: 1 }],
    ["a __proto__ key", new Map([["a", JSON.parse('{"__proto__":1}')]])],
    ["too deep nesting", Array.from({ length: 9 }).reduce((inner) => new Set([inner]), 1)],
    ["too many elements", new Set(Array(101).keys())],
    ["too many entries", new Map(Array.from({ length: 51 }, (_, index) => [index, index]))],
  ])("%s", (_, value) => {
    expect(() => stringify(value)).toThrow(InvalidData);
    expect(() => stringify(value)).toThrow('the value of "key"');
  });
});

test("equal values are equal text, however they are put together", () => {
  const shared = { at: new Date(0) };
  expect(stringify([shared, shared])).toBe(stringify([{ at: new Date(0) }, { at: new Date(0) }]));
  expect(stringify({ a: 1, b: undefined })).toBe(stringify({ a: 1 }));
  expect(stringify(Object.assign(Object.create(null), { a: 1 }))).toBe(stringify({ a: 1 }));
});

describe("a hostile text in the store is refused, and soon", () => {
  const data = (...values: string[]): string => `[{"v":1,"data":2},1,{"x":3},${values.join(",")}]`;
  const laughs = Array.from({ length: 60 }, (_, level) => `[${level + 4},${level + 4}]`);
  test.each<[string, string]>([
    ["no devalue", "{}"],
    ["devalue's own undefined", "-1"],
    ["a Map as data", '[{"v":1,"data":2},1,["Map"]]'],
    ["a Map as content", '[["Map",1,2],"v",1]'],
    ["an unknown type", data('["Secret",1]')],
    ["a RegExp", data('["RegExp","(a+)+$"]')],
    ["a typed array", data('["Uint8Array",4]', '["ArrayBuffer","AAAA"]')],
    ["a boxed string", data('["Object",4]', '"x"')],
    ["an invalid Date", data('["Date","never"]')],
    ["a __proto__ key", data('{"__proto__":4}', "1")],
    ["a __proto__ key without prototype", data('["null","__proto__",4]', "1")],
    ["an array of four billion holes", data("[-7,4294967295]")],
    ["a cycle", data("[3]")],
    ["nesting without end", data(...Array.from({ length: 20_000 }, (_, level) => `[${level + 4}]`), "1")],
    ["a billion laughs", data(...laughs, "1")],
    ["two million digits", data(`["BigInt","${"9".repeat(1_900_000)}"]`)],
    ["digits that are none", data('["BigInt","x"]')],
  ])("%s", (_, text) => {
    const begin = process.cpuUsage();
    expect(() => format.decode(text, "cafe")).toThrow(CorruptPayload);
    // In the time of this process: what else the machine does is not the text's. Let through, they take half a second, or
    // for ever.
    const { user } = process.cpuUsage(begin);
    expect(user / 1000).toBeLessThan(250);
    expect(({} as { x?: unknown }).x).toBeUndefined();
  });
});

describe("in a session", () => {
  const here = () => scene(undefined, { codec: devalue() });
  const filled = () => ({
    map: new Map([["a", new Set([1n])]]),
    at: new Date(0),
    list: [new Date(0)],
  });

  const changes: readonly [string, (data: ReturnType<typeof filled>) => unknown][] = [
    ["Map.set", ({ map }) => map.set("b", new Set())],
    ["Map.delete", ({ map }) => map.delete("a")],
    ["Set.add, in a Map", ({ map }) => map.get("a")?.add(2n)],
    ["Date.setFullYear", ({ at }) => at.setFullYear(2001)],
    ["Date.setTime, in an array", ({ list }) => list[0]?.setTime(1)],
  ];
  const ways: readonly [string, (session: Session<Data>) => object][] = [
    ["get", (session) => Object.fromEntries(session)],
    ["data", (session) => session.data],
  ];
  const both = ways.flatMap(([way, hold]) => changes.map(([what, change]) => [what, way, change, hold] as const));
  test.each(both)("%s, in place, on what %s gave, is noticed and saved", async (_, _way, change, hold) => {
    const { sessions, begin, peek } = here();
    const { token } = await begin(filled());
    const { unit, session } = await request(sessions, token);
    const held = hold(session) as ReturnType<typeof filled>;
    expect(session.modified).toBe(false);
    change(held);
    await unit.commit(answered);
    const expected = filled();
    change(expected);
    expect(await peek(token)).toStrictEqual(expected);
  });

  test("an update gets a copy, and its result is kept", async () => {
    const { sessions, begin, peek } = here();
    const { token } = await begin({ n: 0, votes: new Map() });
    const visitors = await Promise.all([1, 2, 3].map(() => sessions.open(token)));
    for (const [index, session] of visitors.entries()) {
      session.update("votes", (votes) => (votes as Map<number, bigint>).set(index, 1n));
    }
    await Promise.all(visitors.map((session) => session.save()));
    expect((await peek(token))?.["votes"]).toStrictEqual(new Map([0, 1, 2].map((index) => [index, 1n])));
  });

  test("undefined deletes, as ever", async () => {
    const { sessions, begin, peek } = here();
    const { token } = await begin({ at: new Date(0), n: 1 });
    const session = await sessions.open(token);
    session.data["at"] = undefined;
    await session.save();
    expect(await peek(token)).toStrictEqual({ n: 1 });
    expect((await sessions.open(token)).has("at")).toBe(false);
  });

  test("overwriting is told of values that JSON takes for equal, and of a bigint", async () => {
    const { sessions, begin } = here();
    const { token, id } = await begin({ map: new Map(), big: 1n, constructor: 1 });
    const events: unknown[] = [];
    sessions.on("overwritten", (event) => events.push(event));
    const [first, second] = [await sessions.open(token), await sessions.open(token)];
    first
      .set("map", new Map([["first", 1]]))
      .set("big", 2n)
      .delete("constructor");
    second
      .set("map", new Map([["second", 1]]))
      .set("big", 3n)
      .set("theme", "mine")
      .delete("constructor");
    await first.save();
    await second.save();
    expect(events).toEqual([{ id, keys: ["map", "big", "constructor"] }]);
  });
});
