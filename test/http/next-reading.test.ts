import { describe, expect, test } from "vitest";
import { devalue, type Rich } from "../../src/codecs/devalue.ts";
import { memory } from "../../src/engines/memory.ts";
import { coatcheck, type NextFunctions, type ReadonlySession } from "../../src/http/adapters/next.ts";
import { type Codec, createSessions, InvalidOption, ReadOnly, type Sessions } from "../../src/index.ts";
import { fakeClock } from "../../src/testing.ts";

interface Data {
  theme: string;
  cart: { sku: string }[];
}

/** A codec of somebody's own. */
const bytes: Codec<Uint8Array> = {
  name: "bytes",
  stringify: (value) =>
    JSON.stringify(value, (_key, held) => (held instanceof Uint8Array ? { bytes: [...held] } : held)),
  parse: (text) => JSON.parse(text, (_key, held) => (held?.bytes ? Uint8Array.from(held.bytes) : held)),
};

/** The jar of a render, as Next makes it: one object for each request, whose `set` and `delete` are one function. */
function renderOf(cookie: string): NextFunctions {
  const refuse = (): never => {
    throw new Error("Cookies can only be modified in a Server Action or Route Handler.");
  };
  const jar = { get: () => ({ value: cookie }), set: refuse, delete: refuse };
  return { cookies: async () => jar, refresh: () => undefined };
}

async function readingFrom<D>(sessions: Sessions<D>, data: Partial<D>): Promise<ReadonlySession<D>> {
  const session = await sessions.open();
  session.update(data);
  await session.save();
  return coatcheck(sessions, renderOf(sessions.token(session) ?? "")).readSession();
}

const reading = (data: Partial<Data>): Promise<ReadonlySession<Data>> =>
  readingFrom(createSessions<Data>({ engine: memory(), clock: fakeClock() }), data);

describe("a session that is read only", () => {
  test("reads like any other", async () => {
    const session = await reading({ theme: "dark", cart: [{ sku: "coat" }] });
    expect([...session]).toEqual([
      ["theme", "dark"],
      ["cart", [{ sku: "coat" }]],
    ]);
    expect([...session.keys(), ...session.values()]).toEqual(["theme", "cart", "dark", [{ sku: "coat" }]]);
    expect([session.size, session.isNew, session.isEmpty(), session.has("theme")]).toEqual([2, false, false, true]);
    expect([session.get("theme"), session.get("cart"), session.data.theme]).toEqual([
      "dark",
      [{ sku: "coat" }],
      "dark",
    ]);
    expect(session.id).toMatch(/^[0-9a-f]{32}$/);
    expect(session.getExpiryAge()).toBe(1_209_600);
    expect([session.expiresAtBrowserClose(), session.testCookieWorked(), session.userId]).toEqual([
      false,
      false,
      undefined,
    ]);
  });

  test("shows none of its data in a log", async () => {
    expect(JSON.stringify(await reading({ theme: "dark" }))).toMatch(/^\{"id":"[0-9a-f]{32}","isNew":false\}$/);
  });

  test("refuses every write that a session has, and says no data", async () => {
    const session = await reading({ theme: "dark" });
    for (const write of [
      "set",
      "delete",
      "pop",
      "setDefault",
      "update",
      "clear",
      "cycleKey",
      "flush",
      "save",
      "reload",
    ]) {
      const call = Reflect.get(session, write) as (...args: unknown[]) => unknown;
      expect(() => call("theme", "secret value")).toThrow(ReadOnly);
      expect(() => call("theme", "secret value")).toThrow(
        `session.${write}: expected a place where cookies can be set`,
      );
      expect(() => call("theme", "secret value")).not.toThrow("secret value");
    }
    expect(() => Object.assign(session.data, { theme: "light" })).toThrow(ReadOnly);
    expect(() => Object.assign(session, { userId: "ada" })).toThrow(ReadOnly);
    expect(session.get("theme")).toBe("dark");
  });

  test("of a richer codec is frozen as deep as that goes, and can be read", async () => {
    const seen = new Map([["home", { at: new Date(0) }]]);
    const rich = createSessions<{ seen: typeof seen }, Rich>({ engine: memory(), codec: devalue() });
    const session = await readingFrom(rich, { seen });
    expect(session.get("seen")?.get("home")?.at.getTime()).toBe(0);
    expect(Object.isFrozen(session.get("seen"))).toBe(true);
    const raw = createSessions<{ key: Uint8Array }, Uint8Array>({ engine: memory(), codec: bytes });
    expect((await readingFrom(raw, { key: Uint8Array.of(1, 2) })).get("key")).toEqual(Uint8Array.of(1, 2));
  });
});

test('cookie.secure: "auto" is refused at the start: Next does not tell how a visitor came', () => {
  const sessions = createSessions<Data>({ engine: memory(), cookie: { secure: "auto" } });
  expect(() => coatcheck(sessions, renderOf(""))).toThrow(InvalidOption);
  expect(() => coatcheck(sessions, renderOf(""))).toThrow(
    'expected true or false with Next.js, which does not tell; got "auto"',
  );
});
