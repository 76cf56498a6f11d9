import { describe, expect, test } from "vitest";
import { CorruptPayload, type SessionError } from "../../src/core/errors.ts";
import type { SessionsOptions } from "../../src/core/options.ts";
import { answered, errorOf, request, scene, type Scene } from "./support.ts";

const canary = "canary-in-the-payload";
const limits = { payloadLength: 2000, depth: 8, keys: 50 };
const data = (text: string): string => `{"v":1,"data":${text}}`;

const payloads: readonly [string, string][] = [
  ["nothing", ""],
  ["text that is no JSON", `${canary} {`],
  ["JSON that is cut off", data(`{"a":"${canary}"`)],
  ["a list", `["${canary}"]`],
  ["a string", `"${canary}"`],
  ["null", "null"],
  ["another version", `{"v":2,"data":{"a":"${canary}"}}`],
  ["no version", `{"data":{"a":"${canary}"}}`],
  ["data that is a list", data(`["${canary}"]`)],
  ["no data", `{"v":1,"x":"${canary}"}`],
  ["an expiry of the wrong type", `{"v":1,"data":{"a":"${canary}"},"expiry":"${canary}"}`],
  ["a sign-in of the wrong type", `{"v":1,"data":{"a":"${canary}"},"authenticatedAt":"${canary}"}`],
  ["data deeper than the limit", data(`{"${canary}":${"[".repeat(12)}${"]".repeat(12)}}`)],
  ["data so deep that a walk would overflow the stack", data(`{"a":${"[".repeat(900)}${"]".repeat(900)}}`)],
  ["more keys than the limit", data(`{"${canary}":[${"0,".repeat(60)}0]}`)],
  ["text longer than the limit", data(`{"a":"${canary.repeat(100)}"}`)],
  ["a key named __proto__", data(`{"__proto__":{"admin":"${canary}"}}`)],
  ["a key named __proto__ further down", data(`{"a":[{"__proto__":{"admin":"${canary}"}}]}`)],
  ["a number beyond numbers", data(`{"a":1e999,"b":"${canary}"}`)],
];

describe.each(payloads)("a stored payload of %s", (_name, payload) => {
  test("is CorruptPayload, leaves record and cookie alone, and shows nothing of itself", async () => {
    const here = scene(undefined, { limits });
    const { token, id } = await stored(here, payload);
    const before = await here.store.read(id, here.clock.now);
    const events: SessionError[] = [];
    here.sessions.on("failed", ({ error }) => events.push(error));

    const opening = errorOf(request(here.sessions, token));
    const errors = [await opening, await errorOf(here.sessions.open(token)), await errorOf(here.sessions.byId(id))];
    for (const error of errors) {
      expect(error).toBeInstanceOf(CorruptPayload);
      expect(error).toMatchObject({ code: "CORRUPT_PAYLOAD", status: 500 });
      expect(everythingIn(error)).not.toContain(canary);
      expect(everythingIn(error)).not.toContain(token.slice(32));
      expect(String(error)).toContain(id);
    }
    expect(events).toEqual(errors);
    expect(await here.store.read(id, here.clock.now)).toEqual(before);
    expect(({} as { admin?: string }).admin).toBeUndefined();
  });

  test("is found on the way out, too: a commit does not write over it", async () => {
    const here = scene(undefined, { limits });
    const { token, id } = await here.begin({ n: 0 });
    const { unit, session } = await request(here.sessions, token);
    session.set("n", 1);
    await replacePayload(here, id, payload);
    const before = await here.store.read(id, here.clock.now);
    const error = await errorOf(unit.commit(answered));
    expect(error).toBeInstanceOf(CorruptPayload);
    expect(everythingIn(error)).not.toContain(canary);
    expect(unit.sendHeaders()).toBeUndefined();
    expect(await here.store.read(id, here.clock.now)).toEqual(before);
    await expect(session.reload()).rejects.toThrow(CorruptPayload);
  });
});

test("a codec's own error does not reach anybody: it may quote the text", async () => {
  const options: SessionsOptions = {
    codec: {
      name: "loud",
      stringify: (value) => JSON.stringify(value),
      parse(text) {
        throw new Error(`cannot read ${text}`);
      },
    },
  };
  const here = scene(undefined, options);
  const { token } = await here.begin({ theme: canary });
  const error = await errorOf(here.sessions.open(token));
  expect(error).toBeInstanceOf(CorruptPayload);
  expect(String(error)).toContain('"loud"');
  expect(everythingIn(error)).not.toContain(canary);
});

async function stored(here: Scene, payload: string): Promise<{ token: string; id: string }> {
  const begun = await here.begin({ n: 0 });
  await replacePayload(here, begun.id, payload);
  return begun;
}

async function replacePayload({ store, clock }: Scene, id: string, payload: string): Promise<void> {
  const record = await store.read(id, clock.now);
  if (record === undefined) throw new Error("the test's session is missing");
  await store.update({ ...record, payload, revision: "someone-elses" }, record.revision, clock.now);
}

function everythingIn(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return [error.message, error.stack, JSON.stringify(error), String(error.cause)].join("\n");
}
