import { createClient } from "redis";
import { afterAll, describe, expect, test } from "vitest";
import type { SessionRecord } from "../../../src/core/store.ts";
import { redis } from "../../../src/engines/redis.ts";
import type { RedisStore } from "../../../src/engines/redis.ts";
import { barrier, START } from "../../../src/testing.ts";
import { ownPrefix, redisUrl } from "./server.ts";

const HOUR = 3_600_000;

/** A connected client of the application's, by which a test stops single commands, and looks at keys. */
async function connected() {
  const client = createClient({ url: redisUrl ?? "" });
  await client.connect();
  afterAll(() => client.destroy());
  const prefix = ownPrefix();
  const members = (user: string): Promise<string[]> => client.zRange(`${prefix}user:${user}`, 0, -1);
  return { client, prefix, members, store: redis(client, { prefix }) };
}

/** The store on the same keys, whose nth command stops before it is sent. */
function stopping(client: Awaited<ReturnType<typeof connected>>["client"], prefix: string, nth: number) {
  const pause = barrier();
  let count = 0;
  const target = {
    isOpen: true,
    async sendCommand(args: readonly string[]) {
      count += 1;
      if (count === nth) await pause.arrive();
      return client.sendCommand(args);
    },
  };
  return { pause, store: redis(target, { prefix }) };
}

/** The store on the same keys, by a client that got no answer to its nth command, and so sent it once more. */
function sendingTwice(client: Awaited<ReturnType<typeof connected>>["client"], prefix: string, nth: number) {
  let count = 0;
  const target = {
    isOpen: true,
    async sendCommand(args: readonly string[]) {
      count += 1;
      if (count === nth) await client.sendCommand(args);
      return client.sendCommand(args);
    },
  };
  return redis(target, { prefix });
}

describe.skipIf(redisUrl === undefined)("the index of a user", () => {
  test.each<[string, (store: RedisStore) => Promise<number>]>([
    ["nothing", async () => 0],
    ["a look at all", (store) => store.listByUser("ada", START).then(() => 0)],
    ["revoking all", revokeAll],
    ["its end", async (store) => Number(await store.delete("a"))],
  ])("names a session whose sign-in is stopped at any command, beside %s, if it is there", async (_, meanwhile) => {
    for (let nth = 1; nth <= 7; nth += 1) {
      const { client, prefix, store, members } = await connected();
      await store.create(recordOf("a"), START);
      const slow = stopping(client, prefix, nth);
      const signingIn = slow.store.update(recordOf("a", "ada", "r2"), "r1", START);
      await Promise.race([slow.pause.arrived(), signingIn]);
      const removed = await meanwhile(store);
      slow.pause.release();
      // A session that is not the user's yet cannot be revoked as one, and signs in.
      expect((await signingIn) || removed > 0, `stopped at ${nth}`).toBe(true);
      const left = removed === 0 ? ["a"] : [];
      expect(
        (await store.listByUser("ada", START)).map(({ id }) => id),
        `stopped at ${nth}`,
      ).toEqual(left);
      expect(await store.deleteByUser("ada")).toBe(left.length);
      expect(await members("ada"), `stopped at ${nth}`).toEqual([]);
    }
  });

  test("names a session that left and came back while its leaving was stopped at any command", async () => {
    for (let nth = 1; nth <= 7; nth += 1) {
      const { client, prefix, store, members } = await connected();
      await store.create(recordOf("a", "ada"), START);
      const slow = stopping(client, prefix, nth);
      const leaving = slow.store.update(recordOf("a", "grace", "r2"), "r1", START);
      await Promise.race([slow.pause.arrived(), leaving]);
      const back = await store.update(recordOf("a", "ada", "r3"), "r2", START);
      slow.pause.release();
      await leaving;
      const [mine, other] = back ? ["ada", "grace"] : ["grace", "ada"];
      expect(await store.listByUser(mine, START), `stopped at ${nth}`).toHaveLength(1);
      expect(await store.listByUser(other, START), `stopped at ${nth}`).toHaveLength(0);
      // And of all that came and went nothing is left over.
      expect(await members(mine)).toHaveLength(1);
      expect(await members(other)).toHaveLength(0);
    }
  });

  test.each<[string, string | undefined, (store: RedisStore) => Promise<unknown>]>([
    ["beginning", "nobody's", (store) => store.create(recordOf("b", "ada"), START)],
    ["sign-in", undefined, (store) => store.update(recordOf("b", "ada", "r2"), "r1", START)],
    ["renewal", "ada", (store) => store.touch("b", "r1", START + 3 * HOUR, START)],
  ])("names a session whose %s was sent again, as clients do that got no answer", async (_, user, work) => {
    for (let nth = 1; nth <= 4; nth += 1) {
      const { client, prefix, store } = await connected();
      if (user !== "nobody's") await store.create(recordOf("b", user), START);
      await work(sendingTwice(client, prefix, nth));
      const [listed] = await store.listByUser("ada", START);
      expect(listed, `sent ${nth} twice`).toMatchObject({ id: "b" });
      // For as long as the session lives.
      const [named] = await client.zRangeWithScores(`${prefix}user:ada`, -1, -1);
      expect(named?.score, `sent ${nth} twice`).toBeGreaterThanOrEqual(listed?.expiresAt ?? Infinity);
    }
  });

  test("is left with nothing of sessions that ended, or never began", async () => {
    const { store, members } = await connected();
    await store.create(recordOf("a", "ada"), START);
    expect(await store.create(recordOf("a", "ada"), START)).toBe(false);
    expect(await store.update(recordOf("a", "ada", "r2"), "r1", START)).toBe(true);
    expect(await members("ada")).toHaveLength(1);
    await store.delete("a");
    expect(await members("ada")).toEqual([]);
    for (const id of ["b", "c"]) await store.create(recordOf(id, "ada"), START);
    await store.deleteByUser("ada", "b");
    expect(await members("ada")).toHaveLength(1);
    await store.update(recordOf("b", undefined, "r2"), "r1", START);
    expect(await members("ada")).toEqual([]);
  });

  test("forgets those that ended by themselves, at the next sign-in, and goes with the last", async () => {
    const { client, prefix, store, members } = await connected();
    await store.create(recordOf("a", "ada"), START);
    await store.create({ ...recordOf("b", "ada"), expiresAt: START + 4 * HOUR }, START + 3 * HOUR);
    expect(await members("ada")).toHaveLength(1);
    const ttl = await client.pTTL(`${prefix}user:ada`);
    expect(ttl).toBeGreaterThan(HOUR);
    expect(ttl).toBeLessThanOrEqual(2 * HOUR + 60_000);
  });

  test("of a thousand sessions lists and revokes them all", async () => {
    const { store } = await connected();
    const ids = Array.from({ length: 1000 }, (_, n) => `s${n}`);
    await Promise.all(ids.map((id) => store.create(recordOf(id, "ada"), START)));
    expect(await store.listByUser("ada", START)).toHaveLength(1000);
    expect(await store.deleteByUser("ada", "s7")).toBe(999);
    expect((await store.listByUser("ada", START)).map(({ id }) => id)).toEqual(["s7"]);
  });
});

/** Takes what is the user's now, and nothing that the index names too early. */
async function revokeAll(store: RedisStore): Promise<number> {
  const signedIn = (await store.read("a", START))?.userId === "ada";
  const removed = await store.deleteByUser("ada");
  expect(removed).toBe(Number(signedIn));
  return removed;
}

function recordOf(id: string, userId?: string, revision = "r1"): SessionRecord {
  const times = { createdAt: START, renewedAt: START, expiresAt: START + HOUR };
  return { id, secretHash: "h".repeat(43), payload: "{}", revision, ...times, userId };
}
