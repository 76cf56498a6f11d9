import { inspect } from "node:util";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { compressed } from "../../src/codecs/compressed.ts";
import { encrypted } from "../../src/codecs/encrypted.ts";
import type { Codec } from "../../src/core/codec.ts";
import { CorruptPayload, InvalidOption } from "../../src/core/errors.ts";
import type { SessionRecord } from "../../src/core/store.ts";
import { answered, errorOf, request, type Scene, scene } from "../faults/support.ts";
import { newest, older, stranger } from "./compositions.ts";

const canary = "canary-canary-canary-canary";
const compressing = compressed({ threshold: 0 });
const through = ({ through: open }: Scene, codec: Codec) => open((_, proceed) => proceed(), { codec });

async function recordOf({ store, clock }: Scene, id: string): Promise<SessionRecord> {
  const record = await store.read(id, clock.now);
  if (record === undefined) throw new Error("the test's session is missing");
  return record;
}

async function replacePayload(here: Scene, id: string, payload: string): Promise<void> {
  const record = await recordOf(here, id);
  await here.store.update({ ...record, payload, revision: "theirs" }, record.revision, here.clock.now);
}

/** Every way to a session tells the same, and leaves record and cookie alone. */
async function assertCorrupt(here: Scene, { token, id }: { token: string; id: string }, codec?: Codec): Promise<void> {
  const sessions = codec === undefined ? here.sessions : through(here, codec);
  const before = await recordOf(here, id);
  for (const work of [sessions.open(token), sessions.byId(id), request(sessions, token)]) {
    const error = await errorOf(work);
    expect(error).toBeInstanceOf(CorruptPayload);
    expect(inspect(error)).toContain(id);
    for (const secret of [canary, newest, older, before.payload]) expect(inspect(error)).not.toContain(secret);
  }
  expect(await recordOf(here, id)).toEqual(before);
}

describe.each<[string, Codec]>([
  ["encrypted", encrypted([newest])],
  ["compressed and encrypted", encrypted([newest], { codec: compressing })],
])("%s", (_, codec) => {
  test("nothing of the data is in the store, in any encoding, and the same data is stored differently", async () => {
    const here = scene(undefined, { codec });
    const ids = [await here.begin({ theme: canary }), await here.begin({ theme: canary })].map(({ id }) => id);
    const records = await Promise.all(ids.map((id) => recordOf(here, id)));
    expect(records[0]?.payload).not.toBe(records[1]?.payload);
    for (const { payload } of records) {
      const bytes = Buffer.from(payload.slice(1), "base64url");
      for (const text of [payload, bytes.toString("latin1"), bytes.toString("utf16le")]) {
        expect(text).not.toMatch(/canary|theme|"v"/);
      }
    }
  });

  test("payloads of two sessions that were swapped in the store open in neither", async () => {
    const here = scene(undefined, { codec });
    const [mine, theirs] = [await here.begin({ theme: canary }), await here.begin({ theme: "admin" })];
    const [first, second] = [await recordOf(here, mine.id), await recordOf(here, theirs.id)];
    await replacePayload(here, mine.id, second.payload);
    await replacePayload(here, theirs.id, first.payload);
    await assertCorrupt(here, mine);
    await assertCorrupt(here, theirs);
  });

  test("a swap that comes between reading and writing is found, too, and not written over", async () => {
    const here = scene(undefined, { codec });
    const [mine, theirs] = [await here.begin({ theme: canary }), await here.begin()];
    const { unit, session } = await request(here.sessions, mine.token);
    session.set("n", 1);
    await replacePayload(here, mine.id, (await recordOf(here, theirs.id)).payload);
    const before = await recordOf(here, mine.id);
    expect(await errorOf(unit.commit(answered))).toBeInstanceOf(CorruptPayload);
    expect(unit.sendHeaders()).toBeUndefined();
    expect(await recordOf(here, mine.id)).toEqual(before);
    await expect(session.reload()).rejects.toThrow(CorruptPayload);
  });

  test("law: one bit changed anywhere, and it does not open", async () => {
    const here = scene(undefined, { codec });
    const { token, id } = await here.begin({ theme: canary });
    const { payload } = await recordOf(here, id);
    const sealed = Buffer.from(payload.slice(1), "base64url");
    await fc.assert(
      fc.asyncProperty(fc.nat(sealed.length - 1), fc.nat(7), async (at, bit) => {
        const changed = Buffer.from(sealed.map((byte, index) => (index === at ? byte ^ (1 << bit) : byte)));
        await replacePayload(here, id, `.${changed.toString("base64url")}`);
        expect(await errorOf(here.sessions.open(token))).toBeInstanceOf(CorruptPayload);
      }),
    );
    await assertCorrupt(here, { token, id });
    await replacePayload(here, id, payload);
    expect(await here.peek(token)).toEqual({ theme: canary });
  });

  test("what whoever writes to the store can make up is refused: a plain payload, and one that only looks sealed", async () => {
    const here = scene(undefined, { codec });
    const begun = await here.begin({ theme: canary });
    const plain = '{"v":1,"data":{"theme":"admin"}}';
    await replacePayload(here, begun.id, plain);
    await assertCorrupt(here, begun);
    for (const first of ["", "\u0000", "\u0001"]) {
      await replacePayload(here, begun.id, `.${Buffer.from(first + plain).toString("base64url")}`);
      await assertCorrupt(here, begun);
    }
  });
});

test("an older secret goes on opening, until the data is next written; a stranger's never does", async () => {
  const here = scene(undefined, { codec: encrypted([older]) });
  const begun = await here.begin({ theme: canary });
  const both = encrypted([newest, older]);
  await assertCorrupt(here, begun, encrypted([stranger]));
  await assertCorrupt(here, begun, encrypted([newest]));
  const session = await through(here, both).open(begun.token);
  expect(session.get("theme")).toBe(canary);
  await session.set("n", 1).save();
  expect((await through(here, encrypted([newest])).open(begun.token)).get("n")).toBe(1);
  await assertCorrupt(here, begun, encrypted([older]));
});

test("with readPlain, sessions from before go on, and are encrypted when they are next written", async () => {
  const here = scene();
  const { token, id } = await here.begin({ theme: canary });
  const session = await through(here, encrypted([newest], { readPlain: true })).open(token);
  expect(session.get("theme")).toBe(canary);
  await session.set("n", 1).save();
  expect((await recordOf(here, id)).payload).not.toContain(canary);
  expect((await through(here, encrypted([newest])).open(token)).get("theme")).toBe(canary);
});

test("compression may be turned on and off under the encryption, and is missed when it is left out", async () => {
  const here = scene(undefined, { codec: encrypted([newest]) });
  const begun = await here.begin({ theme: canary.repeat(10) });
  const on = encrypted([newest], { codec: compressing });
  await (await through(here, on).open(begun.token)).set("n", 1).save();
  const off = encrypted([newest], { codec: compressed({ threshold: Number.POSITIVE_INFINITY }) });
  expect((await through(here, off).open(begun.token)).get("n")).toBe(1);
  await assertCorrupt(here, begun);
});

test("with the secrets of createSessions, a token's tag and a payload are still two things", async () => {
  const here = scene(undefined, { codec: encrypted([newest]), secrets: [newest] });
  const { token } = await here.begin({ theme: canary });
  expect(await here.peek(token)).toEqual({ theme: canary });
});

describe("at the call", () => {
  test.each<[unknown, unknown, RegExp]>([
    [undefined, {}, /encrypted\.secrets: expected a list of strings of at least 32 characters/],
    [[], {}, /secrets: expected a list of strings/],
    ["x".repeat(32), {}, /secrets: expected a list of strings/],
    [["hunter2"], {}, /secrets.*got something else/],
    [[newest, "hunter2"], {}, /secrets.*got something else/],
    [[newest], { readPlain: 1 }, /readPlain: expected true or false; got 1/],
    [[newest], { codec: JSON }, /codec: expected a codec/],
    [[newest], null, /expected an object of options, got null/],
    [[newest], { acceptPlain: true }, /no option "acceptPlain".*readPlain/],
  ])("%j, %o", (secrets, options, message) => {
    const call = () => encrypted(secrets as string[], options as object);
    expect(call).toThrow(InvalidOption);
    expect(call).toThrow(message);
    expect(call).not.toThrow("hunter2");
  });

  test("a secret is not seen on the codec, nor on the sessions that have it", () => {
    const codec = encrypted([newest, older]);
    const { sessions } = scene(undefined, { codec });
    const seen = inspect([codec, codec.sealing, sessions], { depth: 9, showHidden: true });
    for (const secret of [newest, older]) expect(seen).not.toContain(secret);
  });

  test("what is changed in the list afterwards changes nothing", async () => {
    const secrets = [newest];
    const here = scene(undefined, { codec: encrypted(secrets) });
    const { token } = await here.begin({ theme: canary });
    secrets[0] = stranger;
    expect(await here.peek(token)).toEqual({ theme: canary });
  });
});
