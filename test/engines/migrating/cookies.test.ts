import { describe, expect, test } from "vitest";
import { encrypted } from "../../../src/codecs/encrypted.ts";
import { HeadersSent, NotSupported, SessionInterrupted } from "../../../src/core/errors.ts";
import type { EngineFactory } from "../../../src/core/engine.ts";
import { mountOf } from "../../../src/core/sessions.ts";
import type { SessionStore } from "../../../src/core/store.ts";
import { memory } from "../../../src/engines/memory.ts";
import { migrating } from "../../../src/engines/migrating.ts";
import { signedCookies } from "../../../src/engines/signed-cookies.ts";
import { createSessions, type SessionsOptions } from "../../../src/index.ts";
import { fakeClock } from "../../../src/testing.ts";
import { answered, errorOf } from "../../faults/support.ts";

interface Data {
  count: number;
}

const secrets = ["s".repeat(32)];
const on = (engine: SessionStore | EngineFactory, settings: SessionsOptions = {}) =>
  createSessions<Data>({ secrets, ...settings, engine });
type AppSessions = ReturnType<typeof on>;

async function begun(sessions: AppSessions, userId?: string): Promise<string> {
  const session = await sessions.open();
  session.set("count", 1).userId = userId;
  await session.save();
  return sessions.token(session) ?? "";
}

describe("from cookies to a store", () => {
  test.each<[string, SessionsOptions]>([
    ["plain", {}],
    ["sealed", { codec: encrypted(secrets) }],
  ])("what is saved after the headers would be acknowledged and lost: refused, %s", async (_, settings) => {
    const clock = fakeClock();
    const to = memory();
    const cookie = await begun(on(signedCookies(), { ...settings, clock }));
    const during = on(migrating({ from: signedCookies(), to }), { ...settings, clock });
    const { unit, session } = await mountOf(during).openUnit([cookie], true);
    unit.sendHeaders();
    expect(() => session.set("count", 2)).toThrow(HeadersSent);
    expect(await errorOf(session.flush())).toBeInstanceOf(HeadersSent);
    // Nor is it renewed, which would leave a record that nobody has the token of.
    clock.advance({ hours: 2 });
    await session.save();
    expect((await to.list(undefined, 10)).records).toEqual([]);
  });

  test("once it has moved, it streams like any other", async () => {
    const to = memory();
    const during = on(migrating({ from: signedCookies(), to }));
    const { unit, session } = await mountOf(during).openUnit([await begun(on(signedCookies()))], true);
    session.set("count", 2);
    await unit.commit(answered);
    unit.sendHeaders();
    await session.set("count", 3).save();
    expect((await during.open(during.token(session))).get("count")).toBe(3);
    await session.flush();
    expect((await to.list(undefined, 10)).records).toEqual([]);
  });

  test("signing a user out everywhere is refused: sessions still in cookies would be overlooked", async () => {
    const during = on(migrating({ from: signedCookies(), to: memory() }));
    const cookie = await begun(on(signedCookies()), "ann");
    expect(await errorOf(during.revokeUser("ann"))).toBeInstanceOf(NotSupported);
    expect((await during.open(cookie)).userId).toBe("ann");
  });
});

describe("from a store to cookies", () => {
  const changes: [string, (session: Awaited<ReturnType<AppSessions["open"]>>) => unknown][] = [
    ["writes", (session) => session.set("count", 2)],
    ["cycles the key", (session) => session.cycleKey()],
  ];
  test.each(changes)("a slow request that %s brings nothing back that was ended meanwhile", async (_, change) => {
    const from = memory();
    const cookie = await begun(on(from));
    const during = on(migrating({ from, to: signedCookies() }));
    const slow = await during.open(cookie);
    await (await during.open(cookie)).flush();
    change(slow);
    expect(await errorOf(slow.save())).toBeInstanceOf(SessionInterrupted);
    expect(during.token(slow)).toBe(cookie);
  });

  test("nor does a renewal, which then sends no cookie", async () => {
    const clock = fakeClock();
    const from = memory();
    const cookie = await begun(on(from, { clock }));
    const during = on(migrating({ from, to: signedCookies() }), { clock });
    clock.advance({ hours: 2 });
    const slow = await during.open(cookie);
    await (await during.open(cookie)).flush();
    await slow.save();
    expect(during.token(slow)).toBe(cookie);
  });

  test("of two requests that sign in at once with the same old token, one is interrupted", async () => {
    const from = memory();
    const cookie = await begun(on(from));
    const during = on(migrating({ from, to: signedCookies() }));
    const [first, second] = [await during.open(cookie), await during.open(cookie)];
    for (const session of [first, second]) session.cycleKey();
    await first.save();
    expect(await errorOf(second.save())).toBeInstanceOf(SessionInterrupted);
    expect((await during.open(cookie)).isNew).toBe(true);
    expect((await during.open(during.token(first))).get("count")).toBe(1);
  });

  test("ended in the store, then by the epoch: whoever was moving at the time is out", async () => {
    let epoch = 1;
    const from = memory();
    const cookie = await begun(on(from), "ann");
    const during = on(migrating({ from, to: signedCookies({ epoch: () => epoch }) }));
    const [moved, slow] = [await during.open(cookie), await during.open(cookie)];
    await moved.set("count", 2).save();
    expect(await on(from).revokeUser("ann")).toBe(1);
    epoch = 2;
    expect(await errorOf(slow.set("count", 2).save())).toBeInstanceOf(SessionInterrupted);
    for (const kept of [cookie, during.token(moved)]) expect((await during.open(kept)).isNew).toBe(true);
  });
});

test("from cookie to cookie a request under way carries no session into the epoch that ended it", async () => {
  let epoch = 1;
  const from = signedCookies({ epoch: () => epoch });
  const during = on(migrating({ from, to: signedCookies({ epoch: () => epoch, encrypt: true }) }));
  const cookie = await begun(on(from), "ann");
  const [quick, slow] = [await during.open(cookie), await during.open(cookie)];
  await quick.set("count", 2).save();
  expect((await during.open(during.token(quick))).userId).toBe("ann");
  epoch = 2;
  await slow.set("count", 2).save();
  for (const session of [quick, slow]) expect((await during.open(during.token(session))).isNew).toBe(true);
});

test("an epoch that comes with the move is the present one", async () => {
  const during = on(migrating({ from: signedCookies(), to: signedCookies({ epoch: () => 1, encrypt: true }) }));
  const session = await during.open(await begun(on(signedCookies()), "ann"));
  await session.set("count", 2).save();
  expect((await during.open(during.token(session))).get("count")).toBe(2);
});
