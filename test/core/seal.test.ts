import fc from "fast-check";
import { expect, test } from "vitest";
import { sealer } from "../../src/core/seal.ts";

const [older, newest, other] = ["o", "n", "x"].map((letter) => letter.repeat(32)) as [string, string, string];
const bytes = fc.uint8Array({ maxLength: 300 });
const plainOf = (unsealed: Uint8Array | undefined): Uint8Array | undefined => unsealed && new Uint8Array(unsealed);

test("what is sealed opens again, with a newer secret in front too", () => {
  fc.assert(
    fc.property(bytes, fc.string(), (plain, context) => {
      const sealed = sealer([older], "a test").seal(plain, context);
      expect(plainOf(sealer([newest, older], "a test").unseal(sealed, context))).toEqual(plain);
    }),
  );
});

test("no bit of it can be changed, cut off or added", () => {
  const { seal, unseal } = sealer([newest], "a test");
  fc.assert(
    fc.property(bytes, fc.nat(), fc.integer({ min: 0, max: 7 }), (plain, position, bit) => {
      const sealed = seal(plain, "id");
      const changed = sealed.map((byte, at) => (at === position % sealed.length ? byte ^ (1 << bit) : byte));
      expect(unseal(changed, "id")).toBeUndefined();
      expect(unseal(sealed.subarray(0, position % sealed.length), "id")).toBeUndefined();
      expect(unseal(Buffer.concat([sealed, Buffer.of(bit)]), "id")).toBeUndefined();
    }),
  );
});

test("it opens with no other secret, for no other purpose, in no other context", () => {
  const sealed = sealer([newest], "a test").seal(Buffer.from("text"), "id");
  expect(sealer([other, older], "a test").unseal(sealed, "id")).toBeUndefined();
  expect(sealer([newest], "another test").unseal(sealed, "id")).toBeUndefined();
  expect(sealer([newest], "a test").unseal(sealed, "another id")).toBeUndefined();
});

test("the same text is sealed differently each time, and shows nothing of itself", () => {
  const { seal } = sealer([newest], "a test");
  const plain = Buffer.from("a secret of the visitor");
  const sealed = [1, 2, 3].map(() => Buffer.from(seal(plain, "id")));
  expect(new Set(sealed.map((one) => one.subarray(24).toString("hex"))).size).toBe(3);
  for (const one of sealed) expect(one.includes("visitor")).toBe(false);
});

test("a list of no secrets is refused", () => {
  expect(() => sealer([], "a test")).toThrow("at least one secret");
});
