import { randomBytes } from "node:crypto";
import { beforeAll, afterEach, describe, expect, test } from "vitest";
import { StoreUnavailable } from "../../src/core/errors.ts";
import { redis } from "../../src/engines/redis.ts";
import type { RedisStore } from "../../src/engines/redis.ts";
import { START } from "../../src/testing.ts";
import { programs, startRedis, tell, until } from "../engines/redis/server.ts";
import { HOUR, PATIENCE, recordOf, recovered, startLoad } from "./load.ts";
import { answered, errorOf, request, scene, tokenOf } from "./support.ts";

describe("a Redis server with nobody to wait for but a request", { timeout: 60_000 }, () => {
  let server: Awaited<ReturnType<typeof startRedis>>;
  let store: RedisStore;
  const ask = (...command: string[]): Promise<unknown> => tell(server.port, ...command);

  beforeAll(async () => {
    if (programs === undefined) return;
    server = await startRedis("--enable-debug-command", "local");
    store = redis(server.url);
    return () => store[Symbol.asyncDispose]();
  });
  afterEach(async () => {
    if (programs === undefined) return;
    await ask("CONFIG", "SET", "maxmemory", "0");
    await ask("REPLICAOF", "NO", "ONE");
    await ask("FLUSHALL");
  });

  test.skipIf(programs === undefined)(
    "that forgot all scripts between two calls is taught them again, and nothing is lost",
    async () => {
      const here = scene(store);
      const { token } = await here.begin({ n: 0 });
      for (let n = 1; n <= 3; n += 1) {
        await ask("SCRIPT", "FLUSH");
        const session = await here.sessions.open(token);
        session.update("n", (count = 0) => count + 1);
        await session.save();
        expect(await here.peek(token)).toEqual({ n });
      }
      await ask("SCRIPT", "FLUSH");
      expect(await store.deleteByUser("nobody")).toBe(0);
    },
  );

  test.skipIf(programs === undefined)(
    "killed under load and started again empty: every answer in time, success or outage, and it heals",
    async () => {
      const here = scene(store);
      const { token } = await here.begin();
      const load = startLoad(store, 8);
      await load.until(200);
      await server.crash();
      await load.untilFailed(8);

      // An outage is not a logout: no answer about the session, and no change of the cookie.
      expect(await errorOf(request(here.sessions, token))).toBeInstanceOf(StoreUnavailable);

      await server.restart();
      await recovered(store);
      await load.until(200);
      await load.stop();
      expect(load.slowest()).toBeLessThan(PATIENCE);
      for (const error of load.errors) expect(error).toBeInstanceOf(StoreUnavailable);

      // Without persistence everybody is signed out, and begins anew.
      const session = await here.sessions.open(token);
      expect(session.isNew).toBe(true);
      session.set("n", 1);
      await session.save();
      expect(await here.peek(tokenOf(here.sessions, session))).toEqual({ n: 1 });
    },
  );

  test.skipIf(programs === undefined)(
    "out of memory refuses writes and says so, goes on reading, and has lost nothing",
    async () => {
      const here = scene(store);
      const { token, id } = await here.begin({ n: 1 });
      const before = await store.read(id, START);
      await store.create({ ...recordOf("b"), userId: "ada" }, START);
      await store.create({ ...recordOf("c"), userId: "ada" }, START);
      await ask("SCRIPT", "FLUSH");
      await ask("CONFIG", "SET", "maxmemory-policy", "noeviction");
      await ask("CONFIG", "SET", "maxmemory", "1");

      const { unit, session } = await request(here.sessions, token);
      expect(session.get("n")).toBe(1);
      session.set("n", 2);
      const error = await errorOf(unit.commit(answered));
      expect(error).toBeInstanceOf(StoreUnavailable);
      expect((error as Error).message).toMatch(/out of memory.*maxmemory/);
      await expect(store.create(recordOf("a"), START)).rejects.toThrow(/out of memory/);
      await expect(store.touch(id, before?.revision ?? "", START + 2 * HOUR * 1000, START)).rejects.toThrow(
        /out of memory/,
      );
      expect(await store.read(id, START)).toEqual(before);
      expect(await store.read(id, START, { fresh: true })).toEqual(before);
      expect(await store.delete("b")).toBe(true);
      expect(await store.deleteByUser("ada")).toBe(1);

      await ask("CONFIG", "SET", "maxmemory", "0");
      expect(await here.peek(token)).toEqual({ n: 1 });
    },
  );

  test.skipIf(programs === undefined)(
    "that evicts has ended the session: nothing brings it back, and the visitor begins anew",
    async () => {
      const here = scene(store);
      const { token, id } = await here.begin({ n: 1 });
      const { unit, session } = await request(here.sessions, token);
      session.set("n", 2);
      await ask("CONFIG", "SET", "maxmemory-policy", "allkeys-lru");
      await ask("CONFIG", "SET", "maxmemory", "1");
      await until(async () => (await ask("DBSIZE")) === 0);
      await ask("CONFIG", "SET", "maxmemory", "0");

      expect(await errorOf(unit.commit(answered))).toMatchObject({ code: "SESSION_INTERRUPTED" });
      expect(await store.read(id, START)).toBeUndefined();
      expect(await ask("DBSIZE")).toBe(0);
      expect((await here.sessions.open(token)).isNew).toBe(true);
    },
  );

  test.skipIf(programs === undefined)(
    "made a replica refuses writes and says so; made a primary again, it takes them",
    async () => {
      const here = scene(store);
      const { token, id } = await here.begin({ n: 1 });
      const record = await store.read(id, START);
      if (record === undefined) throw new Error("There is no record");
      await ask("REPLICAOF", "127.0.0.1", "1");
      const refused = [
        store.create(recordOf("a"), START),
        store.update({ ...record, revision: "new" }, record.revision, START),
        store.touch(id, record.revision, record.expiresAt + 1, START),
        store.delete(id),
      ];
      for (const error of await Promise.all(refused.map(errorOf))) {
        expect(error).toBeInstanceOf(StoreUnavailable);
        expect((error as Error).message).toMatch(/read-only replica.*connect to the primary/);
      }
      expect(await here.peek(token)).toEqual({ n: 1 });
      await ask("REPLICAOF", "NO", "ONE");
      expect(await store.delete(id)).toBe(true);
    },
  );

  test.skipIf(programs === undefined)("changing over for less than a second is waited for", async () => {
    await ask("REPLICAOF", "127.0.0.1", "1");
    const creating = store.create(recordOf("a"), START);
    await until(async () => /rejected_calls=[1-9]/.test(String(await ask("INFO", "commandstats"))));
    await ask("REPLICAOF", "NO", "ONE");
    expect(await creating).toBe(true);
  });

  test.skipIf(programs === undefined)("loading its data is waited for, and when that takes long, named", async () => {
    const payload = randomBytes(50_000).toString("hex");
    for (let n = 0; n < 20; n += 1) await store.create({ ...recordOf(`r${n}`), payload }, START);
    await ask("CONFIG", "SET", "loading-process-events-interval-bytes", "1024");
    await ask("CONFIG", "SET", "key-load-delay", "200000");
    const reloading = ask("DEBUG", "RELOAD");
    await until(async () => String(await ask("INFO", "persistence")).includes("loading:1"));
    expect(await errorOf(store.read("r1", START))).toMatchObject({
      code: "STORE_UNAVAILABLE",
      message: expect.stringMatching(/loading its data.*trying again later/) as string,
    });
    const reading = store.read("r1", START);
    await ask("CONFIG", "SET", "key-load-delay", "0");
    await reloading;
    expect(await reading).toEqual({ ...recordOf("r1"), payload });
  });
});
