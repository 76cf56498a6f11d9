import { describe, expect, test } from "vitest";
import { memory } from "../../src/engines/memory.ts";
import { caseContext, storeSuite } from "../../src/testing.ts";

await storeSuite({ describe, test }, "memory", () => memory());

test("memory({ max }) lets the least recently used session go", async () => {
  const { record, now } = caseContext();
  const store = memory({ max: 2 });
  const [first, second, third] = [record(), record(), record()];
  await store.create(first, now);
  await store.create(second, now);
  await store.read(first.id, now);
  await store.create(third, now);
  expect(await store.read(second.id, now)).toBeUndefined();
  expect(await store.read(first.id, now)).toEqual(first);
});

test.each([0, -1, 1.5, Number.NaN])("memory({ max: %s }) is refused at the start", (max) => {
  expect(() => memory({ max })).toThrow("expected a positive whole number");
});

test.each([[null], [7], [{ maximum: 5 }]])("memory(%o) is refused at the start", (options) => {
  expect(() => memory(options as never)).toThrow("memory(): expected nothing or { max }");
});
