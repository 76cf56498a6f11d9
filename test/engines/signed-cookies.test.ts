import { randomBytes } from "node:crypto";
import { describe, expect, test } from "vitest";
import { encrypted } from "../../src/codecs/encrypted.ts";
import { InvalidData, InvalidOption, NotSupported, StoreUnavailable } from "../../src/core/errors.ts";
import { sealer } from "../../src/core/seal.ts";
import type { Session } from "../../src/core/session.ts";
import { type Epoch, signedCookies, type SignedCookiesOptions } from "../../src/engines/signed-cookies.ts";
import { createSessions, type Sessions, type SessionsOptions } from "../../src/index.ts";
import { fakeClock } from "../../src/testing.ts";
import { errorOf } from "../faults/support.ts";

interface Data {
  name: string;
  count: number;
  text: string;
}

const secrets = ["s".repeat(32)];

function sessionsOn(options?: SignedCookiesOptions, settings: SessionsOptions = {}): Sessions<Data> {
  return createSessions<Data>({ engine: signedCookies(options), secrets, clock: fakeClock(), ...settings });
}

async function cookieWith(
  sessions: Sessions<Data>,
  change: (session: Session<Data>) => unknown,
  cookie?: string,
): Promise<string> {
  const session = await sessions.open(cookie);
  change(session);
  await session.save();
  return sessions.token(session) ?? "";
}

async function dataOf(sessions: Sessions<Data>, cookie: string): Promise<Partial<Data> | undefined> {
  const session = await sessions.open(cookie);
  return session.isNew ? undefined : { ...session.data };
}

describe.each<[string, SignedCookiesOptions]>([
  ["signed", {}],
  ["encrypted", { encrypt: true }],
])("a %s cookie", (kind, options) => {
  test("is the session: written, read, changed, emptied", async () => {
    const sessions = sessionsOn(options);
    const first = await cookieWith(sessions, (session) => session.set("name", "Zoë").set("count", 1));
    expect(await dataOf(sessions, first)).toEqual({ name: "Zoë", count: 1 });
    const second = await cookieWith(sessions, (session) => session.update("count", (n = 0) => n + 1), first);
    expect(await dataOf(sessions, second)).toEqual({ name: "Zoë", count: 2 });
    const third = await cookieWith(sessions, (session) => session.clear(), second);
    expect(await dataOf(sessions, third)).toEqual({});
  });

  test(`${kind === "signed" ? "shows its data to whoever has it, and" : "shows nothing of its data, and"} cannot be made without a secret`, async () => {
    const sessions = sessionsOn({ ...options, compress: false });
    const cookie = await cookieWith(sessions, (session) => session.set("name", "visible"));
    expect(Buffer.from(cookie, "base64url").includes("visible")).toBe(kind === "signed");
    const others = sessionsOn(options, { secrets: ["x".repeat(32)] });
    expect(await dataOf(others, cookie)).toBeUndefined();
  });

  test("of the other kind opens nothing: there is no second try", async () => {
    const [ours, theirs] = [sessionsOn(options), sessionsOn({ encrypt: kind === "signed" })];
    const cookie = await cookieWith(ours, (session) => session.set("count", 1));
    expect(await dataOf(theirs, cookie)).toBeUndefined();
  });

  test("ends when setExpiry says so, whatever the browser does with it", async () => {
    const clock = fakeClock();
    const sessions = sessionsOn(options, { clock });
    const cookie = await cookieWith(sessions, (session) => {
      session.set("count", 1);
      session.setExpiry(60);
    });
    clock.advance({ seconds: 59 });
    expect(await dataOf(sessions, cookie)).toEqual({ count: 1 });
    clock.advance({ seconds: 1 });
    expect(await dataOf(sessions, cookie)).toBeUndefined();
  });

  test("ends by the absolute timeout, however busy the visitor", async () => {
    const clock = fakeClock();
    const sessions = sessionsOn(options, { clock, idleTimeout: 3600, absoluteTimeout: 7200 });
    let cookie = await cookieWith(sessions, (session) => session.set("count", 0));
    for (let hours = 0; hours < 3; hours += 1) {
      clock.advance({ minutes: 39 });
      cookie = await cookieWith(sessions, (session) => session.update("count", (n = 0) => n + 1), cookie);
    }
    expect(await dataOf(sessions, cookie)).toEqual({ count: 3 });
    clock.advance({ minutes: 3 });
    expect(await dataOf(sessions, cookie)).toBeUndefined();
  });

  test("that would be too long is refused, with both figures, and the session goes on as it was", async () => {
    const sessions = sessionsOn(options);
    const cookie = await cookieWith(sessions, (session) => session.set("count", 1));
    const session = await sessions.open(cookie);
    session.set("text", randomBytes(3000).toString("hex"));
    const error = await errorOf(session.save());
    expect(error).toBeInstanceOf(InvalidData);
    expect(String(error)).toMatch(/would be [4-9]\d{3} bytes long, its name and attributes included; .* than 4096/);
    expect(sessions.token(session)).toBe(cookie);
    session.delete("text");
    session.set("count", 2);
    await session.save();
    expect(await dataOf(sessions, sessions.token(session) ?? "")).toEqual({ count: 2 });
  });
});

test("what gets shorter is packed, and more than a cookie's length of plain text fits", async () => {
  const text = "one line of a long text. ".repeat(400);
  const sessions = sessionsOn();
  const cookie = await cookieWith(sessions, (session) => session.set("text", text));
  expect(cookie.length).toBeLessThan(600);
  expect(await dataOf(sessions, cookie)).toEqual({ text });
  const unpacked = await errorOf(cookieWith(sessionsOn({ compress: false }), (session) => session.set("text", text)));
  expect(unpacked).toBeInstanceOf(InvalidData);
});

test("what no cookie could be read from again is not written: a million repetitions pack into very little", async () => {
  const sessions = sessionsOn({}, { limits: { payloadLength: 3_000_000 } });
  const error = await errorOf(cookieWith(sessions, (session) => session.set("text", "a".repeat(1_100_000))));
  expect(error).toBeInstanceOf(InvalidData);
  const fits = "a".repeat(1_040_000);
  const cookie = await cookieWith(sessions, (session) => session.set("text", fits));
  expect(await dataOf(sessions, cookie)).toEqual({ text: fits });
});

/** As much as fits, of what does not get shorter. */
async function longest(sessions: Sessions<Data>): Promise<string> {
  const noise = randomBytes(3000).toString("base64");
  let cookie = "";
  for (let low = 0, high = noise.length; low <= high;) {
    const length = Math.floor((low + high) / 2);
    try {
      cookie = await cookieWith(sessions, (session) => session.set("text", noise.slice(0, length)));
      low = length + 1;
    } catch {
      high = length - 1;
    }
  }
  return cookie;
}

test.each<[string, SessionsOptions]>([
  ["the new time packs into more", {}],
  ["the cookie's attributes have grown", { cookie: { name: "session", domain: "shop.example.com" } }],
])("a renewal that does not fit, because %s, fails no request that reads; the end stays", async (_, later) => {
  const clock = fakeClock();
  const name = { cookie: { name: "session" } };
  const cookie = await longest(sessionsOn({}, { clock, ...name }));
  clock.advance({ hours: 2 });
  const sessions = sessionsOn({}, { clock, ...name, ...later });
  const session = await sessions.open(cookie);
  const text = session.get("text");
  await session.save();
  expect(sessions.token(session)).toBe(cookie);
  clock.advance({ days: 13 });
  expect(await dataOf(sessions, cookie)).toEqual({ text });
  clock.advance({ days: 1 });
  expect(await dataOf(sessions, cookie)).toBeUndefined();
});

test("signing and encrypting have keys of their own", async () => {
  const cookie = await cookieWith(sessionsOn({ encrypt: true }), (session) => session.set("count", 1));
  const bytes = Buffer.from(cookie, "base64url");
  expect(sealer(secrets, "encrypted cookie ").unseal(bytes, "")).toBeDefined();
  for (const purpose of ["signed cookie ", "payload", "encrypted cookie shop"]) {
    expect(sealer(secrets, purpose).unseal(bytes, "")).toBeUndefined();
  }
});

test("a codec that seals works here too: after a renewal, and with a newer secret", async () => {
  const clock = fakeClock();
  const [older, newer] = ["o".repeat(32), "n".repeat(32)];
  const before = sessionsOn({}, { clock, codec: encrypted([older]) });
  const after = sessionsOn({}, { clock, codec: encrypted([newer, older]) });
  const cookie = await cookieWith(before, (session) => session.set("name", "visible"));
  expect(Buffer.from(cookie, "base64url").includes("visible")).toBe(false);
  clock.advance({ hours: 2 });
  const renewed = await cookieWith(after, () => {}, cookie);
  expect(renewed).not.toBe(cookie);
  expect(await dataOf(sessionsOn({}, { clock, codec: encrypted([newer]) }), renewed)).toEqual({ name: "visible" });
});

describe("the epoch of a user", () => {
  function withEpochs(): { sessions: Sessions<Data>; epochs: Map<string, Epoch>; asked: string[] } {
    const epochs = new Map<string, Epoch>([
      ["ann", 1],
      ["bea", "first"],
    ]);
    const asked: string[] = [];
    const epoch = (userId: string): Epoch | undefined => {
      asked.push(userId);
      return epochs.get(userId);
    };
    return { sessions: sessionsOn({ epoch }), epochs, asked };
  }
  const signIn = (userId: string) => (session: Session<Data>) => {
    session.userId = userId;
    session.set("name", userId);
  };

  test("ends all the user's sessions when it changes, and nobody else's", async () => {
    const { sessions, epochs } = withEpochs();
    const [phone, laptop, other] = await Promise.all(
      ["ann", "ann", "bea"].map((userId) => cookieWith(sessions, signIn(userId))),
    );
    const anonymous = await cookieWith(sessions, (session) => session.set("count", 1));
    epochs.set("ann", 2);
    expect(await dataOf(sessions, phone ?? "")).toBeUndefined();
    expect(await dataOf(sessions, laptop ?? "")).toBeUndefined();
    expect(await dataOf(sessions, other ?? "")).toEqual({ name: "bea" });
    expect(await dataOf(sessions, anonymous)).toEqual({ count: 1 });
    expect(await dataOf(sessions, await cookieWith(sessions, signIn("ann")))).toEqual({ name: "ann" });
  });

  test("once changed, whoever changed it stays by signing in anew", async () => {
    const { sessions, epochs } = withEpochs();
    const session = await sessions.open(await cookieWith(sessions, signIn("ann")));
    epochs.set("ann", 2);
    await session.flush();
    signIn("ann")(session);
    await session.save();
    expect(await dataOf(sessions, sessions.token(session) ?? "")).toEqual({ name: "ann" });
  });

  test("is not taken over by a request that was under way when it changed", async () => {
    const { sessions, epochs } = withEpochs();
    const slow = await sessions.open(await cookieWith(sessions, signIn("ann")));
    epochs.set("ann", 2);
    slow.set("count", 1);
    await slow.save();
    expect(await dataOf(sessions, sessions.token(slow) ?? "")).toBeUndefined();
  });

  test("is asked once for a request that reads, and never for a visitor without a user", async () => {
    const { sessions, asked } = withEpochs();
    const cookie = await cookieWith(sessions, signIn("ann"));
    const anonymous = await cookieWith(sessions, (session) => session.set("count", 1));
    asked.length = 0;
    await dataOf(sessions, cookie);
    await dataOf(sessions, anonymous);
    expect(asked).toEqual(["ann"]);
  });

  test("unknown: a user who is gone has no session, and cannot sign in", async () => {
    const { sessions, epochs } = withEpochs();
    const cookie = await cookieWith(sessions, signIn("ann"));
    epochs.delete("ann");
    expect(await dataOf(sessions, cookie)).toBeUndefined();
    expect(await errorOf(cookieWith(sessions, signIn("ann")))).toBeInstanceOf(InvalidData);
  });

  test.each([null, Number.NaN, Number.POSITIVE_INFINITY, 1n, new Date(0), true, {}])(
    "of %s, which no cookie gives back as it was, is an error, and signs nobody out without a word",
    async (odd) => {
      const cookie = await cookieWith(withEpochs().sessions, signIn("ann"));
      const sessions = sessionsOn({ epoch: () => odd as never });
      for (const work of [cookieWith(sessions, signIn("ann")), sessions.open(cookie)]) {
        const error = await errorOf(work);
        expect(error).toBeInstanceOf(InvalidOption);
        expect(String(error)).toMatch(/expected the function to answer with a finite number, a string or/);
      }
    },
  );

  test.each([0, -1.5, ""])("of %o is one like any other", async (epoch) => {
    const sessions = sessionsOn({ epoch: () => epoch });
    expect(await dataOf(sessions, await cookieWith(sessions, signIn("ann")))).toEqual({ name: "ann" });
  });

  test("added later: who signed in without one has to sign in again", async () => {
    const cookie = await cookieWith(sessionsOn(), signIn("ann"));
    expect(await dataOf(withEpochs().sessions, cookie)).toBeUndefined();
  });

  test("out of reach: an error and no logout", async () => {
    const down = sessionsOn({ epoch: () => Promise.reject(new Error("no connection")) });
    const error = await errorOf(down.open(await cookieWith(withEpochs().sessions, signIn("ann"))));
    expect(error).toBeInstanceOf(StoreUnavailable);
    expect((error as Error).cause).toEqual(new Error("no connection"));
  });
});

test("what needs records is refused, with engines that have them", async () => {
  const sessions = sessionsOn();
  const id = "0".repeat(32);
  for (const work of [sessions.byId(id), sessions.revoke(id), sessions.forUser("ann"), sessions.revokeUser("ann")]) {
    const error = await errorOf(work);
    expect(error).toBeInstanceOf(NotSupported);
    expect(String(error)).toMatch(/signedCookies.* db/);
  }
});

test.each<[SignedCookiesOptions, RegExp]>([
  [null as never, /expected an object of options, got null/],
  [{ encrypt: "yes" } as never, /signedCookies.encrypt: expected true or false; got "yes"/],
  [{ epoch: 1 } as never, /signedCookies.epoch: expected a function of a user's id; got 1/],
  [{ secrets } as never, /no option "secrets".*encrypt, compress, epoch/],
])("signedCookies(%o) is refused at the call", (options, message) => {
  expect(() => signedCookies(options)).toThrow(message);
});

test("without secrets it is refused at the start, and told how to make one", () => {
  expect(() => createSessions({ engine: signedCookies() })).toThrow(/at least one secret.*npx coatcheck secret/);
});
