import { beforeEach, describe, expect, test } from "vitest";
import { createSessions, NotSupported, SessionInterrupted, type Session, type Sessions } from "../../src/index.ts";
import { db } from "../../src/engines/db.ts";
import { memory } from "../../src/engines/memory.ts";
import { fakeClock } from "../../src/testing/fake-clock.ts";
import { barrier, faultyStore, startsLate } from "../../src/testing/faulty-store.ts";

interface Data {
  n: number;
}

describe.each([
  ["memory", () => memory()],
  ["db", () => db({ path: ":memory:" })],
])("the sessions of a user, on %s", (_, makeStore) => {
  const clock = fakeClock();
  let sessions: Sessions<Data>;
  beforeEach(() => {
    sessions = createSessions<Data>({ engine: makeStore(), clock });
  });

  async function signIn(userId: string, among: Sessions<Data> = sessions): Promise<Session<Data>> {
    const session = await among.open();
    session.userId = userId;
    await session.save();
    clock.advance(1000);
    return session;
  }
  const isLive = async (session: Session<Data>): Promise<boolean> =>
    !(await sessions.open(sessions.token(session))).isNew;

  test("are listed, oldest first, without anything that could open or show them", async () => {
    const first = await signIn("ada");
    await signIn("bob");
    const second = await signIn("ada");
    const listed = await sessions.forUser("ada");
    expect(listed.map(({ id }) => id)).toEqual([first.id, second.id]);
    for (const entry of listed) {
      expect(new Set(Object.keys(entry))).toEqual(new Set(["id", "createdAt", "renewedAt", "expiresAt", "userId"]));
    }
    expect(await sessions.forUser("nobody")).toEqual([]);
  });

  test("are listed no longer once they have expired or the user has changed", async () => {
    const short = await signIn("ada");
    short.setExpiry(60);
    await short.save();
    const moved = await signIn("ada");
    moved.userId = "bob";
    await moved.save();
    clock.advance({ seconds: 61 });
    expect(await sessions.forUser("ada")).toEqual([]);
    expect(await sessions.forUser("bob")).toHaveLength(1);
  });

  test("are ended all at once, and nobody else's are", async () => {
    const ada = [await signIn("ada"), await signIn("ada")];
    const bob = await signIn("bob");
    expect(await sessions.revokeUser("ada")).toBe(2);
    expect(await Promise.all(ada.map(isLive))).toEqual([false, false]);
    expect(await isLive(bob)).toBe(true);
    expect(await sessions.revokeUser("ada")).toBe(0);
  });

  test("are ended but for the one that asks", async () => {
    const here = await signIn("ada");
    const elsewhere = await signIn("ada");
    expect(await sessions.revokeUser("ada", { except: here.id })).toBe(1);
    expect(await isLive(here)).toBe(true);
    expect(await isLive(elsewhere)).toBe(false);
  });

  test("one is ended by its id, once", async () => {
    const session = await signIn("ada");
    expect(await sessions.revoke(session.id ?? "")).toBe(true);
    expect(await sessions.revoke(session.id ?? "")).toBe(false);
    expect(await sessions.revoke("../etc")).toBe(false);
    expect(await isLive(session)).toBe(false);
  });

  test("a request that was using one cannot bring it back", async () => {
    const session = await signIn("ada");
    session.set("n", 1);
    await sessions.revokeUser("ada");
    await expect(session.save()).rejects.toThrow(SessionInterrupted);
    expect(await sessions.forUser("ada")).toEqual([]);
  });

  test("a sign-in acknowledged before the call is gone, also while others are under way", async () => {
    const store = makeStore();
    const pause = barrier();
    const slow = createSessions<Data>({ engine: faultyStore(store, startsLate("update", pause, 1)), clock });
    const waiting = await signIn("ada", slow);
    const acknowledged = await signIn("ada", slow);
    waiting.set("n", 1);
    const saving = waiting.save();
    await pause.arrived();
    expect(await slow.revokeUser("ada")).toBe(2);
    pause.release();
    await expect(saving).rejects.toThrow(SessionInterrupted);
    expect(await slow.forUser("ada")).toEqual([]);
    expect((await slow.open(slow.token(acknowledged))).isNew).toBe(true);
  });

  test("two apps on one store do not see one another's", async () => {
    const store = makeStore();
    const shop = createSessions<Data>({ engine: store, clock, namespace: "shop" });
    const blog = createSessions<Data>({ engine: store, clock, namespace: "blog" });
    const inShop = await signIn("ada", shop);
    await signIn("ada", blog);
    expect((await shop.forUser("ada")).map(({ id, userId }) => [id, userId])).toEqual([[inShop.id, "ada"]]);
    expect(await shop.revokeUser("ada", { except: inShop.id })).toBe(0);
    expect(await blog.revoke(inShop.id ?? "")).toBe(false);
    expect(await blog.revokeUser("ada")).toBe(1);
    expect(await shop.forUser("ada")).toHaveLength(1);
  });

  test("nor do an app with a namespace and one without, whatever its users are called", async () => {
    const store = makeStore();
    const shop = createSessions<Data>({ engine: store, clock, namespace: "shop" });
    const plain = createSessions<Data>({ engine: store, clock });
    await signIn("ada", shop);
    for (const name of ["shop-ada", "shop\u0001ada"]) {
      expect(await plain.forUser(name)).toEqual([]);
      expect(await plain.revokeUser(name)).toBe(0);
    }
    expect(await shop.forUser("ada")).toHaveLength(1);
  });

  test("an end from outside is an event", async () => {
    const events: unknown[] = [];
    sessions.on("revoked", (event) => events.push(event));
    const { id } = await signIn("ada");
    await sessions.revoke(id ?? "");
    await sessions.revokeUser("ada");
    expect(events).toEqual([
      { id, count: 1 },
      { userId: "ada", count: 0 },
    ]);
  });
});

test("an engine without a user index says which ones have it", async () => {
  const { listByUser: _, deleteByUser: __, ...plain } = memory();
  const sessions = createSessions<Data>({ engine: plain });
  await expect(sessions.forUser("ada")).rejects.toThrow(NotSupported);
  await expect(sessions.revokeUser("ada")).rejects.toThrow(/Engines that have one: cachedDb, db, memory, redis/);
});
