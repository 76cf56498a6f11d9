import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { decide, type Facts, type Step } from "../../src/core/commit.ts";

const nothing: Facts = {
  stored: false,
  changed: false,
  worthKeeping: false,
  cycle: false,
  renewalDue: false,
  past: false,
  failed: false,
};
const stored: Facts = { ...nothing, stored: true, worthKeeping: true };

const table: [Step, string, Facts][] = [
  ["nothing", "a visitor who wrote nothing", nothing],
  ["create", "a first write", { ...nothing, changed: true, worthKeeping: true }],
  ["nothing", "something set and deleted again", { ...nothing, changed: true }],
  ["nothing", "a key cycled on a session that is not stored", { ...nothing, cycle: true }],
  ["nothing", "a first write behind a server error", { ...nothing, changed: true, worthKeeping: true, failed: true }],
  [
    "nothing",
    "a first write that is to end in the past",
    { ...nothing, changed: true, worthKeeping: true, past: true },
  ],
  ["nothing", "a stored session that was only read", stored],
  ["update", "a change", { ...stored, changed: true }],
  ["update", "a change that leaves it empty", { ...stored, changed: true, worthKeeping: false }],
  ["nothing", "a change behind a server error", { ...stored, changed: true, failed: true }],
  ["update", "a cycled key", { ...stored, cycle: true }],
  ["update", "a cycled key behind a server error", { ...stored, changed: true, cycle: true, failed: true }],
  ["touch", "a renewal that is due", { ...stored, renewalDue: true }],
  [
    "touch",
    "a renewal that is due, behind a server error",
    { ...stored, changed: true, renewalDue: true, failed: true },
  ],
  ["update", "a change when a renewal is due: one write does both", { ...stored, changed: true, renewalDue: true }],
  ["end", "an expiry set in the past", { ...stored, changed: true, past: true }],
];

describe("the end of a request is one step of a closed list", () => {
  test.each(table)("%s: %s", (step, _, facts) => {
    expect(decide(facts)).toBe(step);
  });

  const bool = fc.boolean();
  const facts = fc.record<Facts>({
    stored: bool,
    changed: bool,
    worthKeeping: bool,
    cycle: bool,
    renewalDue: bool,
    past: bool,
    failed: bool,
  });

  test("without a record behind it, nothing but a creation happens", () => {
    fc.assert(fc.property(facts, (some) => some.stored || ["nothing", "create"].includes(decide(some))));
  });

  test("with one, nothing is ever created: a deleted session cannot come back", () => {
    fc.assert(fc.property(facts, (some) => !some.stored || decide(some) !== "create"));
  });

  test("a failed response never writes data", () => {
    fc.assert(
      fc.property(facts, (some) => {
        const step = decide({ ...some, failed: true });
        return step !== "create" && step !== "end" && (step !== "update" || some.cycle);
      }),
    );
  });
});
