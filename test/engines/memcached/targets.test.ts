import { MemcacheClient } from "memcache-client";
import { describe, expect, test } from "vitest";
import { InvalidOption, StoreUnavailable } from "../../../src/core/errors.ts";
import { memcached } from "../../../src/engines/memcached.ts";
import { caseContext } from "../../../src/testing.ts";
import { errorOf } from "../../faults/support.ts";
import { clientOf, memcachedUrl, ownPrefix } from "./server.ts";

/** As settings that are not written in TypeScript come. */
const loosely = memcached as (target?: unknown, options?: unknown) => unknown;
const client = { gets() {}, add() {}, cas() {}, delete() {} };
const several = new MemcacheClient({ server: { servers: [{ server: "a:1" }, { server: "b:1" }] } });

describe("memcached() is refused at the call, saying what was expected and found", () => {
  test.each<[what: string, target: unknown, options: unknown, ...said: string[]]>([
    ["a number", 11_211, undefined, "memcached://127.0.0.1:11211", "a number"],
    ["null", null, undefined, "null"],
    ["no URL", "cache.internal:11211", undefined, "a string that is no URL of memcached:"],
    ["another protocol", "redis://127.0.0.1:6379", undefined, "a string that is no URL of memcached:"],
    ["two servers", "memcached://a:11211,b:11211", undefined, "a string that is no URL of memcached:"],
    ["two hosts", "memcached://a,b", undefined, "the host and port of one server"],
    ["a path", "memcached://127.0.0.1/1", undefined, "the host and port of one server"],
    ["IPv6", "memcached://[::1]:11211", undefined, "IPv6"],
    ["a password", "memcached://ann:pa55@127.0.0.1", undefined, "without user and password", "TLS"],
    ["the package memcache", { ...client, getNodesByKey() {} }, undefined, "gets() gives no token"],
    ["memcached 2", { gets() {}, add() {}, cas() {}, del() {} }, undefined, "the keys gets, add, cas, del"],
    ["a client of several servers", several, undefined, "one of 2", "a proxy"],
    ["options of a client that is there", client, { client: {} }, "options.client means nothing"],
    ["an unknown option", undefined, { ttl: 1 }, 'expected prefix, client, got "ttl"'],
    ["options that are none", undefined, "coatcheck:", "options: expected an object"],
    ["client options that are none", undefined, { client: 1 }, "options.client: expected an object"],
    ["an empty prefix", undefined, { prefix: "" }, "options.prefix: expected 1 to 154"],
    ["a prefix with a space", undefined, { prefix: "my app:" }, '"my app:"'],
    ["a prefix with a line break", undefined, { prefix: "a\r\nflush_all" }, '"a\\r\\nflush_all"'],
    ["a prefix beyond ASCII", undefined, { prefix: "café:" }, "printable ASCII"],
    ["a prefix of 155", undefined, { prefix: "p".repeat(155) }, "a string of 155 characters"],
  ])("%s", (_, target, options, ...said) => {
    expect(() => loosely(target, options)).toThrow(InvalidOption);
    for (const part of said) expect(() => loosely(target, options)).toThrow(part);
    expect(() => loosely(target, options)).not.toThrow("pa55");
  });
});

test.each([
  undefined,
  "memcached://cache.internal",
  "memcache://cache.internal:1/",
  new URL("memcached://h:1"),
  client,
])("memcached(%s) is taken, and does nothing yet", (target) => {
  const store = loosely(target, { prefix: "p".repeat(154) }) as ReturnType<typeof memcached>;
  expect([store.name, store.atomic]).toEqual(["memcached", true]);
});

test("a server that cannot be reached is named, and what to do about it", async () => {
  const error = await errorOf(memcached("memcached://127.0.0.1:1").read("a", 0));
  expect(error).toBeInstanceOf(StoreUnavailable);
  expect(String(error)).toMatch(/the memcached at 127\.0\.0\.1:1: .*ECONNREFUSED.* Look whether it runs there\./);
});

test("an answer that is none of memcache-client's is an outage, and never taken for success", async () => {
  const { record, now } = caseContext();
  // So does a client that takes callbacks.
  const silent = async (): Promise<undefined> => undefined;
  const store = memcached({ gets: async () => ({ value: "x" }), add: silent, cas: silent, delete: silent });
  const verbs = [store.create(record(), now), store.read("a", now), store.delete("a")];
  for (const error of await Promise.all(verbs.map(errorOf))) {
    expect(error).toBeInstanceOf(StoreUnavailable);
    expect(String(error)).toContain("an answer that memcache-client does not give");
  }
});

test("what another client says is not repeated: it may hold values", async () => {
  const fails = async (): Promise<never> => {
    throw Object.assign(new Error("cannot write 'the-payload'"), { code: "E_FULL" });
  };
  const error = await errorOf(memcached({ gets: fails, add: fails, cas: fails, delete: fails }).delete("a"));
  expect(String(error)).toContain("its client failed with E_FULL");
  expect(String(error)).not.toContain("the-payload");
});

describe.skipIf(memcachedUrl === undefined)("on a server", () => {
  const url = memcachedUrl ?? "";

  test("the client given goes on working after disposal, ours does not", async () => {
    const given = clientOf(url);
    const borrowing = memcached(given, { prefix: ownPrefix() });
    await borrowing.read("a", 0);
    await borrowing[Symbol.asyncDispose]();
    expect(await given.version()).toContain("VERSION");

    const owning = memcached(url);
    await owning.read("a", 0);
    await owning[Symbol.asyncDispose]();
    await owning[Symbol.asyncDispose]();
    expect(String(await errorOf(owning.read("a", 0)))).toContain("the store was disposed of");
    await memcached(url)[Symbol.asyncDispose]();
  });

  test("something else under the key is left alone and named, not taken for a session or for none", async () => {
    const prefix = ownPrefix();
    const store = memcached(url, { prefix });
    const other = clientOf(url);
    const { record, now } = caseContext();
    for (const value of ["a text", '{"id":"a"}', "coatcheck/1 {}", "coatcheck/1 {\nx", { an: "object" }]) {
      await other.set(`${prefix}a`, value);
      const verbs = [store.read("a", now), store.update(record({ id: "a" }), "r", now)];
      for (const error of await Promise.all(verbs.map(errorOf))) {
        expect(error).toBeInstanceOf(StoreUnavailable);
        expect(String(error)).toContain(`under the key "${prefix}a" is something that this engine did not write`);
      }
      expect((await other.get(`${prefix}a`)).value).toEqual(value);
    }
    await store[Symbol.asyncDispose]();
  });

  test("options for the client we make are passed to it", async () => {
    const error = await errorOf(memcached(url, { client: { tls: {}, connectTimeout: 1 } }).read("a", 0));
    expect(error).toBeInstanceOf(StoreUnavailable);
  });
});
