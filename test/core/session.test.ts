import { inspect } from "node:util";
import { beforeEach, describe, expect, test, vi } from "vitest";
import { createSessions, InvalidData, NotMounted, type Session, type Sessions } from "../../src/index.ts";
import { memory } from "../../src/engines/memory.ts";
import { fakeClock } from "../../src/testing/fake-clock.ts";
import { barrier, faultyStore, startsLate } from "../../src/testing/faulty-store.ts";

interface Data {
  n: number;
  theme: "light" | "dark";
  cart: { sku: string; quantity: number }[];
  flag: boolean;
}

const clock = fakeClock();
let sessions: Sessions<Data>;
let session: Session<Data>;
beforeEach(async () => {
  sessions = createSessions<Data>({ engine: memory(), clock });
  session = await sessions.open();
});

/** The same session in another request. */
async function next(): Promise<Session<Data>> {
  await session.save();
  return sessions.open(sessions.token(session));
}

describe("Django's verbs", () => {
  test("get, set, has, delete, pop, setDefault", async () => {
    expect(session.get("n")).toBeUndefined();
    expect(session.get("n", 7)).toBe(7);
    expect(session.set("n", 0).set("flag", false)).toBe(session);
    expect(session.get("n", 7)).toBe(0);
    expect(session.has("flag")).toBe(true);
    expect(session.delete("flag")).toBe(true);
    expect(session.delete("flag")).toBe(false);
    expect(session.pop("n")).toBe(0);
    expect(session.pop("n")).toBeUndefined();
    expect(session.pop("n", 3)).toBe(3);
    expect(session.setDefault("theme", "dark")).toBe("dark");
    expect(session.setDefault("theme", "light")).toBe("dark");
    expect([...(await next())]).toEqual([["theme", "dark"]]);
  });

  test("update takes values, or a key and a function", async () => {
    expect(session.update({ n: 1, theme: "dark" })).toBe(session);
    expect(session.update("n", (n = 0) => n + 1)).toBe(2);
    expect(session.update("cart", (cart = []) => [...cart, { sku: "a", quantity: 1 }])).toEqual([
      { sku: "a", quantity: 1 },
    ]);
    expect((await next()).data).toMatchObject({ n: 2, theme: "dark", cart: [{ sku: "a", quantity: 1 }] });
    // @ts-expect-error a caller without types forgot the function
    expect(() => session.update("n")).toThrow(InvalidData);
  });

  test("keys, values, entries, size, iteration", () => {
    session.update({ n: 1, theme: "dark" });
    expect([...session.keys()]).toEqual(["n", "theme"]);
    expect([...session.values()]).toEqual([1, "dark"]);
    expect([...session.entries()]).toEqual([...session]);
    expect(session.size).toBe(2);
  });

  test("clear empties the data and keeps the session", async () => {
    session.set("n", 1);
    session = await next();
    const { id } = session;
    session.clear();
    expect(session.size).toBe(0);
    session = await next();
    expect(session).toMatchObject({ id, isNew: false, size: 0 });
    expect(session.isEmpty()).toBe(false);
  });

  test("flush ends it at once; a later write starts another", async () => {
    session.set("n", 1);
    session = await next();
    const token = sessions.token(session);
    const { id } = session;
    await session.flush();
    expect(session).toMatchObject({ id: undefined, isNew: true, size: 0 });
    expect((await sessions.open(token)).isNew).toBe(true);
    session.set("n", 2);
    session = await next();
    expect(session.get("n")).toBe(2);
    expect(session.id).not.toBe(id);
  });

  test("the test cookie", async () => {
    expect(session.testCookieWorked()).toBe(false);
    session.setTestCookie();
    session = await next();
    expect(session.testCookieWorked()).toBe(true);
    session.deleteTestCookie();
    session = await next();
    expect(session.testCookieWorked()).toBe(false);
  });
});

describe("data", () => {
  test("is one object for the session's whole life, whatever happens", async () => {
    const { data } = session;
    data.n = 1;
    await session.save();
    await session.reload();
    session.clear();
    await session.flush();
    session.set("n", 2);
    expect(session.data).toBe(data);
    expect(data).toMatchObject({ n: 2 });
  });

  test("nested changes are noticed and saved", async () => {
    session.set("cart", [{ sku: "a", quantity: 1 }]);
    session = await next();
    expect(session.modified).toBe(false);
    const [item] = session.get("cart", []);
    if (item) item.quantity = 5;
    expect(session.modified).toBe(true);
    expect((await next()).get("cart")).toEqual([{ sku: "a", quantity: 5 }]);
  });
});

describe("what it says of itself", () => {
  test("isNew and id change when it is stored", async () => {
    expect(session).toMatchObject({ id: undefined, isNew: true });
    expect(session.isEmpty()).toBe(true);
    session.set("n", 1);
    await session.save();
    expect(session).toMatchObject({ id: expect.stringMatching(/^[0-9a-f]{32}$/), isNew: false });
    expect(session.isEmpty()).toBe(false);
  });

  test("accessed after every reader and writer", async () => {
    const uses: ((some: Session<Data>) => unknown)[] = [
      (some) => some.get("n"),
      (some) => some.has("n"),
      (some) => some.size,
      (some) => some.data,
      (some) => [...some],
      (some) => [...some.keys()],
      (some) => some.isEmpty(),
      (some) => some.userId,
      (some) => some.testCookieWorked(),
      (some) => some.set("n", 1),
    ];
    for (const use of uses) {
      const some = await sessions.open();
      expect(some.accessed).toBe(false);
      use(some);
      expect(some.accessed).toBe(true);
    }
  });

  test("logging or serializing it shows no data and no secret", async () => {
    session.set("theme", "dark");
    await session.save();
    const secret = sessions.token(session)?.slice(32) ?? "none";
    const text = `${JSON.stringify(session)}${inspect(session, { depth: 9, showHidden: true })}`;
    expect(text).not.toContain(secret);
    expect(text).not.toContain("dark");
  });
});

describe("expiry", () => {
  test("the default, seconds, until the browser closes, a date, the default again", () => {
    expect(session.getExpiryAge()).toBe(1_209_600);
    session.setExpiry(300);
    expect(session.getExpiryAge()).toBe(300);
    expect(session.getExpiryDate()).toEqual(new Date(clock.now + 300_000));
    session.setExpiry(0);
    expect(session.expiresAtBrowserClose()).toBe(true);
    expect(session.getExpiryAge()).toBe(1_209_600);
    session.setExpiry(new Date(clock.now + 5000));
    expect(session.getExpiryAge()).toBe(5);
    session.setExpiry(null);
    expect(session.expiresAtBrowserClose()).toBe(false);
    expect(session.getExpiryAge()).toBe(1_209_600);
  });

  test("is enforced by the server, to the millisecond", async () => {
    session.set("n", 1).setExpiry(300);
    await session.save();
    const token = sessions.token(session);
    clock.advance(299_999);
    expect((await sessions.open(token)).isNew).toBe(false);
    clock.advance(1);
    expect((await sessions.open(token)).isNew).toBe(true);
  });

  test("a past date ends the session when it is saved", async () => {
    session.set("n", 1);
    session = await next();
    const token = sessions.token(session);
    session.setExpiry(new Date(clock.now));
    await session.save();
    expect((await sessions.open(token)).isNew).toBe(true);
  });

  test("instants are whole, whatever fraction of a second was asked for", async () => {
    const store = memory();
    sessions = createSessions<Data>({ engine: store, clock });
    session = await sessions.open();
    session.set("n", 1).setExpiry(1 / 3);
    await session.save();
    expect(await store.read(session.id ?? "", clock.now)).toMatchObject({ expiresAt: clock.now + 333 });
  });

  test("nonsense is refused", () => {
    expect(() => session.setExpiry(1e13)).toThrow(InvalidData);
    expect(() => session.setExpiry(-1)).toThrow(InvalidData);
    expect(() => session.setExpiry(Number.NaN)).toThrow(InvalidData);
  });
});

describe("the user", () => {
  test("is kept with the record, and an assignment alone is worth a session", async () => {
    session.userId = "ada";
    session = await next();
    expect(session).toMatchObject({ userId: "ada", isNew: false });
    session.userId = undefined;
    expect((await next()).userId).toBeUndefined();
  });

  test("survives another request's write", async () => {
    session.set("n", 1);
    session = await next();
    const other = await sessions.open(sessions.token(session));
    session.userId = "ada";
    await session.save();
    other.set("theme", "dark");
    await other.save();
    expect(await sessions.open(sessions.token(session))).toMatchObject({
      userId: "ada",
      data: { n: 1, theme: "dark" },
    });
  });

  test.each(["", "x".repeat(201), "a\u0000", "a\u0001b", "a\ud800"])(
    "is a well-formed text of 1 to 200 characters: %j",
    (userId) => {
      expect(() => {
        session.userId = userId;
      }).toThrow(InvalidData);
    },
  );
});

describe("sessions", () => {
  test("get says what to do when no adapter has seen the object", async () => {
    await expect(sessions.get({})).rejects.toThrow(NotMounted);
    const refusing = Object.defineProperty({}, "request", {
      get: () => {
        throw new Error("not here");
      },
    });
    await expect(sessions.get(refusing)).rejects.toThrow(NotMounted);
    // @ts-expect-error a caller without types
    await expect(sessions.get(undefined)).rejects.toThrow(/app\.use\(coatcheck\(sessions\)\)/);
  });

  test("get rejects, and never throws, whatever it is given", async () => {
    const revoked = Proxy.revocable({}, {});
    revoked.revoke();
    const refuse = (): never => {
      throw new Error("not here");
    };
    const carriers: unknown[] = [
      revoked.proxy,
      { request: revoked.proxy },
      new Proxy({}, { get: refuse, has: refuse, getPrototypeOf: refuse, getOwnPropertyDescriptor: refuse }),
      new Proxy(() => undefined, { get: refuse }),
      Object.create(null),
      null,
      "request",
      Symbol("request"),
      () => undefined,
    ];
    for (const carrier of carriers) {
      const got = sessions.get(carrier as object);
      await expect(got).rejects.toThrow(NotMounted);
    }
  });

  test("open gives a new session for what opens nothing", async () => {
    for (const token of [undefined, "", "nonsense", "0".repeat(75)])
      expect((await sessions.open(token)).isNew).toBe(true);
  });

  test("byId finds a live session, and nothing else", async () => {
    session.set("n", 1);
    await session.save();
    expect((await sessions.byId(session.id ?? ""))?.get("n")).toBe(1);
    expect(await sessions.byId("0".repeat(32))).toBeUndefined();
    expect(await sessions.byId("../etc/passwd")).toBeUndefined();
  });

  test("an object in hand stays live when a save merges what another request did to other keys", async () => {
    session.set("cart", []);
    session = await next();
    const cart = session.get("cart", []);
    cart.push({ sku: "first", quantity: 1 });
    const other = await sessions.open(sessions.token(session));
    other.set("n", 2);
    await other.save();
    await session.save();
    expect(session.get("n")).toBe(2);
    cart.push({ sku: "second", quantity: 1 });
    expect(session.modified).toBe(true);
    expect((await next()).get("cart", []).map(({ sku }) => sku)).toEqual(["first", "second"]);
  });

  test("setting undefined deletes, as it does through data", async () => {
    session.update({ n: 1, theme: "dark" });
    session = await next();
    // @ts-expect-error compiles in a project without exactOptionalPropertyTypes
    session.set("n", undefined).update({ theme: undefined });
    expect((await next()).size).toBe(0);
  });

  test("an asynchronous listener that fails decides over nothing", async () => {
    const log = vi.spyOn(console, "error").mockImplementation(() => undefined);
    // oxlint-disable-next-line typescript/no-misused-promises -- the mistake that is tested
    sessions.on("created", () => Promise.reject(new Error("of the listener")));
    session.set("n", 1);
    await session.save();
    await Promise.resolve();
    expect(log).toHaveBeenCalledWith(expect.stringContaining("created"), new Error("of the listener"));
  });

  test("logging the sessions shows no secret", () => {
    const secret = "a secret of thirty-two characters";
    const signed = createSessions({ engine: memory(), secrets: [secret] });
    expect(inspect(signed, { depth: 9 }) + JSON.stringify(signed)).not.toContain(secret);
  });

  test("reload forgets what was not saved, and shows what others did", async () => {
    session.set("n", 1);
    session = await next();
    const other = await sessions.open(sessions.token(session));
    other.set("n", 2);
    await other.save();
    session.set("n", 99).set("flag", true);
    await session.reload();
    expect(session.data).toMatchObject({ n: 2 });
    expect(session.has("flag")).toBe(false);
    expect(session.modified).toBe(false);
  });

  test("changes made while a save is under way are saved by the next", async () => {
    const pause = barrier();
    sessions = createSessions<Data>({ engine: faultyStore(memory(), startsLate("create", pause)), clock });
    session = await sessions.open();
    session.set("n", 1);
    const saving = session.save();
    await pause.arrived();
    session.set("theme", "dark");
    pause.release();
    await saving;
    expect(session.modified).toBe(true);
    expect([...(await next())]).toEqual([
      ["n", 1],
      ["theme", "dark"],
    ]);
  });
});
