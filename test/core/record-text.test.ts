import fc from "fast-check";
import { expect, test } from "vitest";
import { recordFromText, recordToText } from "../../src/core/record-text.ts";
import type { SessionRecord } from "../../src/core/store.ts";

const text = fc.string({ unit: "binary" });
const record = fc.record<SessionRecord>(
  {
    id: fc.stringMatching(/^[\w-]{1,96}$/),
    secretHash: fc.stringMatching(/^[\w-]{43}$/),
    payload: text,
    revision: fc.stringMatching(/^[\w.-]{1,64}$/),
    createdAt: fc.maxSafeNat(),
    renewedAt: fc.maxSafeNat(),
    expiresAt: fc.maxSafeNat(),
    userId: text,
  },
  { requiredKeys: ["id", "secretHash", "payload", "revision", "createdAt", "renewedAt", "expiresAt"] },
);

test("a record survives as text, whatever it holds", () => {
  fc.assert(
    fc.property(record, (given) => {
      expect(recordFromText(given.id, recordToText(given))).toEqual(given);
    }),
  );
});

test("what is no such text is no record, and no error", () => {
  fc.assert(
    fc.property(
      fc.oneof(
        text,
        fc.anything(),
        text.map((rest) => `coatcheck/1 ${rest}`),
      ),
      (given) => {
        expect(recordFromText("a", given)).toBeUndefined();
      },
    ),
  );
});

// Beginning with what passes for JSON, unstorage would parse it.
test("a text does not look like JSON, a number or a word of it", () => {
  fc.assert(
    fc.property(record, (given) => {
      expect(recordToText(given)).toMatch(/^coatcheck\/1 \{.*\}\n/);
    }),
  );
});

test.each(["secretHash", "revision", "expiresAt"])("a text without %s is no record", (field) => {
  const facts: Record<string, unknown> = { secretHash: "h", revision: "r", expiresAt: 1 };
  expect(recordFromText("a", `coatcheck/1 ${JSON.stringify(facts)}\n`)).toBeDefined();
  delete facts[field];
  expect(recordFromText("a", `coatcheck/1 ${JSON.stringify(facts)}\n`)).toBeUndefined();
});
