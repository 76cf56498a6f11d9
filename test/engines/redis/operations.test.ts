import { beforeAll, describe, expect, test } from "vitest";
import type { SessionRecord } from "../../../src/core/store.ts";
import { redis } from "../../../src/engines/redis.ts";
import type { RedisStore } from "../../../src/engines/redis.ts";
import { START } from "../../../src/testing.ts";
import { programs, startRedis, tell } from "./server.ts";

const HOUR = 3_600_000;

describe("what the server is asked for each verb", () => {
  let store: RedisStore;
  let port: number;

  beforeAll(async () => {
    if (programs === undefined) return;
    const server = await startRedis("--slowlog-log-slower-than", "0");
    port = server.port;
    store = redis(server.url, { client: { name: "tested" } });
    // Connected, and all scripts known: the first of each costs once more.
    await store.create(recordOf("warm", "ada"), START);
    await store.update(recordOf("warm", "ada", { revision: "r2" }), "r1", START);
    await store.touch("warm", "r2", START + HOUR + 1, START);
    await store.read("warm", START, { fresh: true });
    await store.deleteByUser("ada");
    return () => store[Symbol.asyncDispose]();
  });

  /** The server's own list of what the store's connection sent, without what ran inside scripts. */
  async function asked(work: () => Promise<unknown>): Promise<string[]> {
    await tell(port, "SLOWLOG", "RESET");
    await work();
    const log = (await tell(port, "SLOWLOG", "GET", "128")) as [unknown, unknown, unknown, string[], unknown, string][];
    const ours = log.filter(([, , , , , client]) => client === "tested");
    return ours.map(([, , , [command = ""]]) => command.toLowerCase()).toReversed();
  }

  test.skipIf(programs === undefined)("is one command, for a session of nobody", async () => {
    expect(await asked(() => store.create(recordOf("a"), START))).toEqual(["set"]);
    expect(await asked(() => store.read("a", START))).toEqual(["get"]);
    expect(await asked(() => store.read("a", START, { fresh: true }))).toEqual(["evalsha"]);
    expect(await asked(() => store.update(recordOf("a", undefined, { revision: "r2" }), "r1", START))).toEqual([
      "evalsha",
    ]);
    expect(await asked(() => store.touch("a", "r2", START + 9 * HOUR, START))).toEqual(["evalsha"]);
    expect(await asked(() => store.delete("a"))).toEqual(["getdel"]);
    expect(await asked(() => store.delete("a"))).toEqual(["getdel"]);
  });

  test.skipIf(programs === undefined)(
    "is one command for a session that has its user already, too, and more only to begin and to end",
    async () => {
      await store.create(recordOf("a"), START);
      // Refused with the user's name, the index, and again.
      const signedIn = recordOf("a", "ada", { revision: "r2" });
      expect(await asked(() => store.update(signedIn, "r1", START))).toEqual(["evalsha", "evalsha", "evalsha"]);
      expect(await asked(() => store.read("a", START))).toEqual(["get"]);
      expect(await asked(() => store.update({ ...signedIn, revision: "r3" }, "r2", START))).toEqual(["evalsha"]);
      expect(await asked(() => store.touch("a", "r3", START + HOUR + 1, START))).toEqual(["evalsha"]);
      expect(await asked(() => store.update({ ...signedIn, revision: "r4" }, "never", START))).toEqual(["evalsha"]);
      expect(await asked(() => store.delete("a"))).toEqual(["getdel", "zrem"]);
    },
  );

  test.skipIf(programs === undefined)(
    "is one command for nine of ten renewals and more, whosever session it is",
    async () => {
      await store.create(recordOf("b", "ada"), START);
      let commands = 0;
      const renewals = 100;
      for (let n = 1; n <= renewals; n += 1) {
        const now = START + (n * HOUR) / 10;
        commands += (await asked(() => store.touch("b", "r1", now + HOUR, now))).length;
        expect(await store.listByUser("ada", now)).toHaveLength(1);
      }
      // Each time the entry in the index runs out: refused, a new entry, again, the old entry away.
      expect(commands).toBeLessThan(renewals + 3 * (renewals / 9));
      expect(await tell(port, "ZCARD", "coatcheck:user:ada")).toBe(1);
      // A sign-in drops entries that have run out; this one has not.
      const now = START + renewals * (HOUR / 10);
      await store.create({ ...recordOf("c", "ada"), expiresAt: now + HOUR }, now);
      expect(await store.listByUser("ada", now)).toHaveLength(2);
    },
  );
});

function recordOf(id: string, userId?: string, fields: Partial<SessionRecord> = {}): SessionRecord {
  const times = { createdAt: START, renewedAt: START, expiresAt: START + HOUR };
  return { id, secretHash: "h".repeat(43), payload: "{}", revision: "r1", ...times, userId, ...fields };
}
