import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { payloadFormat } from "../../src/core/codec.ts";
import { sealedText } from "../../src/core/sealed-text.ts";
import { compositions } from "./compositions.ts";

const limits = { payloadLength: 100_000, depth: 8, keys: 10_000 };
const isKey = (key: string): boolean => key !== "__proto__";
const bigint = fc.bigInt({ min: -(2n ** 200n), max: 2n ** 200n });
const date = fc.date({ noInvalidDate: true });

const { rich } = fc.letrec<{ rich: unknown }>((tie) => ({
  rich: fc.oneof(
    { maxDepth: 3, withCrossShrink: true },
    fc.oneof(
      fc.string({ unit: "binary" }),
      fc.double({ noNaN: true, noDefaultInfinity: true }),
      fc.constantFrom(null, true, false),
      bigint,
      date,
    ),
    fc.array(tie("rich"), { maxLength: 4 }),
    fc.dictionary(fc.string().filter(isKey), tie("rich"), { maxKeys: 4 }),
    fc.array(fc.tuple(tie("rich"), tie("rich")), { maxLength: 4 }).map((entries) => new Map(entries)),
    fc.array(tie("rich"), { maxLength: 4 }).map((values) => new Set(values)),
  ),
}));
// JSON has but one zero.
const plain = fc.jsonValue({ maxDepth: 3 }).filter((value) => !/__proto__/.test(JSON.stringify(value)));
const onceJson = plain.map((value): unknown => JSON.parse(JSON.stringify(value)));
const id = fc.stringMatching(/^[0-9a-f]{32}$/);

describe.each(compositions)("%s", (name, codec) => {
  const format = payloadFormat(codec, limits);
  const { sealing } = codec;
  const texts = sealing === undefined ? undefined : sealedText(codec, sealing, limits);
  const value = fc.dictionary(fc.string().filter(isKey), name.includes("devalue") ? rich : onceJson, {
    noNullPrototype: true,
  });

  test("law: what goes into the store comes back, of the same text", () => {
    fc.assert(
      fc.property(value, id, (data, own) => {
        const text = format.encode({ v: 1, data });
        const stored = texts?.seal(text, own) ?? text;
        const opened = texts?.unseal(stored, own) ?? stored;
        expect(opened).toBe(text);
        const back = format.decode(opened, own);
        expect(back.data).toEqual(data);
        expect(format.encode(back)).toBe(text);
      }),
    );
  });

  test("law: equal values are equal text", () => {
    fc.assert(
      fc.property(value, (data) => {
        expect(format.encode({ v: 1, data: structuredClone(data) })).toBe(format.encode({ v: 1, data }));
      }),
    );
  });
});
