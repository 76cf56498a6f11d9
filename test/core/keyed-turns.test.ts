import { expect, test } from "vitest";
import { KeyedTurns } from "../../src/core/keyed-turns.ts";
import { barrier } from "../../src/testing.ts";

test("turns are taken one after the other under one key, at once under two, also after a failure; and forgotten", async () => {
  const keys = new Map<string, Promise<unknown>>();
  const turns = new KeyedTurns(keys);
  const pause = barrier();
  const log: string[] = [];
  const first = turns.take("a", async () => {
    await pause.arrive();
    log.push("first");
    throw new Error("failed");
  });
  const second = turns.take("a", async () => log.push("second"));
  await turns.take("b", async () => log.push("other"));
  expect([...keys.keys()]).toEqual(["a"]);
  pause.release();
  await expect(first).rejects.toThrow("failed");
  await second;
  expect(log).toEqual(["other", "first", "second"]);
  expect(keys.size).toBe(0);
});
