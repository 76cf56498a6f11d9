import { createHash } from "node:crypto";
import { deflateSync } from "node:zlib";
import { describe, expect, test } from "vitest";
import { compressed, type CompressedOptions } from "../../src/codecs/compressed.ts";
import { encrypted } from "../../src/codecs/encrypted.ts";
import { CorruptPayload, InvalidOption } from "../../src/core/errors.ts";
import { errorOf, type Scene, scene } from "../faults/support.ts";
import { newest } from "./compositions.ts";

const text = "a coat, a ticket, ";
const chars = (count: number): string => text.repeat(Math.ceil(count / text.length)).slice(0, count);
/** Of 64 different characters, so that six bits of eight are needed: it gets shorter, and base64 takes that back. */
const noise = Array.from({ length: 20 }, (_, index) => createHash("sha512").update(`${index}`).digest("base64")).join(
  "",
);

async function payloadOf({ store, clock }: Scene, id: string): Promise<string> {
  return (await store.read(id, clock.now))?.payload ?? "";
}

async function stored(here: Scene, payload: string): Promise<string> {
  const { token, id } = await here.begin();
  const record = await here.store.read(id, here.clock.now);
  if (record === undefined) throw new Error("the test's session is missing");
  await here.store.update({ ...record, payload, revision: "theirs" }, record.revision, here.clock.now);
  return token;
}

const around = (size: number): string => chars(size - '{"v":1,"data":{"theme":""}}'.length);

test.each<[string, CompressedOptions, string, boolean]>([
  ["of 1023 bytes, not", {}, around(1023), false],
  ["of 1024 bytes", {}, around(1024), true],
  ["of 1024 bytes in fewer characters", {}, "€".repeat(340), true],
  ["of a byte less than the threshold, not", { threshold: 200 }, around(199), false],
  ["at the threshold", { threshold: 200 }, around(200), true],
  ["that would not get shorter, not", { threshold: 0 }, "x", false],
  ["that base64 would make longer than it was, not", {}, noise, false],
  ["when it is turned off, not", { threshold: Number.POSITIVE_INFINITY }, around(5000), false],
])("a payload is compressed: %s", async (_, options, theme, expected) => {
  const here = scene(undefined, { codec: compressed(options) });
  const { token, id } = await here.begin({ theme });
  const payload = await payloadOf(here, id);
  expect(payload.startsWith(".")).toBe(expected);
  expect(payload.length).toBeLessThanOrEqual(JSON.stringify({ v: 1, data: { theme } }).length);
  expect(await here.peek(token)).toEqual({ theme });
});

test("what was stored before it was turned on is read, and so is what was compressed before it was turned off", async () => {
  const here = scene();
  const { token } = await here.begin({ theme: chars(5000) });
  const on = here.through((_, proceed) => proceed(), { codec: compressed() });
  const session = await on.open(token);
  expect(session.get("theme")).toBe(chars(5000));
  await session.set("n", 1).save();
  const off = here.through((_, proceed) => proceed(), { codec: compressed({ threshold: Number.POSITIVE_INFINITY }) });
  expect((await off.open(token)).get("n")).toBe(1);
});

describe("what cannot be inflated", () => {
  const dotted = (bytes: Uint8Array): string => `.${Buffer.from(bytes).toString("base64url")}`;
  const good = deflateSync(JSON.stringify({ v: 1, data: { theme: chars(5000) } }));

  test("a bomb of 256 megabytes in a quarter of one stops at the limit", async () => {
    const here = scene(undefined, { codec: compressed() });
    const token = await stored(here, dotted(deflateSync(Buffer.alloc(2 ** 28))));
    const before = process.memoryUsage.rss();
    const begin = performance.now();
    expect(await errorOf(here.sessions.open(token))).toBeInstanceOf(CorruptPayload);
    // Three megabytes take some ten milliseconds; all of it takes hundreds, and the memory.
    expect(performance.now() - begin).toBeLessThan(500);
    expect(process.memoryUsage.rss() - before).toBeLessThan(100 * 2 ** 20);
  });

  test("one byte more than the limit is too much", async () => {
    const limits = { payloadLength: 1000 };
    const here = scene(undefined, { codec: compressed(), limits });
    const payload = (length: number): string => {
      const frame = '{"v":1,"data":{"theme":""}}'.length;
      return dotted(deflateSync(JSON.stringify({ v: 1, data: { theme: "x".repeat(length - frame) } })));
    };
    expect(await here.peek(await stored(here, payload(1000)))).toBeDefined();
    expect(await errorOf(here.sessions.open(await stored(here, payload(1001))))).toBeInstanceOf(CorruptPayload);
  });

  test.each<[string, Uint8Array]>([
    ["cut off", good.subarray(0, -1)],
    ["changed in the middle", good.map((byte, at) => (at === 20 ? byte ^ 1 : byte))],
    ["with another checksum", good.map((byte, at) => (at === good.length - 1 ? byte ^ 1 : byte))],
    ["not UTF-8", deflateSync(Buffer.from('{"v":1,"data":{"theme":"\xff"}}', "latin1"))],
    ["no deflate", Buffer.from("not deflated")],
  ])("bytes that are %s", async (_, bytes) => {
    const here = scene(undefined, { codec: compressed() });
    expect(await errorOf(here.sessions.open(await stored(here, dotted(bytes))))).toBeInstanceOf(CorruptPayload);
  });
});

describe("at the call", () => {
  test("the wrong way round is refused, and the right one named", () => {
    for (const codec of [encrypted([newest]), compressed()]) {
      expect(() => compressed({ codec })).toThrow(InvalidOption);
      expect(() => compressed({ codec })).toThrow("encrypted(secrets, { codec: compressed() })");
    }
  });

  test.each<[unknown, RegExp]>([
    [{ threshold: -1 }, /compressed\.threshold: expected a number of bytes, 0 or more; got -1/],
    [{ threshold: "1k" }, /threshold.*got "1k"/],
    [{ threshold: Number.NaN }, /threshold.*got NaN/],
    [{ level: 9 }, /no option "level"/],
    [{ codec: JSON }, /codec: expected a codec/],
    [null, /expected an object of options, got null/],
  ])("%o", (options, message) => {
    expect(() => compressed(options as CompressedOptions)).toThrow(InvalidOption);
    expect(() => compressed(options as CompressedOptions)).toThrow(message);
  });
});
