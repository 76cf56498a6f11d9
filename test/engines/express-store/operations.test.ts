import { describe, expect, test } from "vitest";
import { expressStore, type ExpressSessionStore } from "../../../src/engines/express-store.ts";
import { barrier, caseContext } from "../../../src/testing.ts";
import { plainStore } from "./hand-written.ts";

const HOUR = 3_600_000;
const { record, revise, now } = caseContext();

/** The store, with a list of what it was asked. */
function listing(target: ExpressSessionStore): { on: ExpressSessionStore; asked: () => string } {
  const calls: string[] = [];
  const on: ExpressSessionStore = {
    get: (sid, callback) => calls.push("get") && target.get(sid, callback),
    set: (sid, session, callback) => calls.push("set") && target.set(sid, session, callback),
    destroy: (sid, callback) => calls.push("destroy") && target.destroy(sid, callback),
  };
  return { on, asked: () => calls.splice(0).join(" ") };
}

test("what a store is asked: one get to read, a get and one more to write, and the first write is read back", async () => {
  const { on, asked } = listing(plainStore());
  const store = expressStore(on);
  const created = record();
  const { id, revision, expiresAt } = created;
  await store.create(record(), now);
  expect(asked()).toBe("get set get");
  await store.create(created, now);
  expect(asked()).toBe("get set");
  await store.create(created, now);
  expect(asked()).toBe("get");
  await store.read(id, now);
  expect(asked()).toBe("get");
  await store.touch(id, revision, expiresAt, now);
  expect(asked()).toBe("get");
  await store.touch(id, revision, expiresAt + HOUR, now);
  expect(asked()).toBe("get set");
  await store.update(revise(created), "another", now);
  expect(asked()).toBe("get");
  await store.update(revise(created), revision, now);
  expect(asked()).toBe("get set");
  await store.delete(id);
  expect(asked()).toBe("get destroy");
  await store.delete(id);
  expect(asked()).toBe("get");
});

describe("what a store is handed", () => {
  interface Handed {
    readonly cookie: { readonly originalMaxAge: number; readonly maxAge: number; readonly expires: Date };
    readonly coatcheck: string;
  }

  async function handed(expiresAt: number): Promise<Handed> {
    const given: object[] = [];
    const honest = plainStore();
    const set: ExpressSessionStore["set"] = (sid, session, callback) =>
      given.push(session) && honest.set(sid, session, callback);
    await expressStore({ ...honest, set }).create(record({ expiresAt }), now);
    return given[0] as Handed;
  }

  // By real time, because the store goes by that; and `now` here is not of today.
  test.each<[what: string, left: number, lifetime: number]>([
    ["as long as the record, and a minute more", 90_500, 150_500],
    ["a minute, of what has ended", -HOUR, 60_000],
    ["ten years, of what ends later", 8.64e15 - now, 3650 * 24 * HOUR],
  ])("lives %s, wherever it looks for that", async (_, left, lifetime) => {
    const before = Date.now();
    const { cookie } = await handed(now + left);
    const after = Date.now();
    expect(cookie.originalMaxAge).toBe(lifetime);
    expect(cookie.expires.getTime()).toBeGreaterThanOrEqual(before + lifetime);
    expect(cookie.expires.getTime()).toBeLessThanOrEqual(after + lifetime);
    expect(cookie.maxAge).toBeGreaterThan(lifetime - 10_000);
    expect(cookie.maxAge).toBeLessThanOrEqual(lifetime);
  });

  test("reads as express-session's sessions do, with our record in one key of it", async () => {
    const session = await handed(now + HOUR);
    expect(JSON.parse(JSON.stringify(session))).toEqual({
      cookie: {
        originalMaxAge: HOUR + 60_000,
        expires: session.cookie.expires.toISOString(),
        httpOnly: true,
        path: "/",
      },
      coatcheck: expect.stringMatching(/^cc_\S+ coatcheck\/1 /) as string,
    });
  });
});

test("turns are shared by the stores of a process on one store", async () => {
  const shared = plainStore();
  const [one, other] = [expressStore(shared), expressStore(shared)];
  const created = record();
  await one.create(created, now);
  const answers = await Promise.all(
    [one, other, one, other].map((store) => store.update(revise(created), created.revision, now)),
  );
  expect(answers.filter(Boolean)).toHaveLength(1);
});

// As a store that cuts a file to nothing and then writes it; session-file-store would remove what it finds between.
test("what is read beside a write is the old session or the new one, never half of one", async () => {
  const sessions = new Map<string, string>();
  const plain = plainStore(sessions);
  const pause = barrier();
  const created = record();
  const next = revise(created);
  await expressStore(plain).create(created, now);
  const store = expressStore({
    ...plain,
    async set(sid, session, callback) {
      sessions.set(sid, '{"cookie":{}}');
      await pause.arrive();
      plain.set(sid, session, callback);
    },
  });
  const before = store.read(created.id, now);
  const updating = store.update(next, created.revision, now);
  await pause.arrived();
  const beside = store.read(created.id, now);
  pause.release();
  expect([await before, await updating, await beside]).toEqual([created, true, next]);
});

// The reason for `atomic: false`. Should this ever fail, the store promises too little, and the docs say too much.
test("two processes on one backend overwrite each other, and bring back what was ended", async () => {
  const sessions = new Map<string, string>();
  const [one, other] = [expressStore(plainStore(sessions)), expressStore(plainStore(sessions))];
  const created = record();
  await one.create(created, now);
  const update = (store: typeof one): Promise<boolean> => store.update(revise(created), created.revision, now);
  expect(await Promise.all([update(one), update(other)])).toEqual([true, true]);

  const pause = barrier();
  const held = plainStore(sessions);
  const slow = expressStore({
    ...held,
    set: (sid, session, callback) => pause.arrive().then(() => held.set(sid, session, callback)),
  });
  const again = record();
  await one.create(again, now);
  const updating = slow.update(revise(again), again.revision, now);
  await pause.arrived();
  expect(await other.delete(again.id)).toBe(true);
  pause.release();
  expect(await updating).toBe(true);
  expect(await other.read(again.id, now)).toBeDefined();
});
