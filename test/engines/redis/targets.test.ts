import { createClient } from "redis";
import { describe, expect, test } from "vitest";
import { InvalidOption } from "../../../src/core/errors.ts";
import { redis } from "../../../src/engines/redis.ts";
import type { RedisOptions, RedisTarget } from "../../../src/engines/redis.ts";
import { START } from "../../../src/testing.ts";
import { ownPrefix, redisUrl } from "./server.ts";

const url = "redis://ann:pa55@cache.example:6379/1";

describe("what could not work is refused at once, without a password in the message", () => {
  test.each<[string, unknown, unknown, RegExp]>([
    ["an unknown option", url, { perfix: "x" }, /expected prefix, client, got "perfix"/],
    ["options that are none", url, "x:", /options: expected an object, got a string/],
    ["an empty prefix", url, { prefix: "" }, /options\.prefix: expected 1 to 64 visible ASCII characters, got ""/],
    ["a prefix with a space", url, { prefix: "a b" }, /options\.prefix/],
    ["a prefix that is a number", url, { prefix: 7 }, /options\.prefix: .* got a number/],
    ["a client that is a list", url, { client: [] }, /options\.client: expected an object .* got an array/],
    [
      "options of a client beside a client",
      createClient(),
      { client: {} },
      /options\.client means nothing to a client/,
    ],
    ["a URL of something else", "postgres://ann:pa55@db.example/x", undefined, /got a text that is no such URL/],
    ["a host alone", "cache.example:6379", undefined, /got a text that is no such URL/],
    ["a URL without a host", "redis://:port:", undefined, /got a redis: URL that cannot be read/],
    ["a slash in the password", "redis://ann:p/a55@cache.example", undefined, /percent-encoded/],
    ["a hash in the password", "rediss://ann:p#a55@cache.example", undefined, /percent-encoded/],
    ["a question mark in the password", "valkey://ann:p?a55@cache.example", undefined, /percent-encoded/],
    ["a database with a name", "redis://cache.example/sessions", undefined, /port\/number/],
    ["settings in the URL", "redis://cache.example/1?timeout=5", undefined, /options\.client/],
    ["null", null, undefined, /got null/],
    ["a number", 6379, undefined, /got a number/],
    ["an object that is no client", { get() {}, set() {} }, undefined, /got an object that is none of them/],
  ])("%s", (_, target, options, message) => {
    const call = () => redis(target as RedisTarget, options as RedisOptions);
    expect(call).toThrow(InvalidOption);
    expect(call).toThrow(message);
    expect(call).not.toThrow(/a55/);
  });
});

test("nothing is connected before the first use, whatever the target", () => {
  for (const target of [undefined, url, new URL(url), "rediss://h", "valkey://h:1", "valkeys://h/0"]) {
    expect(redis(target)).toMatchObject({ name: "redis", atomic: true });
  }
  const client = createClient();
  redis(client);
  expect(client.listenerCount("error")).toBe(0);
});

describe.skipIf(redisUrl === undefined)("a client that was given", () => {
  test("is heard when its connection ends, and not closed by us", async () => {
    const client = createClient({ url: redisUrl ?? "" });
    await client.connect();
    const store = redis(client, { prefix: ownPrefix() });
    await store.read("a", START);
    // Without a listener the next lost connection would end the process.
    expect(client.listenerCount("error")).toBe(1);
    await store.read("a", START);
    expect(client.listenerCount("error")).toBe(1);
    await store[Symbol.asyncDispose]();
    expect(client.isReady).toBe(true);
    client.destroy();
    await expect(store.read("a", START)).rejects.toThrow(/client given to redis\(\): The client is closed/);
  });

  test("may answer with bytes", async () => {
    const client = createClient({ url: redisUrl ?? "", commandOptions: { typeMapping: { 36: Buffer, 58: String } } });
    await client.connect();
    const prefix = ownPrefix();
    const store = redis(client, { prefix });
    const times = { createdAt: START, renewedAt: START, expiresAt: START + 1000 };
    const record = { id: "a", secretHash: "h", payload: "ä", revision: "r1", userId: "ada", ...times };
    expect(await store.create(record, START)).toBe(true);
    expect(await store.read("a", START)).toEqual(record);
    expect(await store.update({ ...record, userId: "grace", revision: "r2" }, "r1", START)).toBe(true);
    expect(await store.touch("a", "r2", START + 5000, START)).toBe(true);
    expect(await store.listByUser("grace", START)).toHaveLength(1);
    expect((await store.list(undefined, 10)).records).toHaveLength(1);
    expect(await store.deleteByUser("grace")).toBe(1);
    // What the index names and is gone is not counted, though the refusal is a text, too.
    await client.zAdd(`${prefix}user:grace`, { score: START + 5000, value: "entry_01gone" });
    expect(await store.deleteByUser("grace")).toBe(0);
    client.destroy();
  });
});

describe("an answer about what stopped a script, as Redis 6 words it,", () => {
  const stopped = (by: string): Error =>
    new Error(`ERR Error running script (call to f_1028a5dba704e1d8a01fd96efeba25bb78f62df2): @user_script:9: ${by}`);
  const answering = (...answers: unknown[]) => ({
    isOpen: true,
    async sendCommand() {
      const answer = answers.shift();
      if (answer instanceof Error) throw answer;
      return answer;
    },
  });

  test("is tried again where it passes", async () => {
    const readonly = stopped("@user_script: 9: -READONLY You can't write against a read only replica.");
    expect(await redis(answering(readonly, readonly, 1)).touch("a", "r", START, START)).toBe(true);
  });

  test.each([
    ["@user_script: 9: -OOM command not allowed when used memory > 'maxmemory'.", /out of memory/],
    ["WRONGTYPE Operation against a key holding the wrong kind of value", /no record of ours/],
  ])("is named: %s", async (by, message) => {
    await expect(redis(answering(stopped(by))).touch("a", "r", START, START)).rejects.toThrow(message);
  });
});
