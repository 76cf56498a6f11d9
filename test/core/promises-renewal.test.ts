import { describe, expect, test } from "vitest";
import type { SessionsOptions } from "../../src/core/options.ts";
import { memory } from "../../src/engines/memory.ts";
import { operationLog } from "../../src/testing/faulty-store.ts";
import { answered, crashed, request, scene } from "../faults/support.ts";

// P4: renewal is throttled. A session may end early by the throttle, and never late.

const day = 24 * 3600;

describe("renewal: a session that is read after a while", () => {
  const cases: readonly [SessionsOptions, number, "is renewed" | "costs one read"][] = [
    [{ idleTimeout: 600 }, 59, "costs one read"],
    [{ idleTimeout: 600 }, 60, "is renewed"],
    [{ idleTimeout: 14 * day }, 3599, "costs one read"],
    [{ idleTimeout: 14 * day }, 3600, "is renewed"],
    [{ idleTimeout: 600, renew: "always" }, 0.001, "is renewed"],
    [{ idleTimeout: 600, renew: "always" }, 0, "costs one read"],
    [{ idleTimeout: 600, renew: "on-write" }, 599, "costs one read"],
  ];
  test.each(cases)("%o after %d s: %s", async (options, seconds, expected) => {
    const { begin, through, clock } = scene(memory(), options);
    const { token } = await begin();
    clock.advance({ seconds });
    const log = operationLog();
    const { unit } = await request(through(log), token);
    await unit.commit(answered);
    const renewed = expected === "is renewed";
    expect(log.verbs.slice(0, 2)).toEqual(renewed ? ["read", "touch"] : ["read"]);
    expect(unit.sendHeaders()?.kind).toBe(renewed ? "set" : undefined);
  });

  test("with on-write a write renews", async () => {
    const { begin, sessions, clock, store } = scene(memory(), { idleTimeout: 600, renew: "on-write" });
    const { token, id } = await begin();
    clock.advance({ seconds: 1 });
    const session = await sessions.open(token);
    session.set("n", 1);
    await session.save();
    expect((await store.read(id, clock.now))?.expiresAt).toBe(clock.now + 600_000);
  });
});

describe("a session ends", () => {
  test("after its idle timeout, not a millisecond later", async () => {
    const { begin, peek, clock } = scene(memory(), { idleTimeout: 600 });
    const { token } = await begin();
    clock.advance(599_999);
    expect(await peek(token)).toBeDefined();
    clock.advance(1);
    expect(await peek(token)).toBeUndefined();
  });

  test("used every 50 s it lives on, and ends at most the throttle (60 s) early after the last use", async () => {
    const { begin, sessions, peek, clock } = scene(memory(), { idleTimeout: 600 });
    const { token } = await begin();
    for (let use = 0; use < 40; use += 1) {
      clock.advance({ seconds: 50 });
      await (await request(sessions, token)).unit.commit(answered);
    }
    clock.advance({ seconds: 539 });
    expect(await peek(token)).toBeDefined();
    clock.advance({ seconds: 61 });
    expect(await peek(token)).toBeUndefined();
  });

  test("at its absolute timeout, however much it is used; signing in starts that anew", async () => {
    const { begin, sessions, peek, clock } = scene(memory(), {
      idleTimeout: 600,
      absoluteTimeout: 1000,
      renew: "always",
    });
    const { token } = await begin();
    const use = async (): Promise<void> => (await request(sessions, token)).unit.commit(answered);
    clock.advance({ seconds: 500 });
    const session = await sessions.open(token);
    session.userId = "ada";
    await session.save();
    for (const seconds of [400, 400]) {
      clock.advance({ seconds });
      await use();
    }
    clock.advance({ seconds: 199 });
    expect(await peek(token), "999 s after signing in").toBeDefined();
    clock.advance({ seconds: 1 });
    expect(await peek(token), "1000 s after").toBeUndefined();
  });

  test.each([
    ["seconds", () => 60],
    ["a Date", (now: number) => new Date(now + 60_000)],
  ])("as soon as setExpiry (%s) says, also when a slower request renews by the old timeout", async (_name, expiry) => {
    const { begin, sessions, peek, clock } = scene();
    const { token } = await begin();
    clock.advance({ hours: 2 });
    const renewing = await request(sessions, token);
    const shortening = await sessions.open(token);
    shortening.setExpiry(expiry(clock.now));
    await shortening.save();
    await renewing.unit.commit(answered);
    clock.advance({ seconds: 59 });
    expect(await peek(token), "before").toBeDefined();
    clock.advance({ seconds: 1 });
    expect(await peek(token), "at its end").toBeUndefined();
  });

  test("no earlier than a renewal has promised, also when a slower request writes what it read before", async () => {
    const { begin, sessions, clock, store } = scene();
    const { token, id } = await begin();
    const writing = await request(sessions, token);
    clock.advance({ hours: 5 });
    await (await request(sessions, token)).unit.commit(answered);
    const renewed = (await store.read(id, clock.now))?.expiresAt;
    expect(renewed).toBe(clock.now + 14 * day * 1000);
    writing.session.set("n", 1);
    await writing.unit.commit(answered);
    expect((await store.read(id, clock.now))?.expiresAt).toBe(renewed);
  });
});

describe("of a failed response nothing but the renewal is kept, so its cookie", () => {
  test.each([
    ["lives as long as the session, not as long as the handler wanted", () => 60],
    ["is not ended by an end that the handler wanted", (now: number) => new Date(now - 1000)],
  ])("%s", async (_name, expiry) => {
    const { begin, sessions, clock, store } = scene();
    const { token, id } = await begin();
    clock.advance({ hours: 2 });
    const { unit, session } = await request(sessions, token);
    session.setExpiry(expiry(clock.now));
    await unit.commit(crashed);
    expect(unit.sendHeaders()).toEqual({ kind: "set", value: token, maxAge: 14 * day });
    expect((await store.read(id, clock.now))?.expiresAt).toBe(clock.now + 14 * day * 1000);
  });
});
