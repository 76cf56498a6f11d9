import { describe, expect, test } from "vitest";
import { compressed } from "../../src/codecs/compressed.ts";
import { encrypted } from "../../src/codecs/encrypted.ts";
import type { Codec } from "../../src/core/codec.ts";
import type { Change, Engine, EngineFactory, Outcome, Snapshot } from "../../src/core/engine.ts";
import { CorruptPayload, InvalidData, NotSupported, StoreUnavailable } from "../../src/core/errors.ts";
import { resolveOptions } from "../../src/core/options.ts";
import { sealedText } from "../../src/core/sealed-text.ts";
import { sessionsFrom } from "../../src/core/sessions.ts";
import { storeEngine } from "../../src/core/store-engine.ts";
import type { SessionRecord } from "../../src/core/store.ts";
import { memory } from "../../src/engines/memory.ts";
import { losesReply, operationLog } from "../../src/testing/faulty-store.ts";
import { answered, crashed, type Data, errorOf, request, type Scene, scene } from "../faults/support.ts";
import { allAtOnce, compositions, newest, older } from "./compositions.ts";

const sealing = compositions.filter(([, codec]) => codec.sealing !== undefined);
const hour = 3600;
/** Compression finds something to do. */
const long = { n: 0, theme: "dark".repeat(20) };

async function recordOf({ store, clock }: Scene, id: string): Promise<SessionRecord> {
  const record = await store.read(id, clock.now);
  if (record === undefined) throw new Error("the test's session is missing");
  return record;
}

/** A codec that counts how often it seals and unseals. */
function counted(codec: Codec): { codec: Codec; calls: string[] } {
  const calls: string[] = [];
  const { sealing: inner } = codec;
  if (inner === undefined) throw new Error("expected a codec that seals");
  const counting: Codec = {
    ...codec,
    sealing: {
      ...inner,
      seal: (...args) => (calls.push("seal"), inner.seal(...args)),
      unseal: (...args) => (calls.push("unseal"), inner.unseal(...args)),
    },
  };
  return { codec: counting, calls };
}

describe.each(sealing)("%s", (_, codec) => {
  test("the store holds a dot and base64url", async () => {
    const here = scene(undefined, { codec });
    const { id } = await here.begin(long);
    expect((await recordOf(here, id)).payload).toMatch(/^\.[A-Za-z0-9_-]+$/);
  });

  test("a renewal is one touch, and leaves the payload alone", async () => {
    const here = scene(undefined, { codec });
    const { token, id } = await here.begin(long);
    const before = await recordOf(here, id);
    here.clock.advance({ hours: 2 });
    const log = operationLog();
    const { unit } = await request(here.through(log), token);
    await unit.commit(answered);
    expect(log.verbs).toEqual(["read", "touch"]);
    const after = await recordOf(here, id);
    expect(after.payload).toBe(before.payload);
    expect(after.expiresAt).toBeGreaterThan(before.expiresAt);
  });

  test.each([
    ["of a cycled key", answered],
    ["of a cycled key, and of a failed response", crashed],
  ])("the write %s keeps the payload as it was sealed", async (_name, answer) => {
    const here = scene(undefined, { codec });
    const { token, id } = await here.begin(long);
    const before = await recordOf(here, id);
    const { unit, session } = await request(here.sessions, token);
    session.cycleKey();
    await unit.commit(answer);
    const after = await recordOf(here, id);
    expect(after.payload).toBe(before.payload);
    expect(after.secretHash).not.toBe(before.secretHash);
  });

  test("a write unseals nothing that it has sealed itself; a session goes on after it", async () => {
    const { codec: counting, calls } = counted(codec);
    const here = scene(undefined, { codec: counting });
    const { token } = await here.begin(long);
    expect(calls).toEqual(["seal"]);
    const session = await here.sessions.open(token);
    await session.set("n", 1).save();
    await session.set("n", 2).save();
    session.cycleKey();
    await session.save();
    await session.reload();
    expect(calls).toEqual(["seal", "unseal", "seal", "seal"]);
    expect(session.get("n")).toBe(2);
    await session.flush();
    expect(await here.peek(token)).toBeUndefined();
  });

  test("a write whose reply was lost is found again", async () => {
    const here = scene(undefined, { codec });
    const { token } = await here.begin(long);
    // A client library that resends: the second attempt is refused, because the first one arrived.
    let sent = 0;
    const resending = here.through(async (call, proceed) => {
      const answer = await proceed();
      return call.verb === "update" && (sent += 1) === 1 ? proceed() : answer;
    });
    const session = await resending.open(token);
    await session.set("n", 1).save();
    expect(session.get("n")).toBe(1);
    expect(await here.peek(token)).toEqual({ ...long, n: 1 });
    const failing = await here.through(losesReply("update")).open(token);
    await expect(failing.set("n", 2).save()).rejects.toThrow(StoreUnavailable);
    expect(await here.peek(token)).toEqual({ ...long, n: 2 });
  });

  test("limits.payloadLength is of the plain text, and what the store holds has a limit after it", async () => {
    const here = scene(undefined, { codec, limits: { payloadLength: 2000 } });
    const session = await here.sessions.open();
    expect(await errorOf(session.set("theme", "x".repeat(3000)).save())).toBeInstanceOf(InvalidData);
    // Three bytes each: the most that a code unit takes.
    const { token, id } = await here.begin({ theme: "€".repeat(1900) });
    expect(await here.peek(token)).toEqual({ theme: "€".repeat(1900) });
    const record = await recordOf(here, id);
    const payload = `.${"A".repeat(10_000)}`;
    await here.store.update({ ...record, payload, revision: "theirs" }, record.revision, here.clock.now);
    expect(String(await errorOf(here.sessions.open(token)))).toContain("longer than limits.payloadLength");
  });

  test.each<[string, unknown]>([
    ["no text", 7],
    ["nothing after the dot", "."],
    ["no base64url", ".$$$$"],
    ["a few bytes", `.${Buffer.from("canary-in-the-payload").toString("base64url")}`],
    ["many bytes", `.${Buffer.alloc(300, "canary").toString("base64url")}`],
  ])("a stored payload of %s is CorruptPayload, and is not quoted", async (_name, payload) => {
    const here = scene(undefined, { codec });
    const { token, id } = await here.begin(long);
    const record = await recordOf(here, id);
    await here.store.update(
      { ...record, payload: payload as string, revision: "theirs" },
      record.revision,
      here.clock.now,
    );
    const before = await recordOf(here, id);
    for (const work of [here.sessions.open(token), here.sessions.byId(id), request(here.sessions, token)]) {
      const error = await errorOf(work);
      expect(error).toBeInstanceOf(CorruptPayload);
      const { message, stack, cause } = error as Error;
      expect(`${message}${stack}${String(cause)}`).not.toMatch(/canary|Y2FuYXJ5/);
    }
    expect(await recordOf(here, id)).toEqual(before);
  });
});

describe("a payload that would be sealed differently today is sealed anew when its session is renewed", () => {
  const before = encrypted([older]);
  const cases: readonly [string, Codec | undefined, Codec, Codec][] = [
    ["by an older secret", before, encrypted([newest, older]), encrypted([newest])],
    ["plain", undefined, encrypted([newest], { readPlain: true }), encrypted([newest])],
    [
      "plain, and longer than the threshold",
      undefined,
      encrypted([newest], { readPlain: true, codec: compressed({ threshold: 0 }) }),
      encrypted([newest], { codec: compressed() }),
    ],
  ];
  test.each(cases)("%s", async (_, first, both, only) => {
    const here = scene(undefined, first === undefined ? {} : { codec: first });
    const { token, id } = await here.begin({ theme: "dark" });
    const mine = await here.sessions.open(token);
    mine.userId = "ada";
    await mine.save();
    const old = await recordOf(here, id);

    const log = operationLog();
    const between = here.through(log, { codec: both });
    const read = async (): Promise<unknown> => {
      const { unit, session } = await request(between, token);
      await unit.commit(answered);
      return session.get("theme");
    };
    expect(await read()).toBe("dark");
    expect(await recordOf(here, id)).toEqual(old);
    expect(await errorOf(here.through(log, { codec: only }).open(token))).toBeInstanceOf(CorruptPayload);

    here.clock.advance({ hours: 2 });
    log.verbs.length = 0;
    expect(await read()).toBe("dark");
    expect(log.verbs).toEqual(["read", "update"]);
    const renewed = await recordOf(here, id);
    expect(renewed).toMatchObject({
      userId: "ada",
      createdAt: old.createdAt,
      secretHash: old.secretHash,
      renewedAt: here.clock.now,
    });
    expect(renewed.expiresAt - old.expiresAt).toBe(2 * hour * 1000);
    expect((await here.through(log, { codec: only }).open(token)).get("theme")).toBe("dark");

    here.clock.advance({ hours: 2 });
    log.verbs.length = 0;
    expect(await read()).toBe("dark");
    expect(log.verbs).toEqual(["read", "touch"]);
    expect((await recordOf(here, id)).payload).toBe(renewed.payload);
  });

  test.each(cases)("%s, also by a write that leaves the data alone", async (_, first, both, only) => {
    const here = scene(undefined, first === undefined ? {} : { codec: first });
    const { token } = await here.begin({ theme: "dark" });
    const session = await here.through((_call, proceed) => proceed(), { codec: both }).open(token);
    session.cycleKey();
    await session.save();
    const cycled = here.sessions.token(session);
    const after = here.through((_call, proceed) => proceed(), { codec: only });
    expect((await after.open(cycled)).get("theme")).toBe("dark");
  });

  test("unless another request has written it, which then did", async () => {
    const here = scene(undefined, { codec: before });
    const { token, id } = await here.begin();
    const now = here.through((_, proceed) => proceed(), { codec: encrypted([newest, older]) });
    here.clock.advance({ hours: 2 });
    const { unit } = await request(now, token);
    await (await now.open(token)).set("n", 1).save();
    const written = await recordOf(here, id);
    await unit.commit(answered);
    expect(unit.sendHeaders()).toBeUndefined();
    expect(await recordOf(here, id)).toEqual(written);
  });
});

/** The least that an engine has to be, in a form that spreading would lose. */
class SmallEngine implements Engine {
  readonly #inner: Engine;
  readonly name = "small";
  constructor(inner: Engine) {
    this.#inner = inner;
  }
  get atomic(): boolean {
    return this.#inner.atomic;
  }
  recognizes(cookie: string): boolean {
    return this.#inner.recognizes(cookie);
  }
  open(cookie: string, now: number): Promise<Snapshot | undefined> {
    return this.#inner.open(cookie, now);
  }
  refresh(from: Snapshot, now: number): Promise<Snapshot | undefined> {
    return this.#inner.refresh(from, now);
  }
  commit(change: Change, now: number): Promise<Outcome> {
    return this.#inner.commit(change, now);
  }
  explain(...args: Parameters<Engine["explain"]>): ReturnType<Engine["explain"]> {
    return this.#inner.explain(...args);
  }
}

test("an engine may be an instance of a class, and need not have every power", async () => {
  const engine: EngineFactory = (settings) => new SmallEngine(storeEngine(memory())(settings));
  await using sessions = sessionsFrom<Data>(resolveOptions({ engine, codec: allAtOnce }, memory));
  const session = await sessions.open();
  await session.set("n", 1).save();
  expect((await sessions.open(sessions.token(session))).get("n")).toBe(1);
  await expect(sessions.byId("0".repeat(32))).rejects.toThrow(NotSupported);
  await expect(sessions.revoke("0".repeat(32))).rejects.toThrow(NotSupported);
  await expect(sessions.forUser("ada")).rejects.toThrow(NotSupported);
});

test.each(["", ".", "\ufeff{}", "{}\n", "\u0000", "\u{1f9e5}"])("any text comes back as it was: %j", (text) => {
  const codec = encrypted([newest]);
  const texts = codec.sealing && sealedText(codec, codec.sealing, { payloadLength: 100, depth: 1, keys: 1 });
  expect(texts?.unseal(texts.seal(text, "id"), "id")).toBe(text);
});
