import { expect, test } from "vitest";
import { fakeClock, START } from "../../src/testing.ts";

test("stands still, at 2030 by default", () => {
  const clock = fakeClock();
  expect(new Date(clock()).toISOString()).toBe("2030-01-01T00:00:00.000Z");
  expect(clock.now).toBe(START);
  expect(clock()).toBe(clock.now);
});

test("starts where it is told, from a Date as well", () => {
  expect(fakeClock(1000)()).toBe(1000);
  expect(fakeClock(new Date(2000))()).toBe(2000);
});

test("advances by milliseconds or by a span, and answers the new instant", () => {
  const clock = fakeClock(0);
  expect(clock.advance(5)).toBe(5);
  expect(clock.advance({ days: 1, hours: 2, minutes: 3, seconds: 4, milliseconds: 5 })).toBe(93_784_010);
  expect([clock(), clock.now]).toEqual([93_784_010, 93_784_010]);
});

test("jumps anywhere", () => {
  const clock = fakeClock(5000);
  clock.set(1000);
  expect(clock.now).toBe(1000);
  clock.set(new Date(2000));
  expect(clock()).toBe(2000);
});

test("is a clock wherever a function is asked for", () => {
  const take = (clock: () => number): number => clock();
  expect(take(fakeClock(7))).toBe(7);
});

test("two clocks are strangers", () => {
  const one = fakeClock();
  fakeClock().advance(1000);
  expect(one()).toBe(START);
});
