import { once } from "node:events";
import { connect, createServer } from "node:net";
import type { AddressInfo } from "node:net";
import { beforeAll, describe, expect, test, vi } from "vitest";
import { StoreUnavailable } from "../../src/core/errors.ts";
import { redis } from "../../src/engines/redis.ts";
import { START } from "../../src/testing.ts";
import { clustered } from "../engines/redis/clients.ts";
import { ownPrefix, programs, redisUrl, startCluster, startRedis, tell } from "../engines/redis/server.ts";
import { later, silentOnce } from "./silent-proxy.ts";
import { HOUR, recordOf, recovered } from "./load.ts";
import { errorOf } from "./support.ts";

describe("a URL", { timeout: 30_000 }, () => {
  const urlWith = (change: (url: URL) => void): string => {
    const url = new URL(redisUrl ?? "redis://127.0.0.1");
    change(url);
    return url.href;
  };

  test.skipIf(redisUrl === undefined).each<[string, (url: URL) => void, RegExp]>([
    ["to where nobody listens", (url) => (url.port = "1"), /at 127\.0\.0\.1:1: connect ECONNREFUSED/],
    [
      "with a user that is not there",
      (url) => Object.assign(url, { username: "ann", password: "pa55" }),
      /let this user in/,
    ],
    ["with a number that is too high", (url) => (url.pathname = "/99999"), /no database of that number/],
  ])("%s is an outage that says why, and no password", async (_, change, message) => {
    const store = redis(urlWith(change));
    const error = await errorOf(store.read("a", START));
    expect(error).toBeInstanceOf(StoreUnavailable);
    expect((error as Error).message).toMatch(message);
    expect((error as Error).message).not.toContain("pa55");
    expect((error as Error).cause).toBeInstanceOf(Error);
  });

  test.skipIf(redisUrl === undefined)("whose password becomes right is used from then on", async () => {
    const user = `user_${ownPrefix().slice(0, -1)}`;
    const port = Number(new URL(redisUrl ?? "").port);
    await using store = redis(urlWith((url) => Object.assign(url, { username: user, password: "pa55" })));
    await expect(store.read("a", START)).rejects.toThrow(/user and password/);
    await tell(port, "ACL", "SETUSER", user, "on", ">pa55", "~*", "+@all", "-eval", "-evalsha");
    expect(await store.read("a", START)).toBeUndefined();
    // It may not do everything; what it may goes on.
    await expect(store.touch("a", "r", START, START)).rejects.toThrow(/lacks a permission/);
    expect(await store.read("a", START)).toBeUndefined();
    await tell(port, "ACL", "DELUSER", user);
  });

  test.skipIf(redisUrl === undefined).each([
    ["a command", "EVALSHA"],
    ["the greeting", "CLIENT"],
  ])("when the network swallows %s, once, is an outage in time, and is used afterwards", async (_, swallowed) => {
    const proxy = await silentOnce(redisUrl ?? "", swallowed);
    const store = redis(proxy.url, { prefix: ownPrefix() });
    const first = errorOf(store.touch("a", "r", START, START));
    await vi.waitUntil(() => proxy.fellSilent(), { timeout: 10_000 });
    // As requests do it, which do not wait for an answer that does not come, and which keep the connection busy.
    const works = async () => (await errorOf(store.touch("a", "r", START, START))) === undefined;
    await vi.waitUntil(() => Promise.race([works(), later(200)]), { timeout: 15_000, interval: 50 });
    const error = await first;
    expect(error).toBeInstanceOf(StoreUnavailable);
    expect(String(error)).toMatch(/it gave no answer in \d+ ms/);
    await store[Symbol.asyncDispose]();
    await proxy.close();
  });

  test.skipIf(redisUrl === undefined)(
    "that nobody used has nothing to close, and a disposed store says so",
    async () => {
      const store = redis(redisUrl, { prefix: ownPrefix() });
      await store[Symbol.asyncDispose]();
      await store[Symbol.asyncDispose]();
      await expect(store.read("a", START)).rejects.toThrow(/disposed of/);
    },
  );
});

test.skipIf(programs === undefined)(
  "a name that leads to a new primary is followed, though the old one, a replica now, keeps the connection",
  async () => {
    const [before, after] = [await startRedis(), await startRedis()];
    let port = before.port;
    const name = createServer((client) => {
      const server = connect(port, "127.0.0.1");
      for (const socket of [client, server]) socket.on("error", () => socket.destroy());
      client.pipe(server).pipe(client);
    });
    name.listen(0, "127.0.0.1");
    await once(name, "listening");
    const store = redis(`redis://127.0.0.1:${(name.address() as AddressInfo).port}`);
    expect(await store.create(recordOf("a"), START)).toBe(true);
    await tell(before.port, "REPLICAOF", "127.0.0.1", String(after.port));
    port = after.port;
    expect(await store.create(recordOf("b"), START)).toBe(true);
    expect(await tell(after.port, "EXISTS", "coatcheck:b")).toBe(1);
    await store[Symbol.asyncDispose]();
    name.close();
  },
);

describe("a key of ours with something else in it", () => {
  test.skipIf(redisUrl === undefined).each([
    ["a list", ["RPUSH", "x"]],
    ["another text", ["SET", "garbage"]],
    ["a record cut off", ["SET", "cc1 0000000000000001 0000000000000001"]],
  ])("(%s) is named, and neither opened nor overwritten", async (_, [verb = "", value = ""]) => {
    const prefix = ownPrefix();
    await using store = redis(redisUrl, { prefix });
    const port = Number(new URL(redisUrl ?? "").port);
    await tell(port, verb, `${prefix}a`, value);
    const record = recordOf("a");
    const attempts = [
      () => store.read("a", START),
      () => store.read("a", START, { fresh: true }),
      () => store.update(record, "r1", START),
      () => store.touch("a", "r1", START + HOUR, START),
    ];
    for (const attempt of attempts) {
      await expect(attempt()).rejects.toThrow(/something that is no record of ours\..*prefix/);
    }
    expect(await store.create(record, START)).toBe(false);
    expect(await tell(port, "TYPE", `${prefix}a`)).toBe(verb === "SET" ? "string" : "list");
    await tell(port, "DEL", `${prefix}a`);
  });
});

describe("a Cluster", { timeout: 60_000 }, () => {
  let ports: number[];
  beforeAll(async () => {
    if (programs !== undefined) ports = await startCluster();
  });

  test.skipIf(programs === undefined)("talked to as if it were one server says what to do", async () => {
    await using store = redis(`redis://127.0.0.1:${ports[0]}`);
    const ids = ["a", "b", "c", "d", "e", "f"];
    const errors = await Promise.all(ids.map((id) => errorOf(store.read(id, START))));
    expect(errors).toContainEqual(expect.any(StoreUnavailable));
    for (const error of errors.filter((each) => each !== undefined)) {
      expect((error as Error).message).toMatch(/Give redis\(\) a Cluster/);
    }
  });

  test.skipIf(programs === undefined).each(["node-redis", "ioredis", "iovalkey", "valkey-glide"])(
    "moving a slot to another node interrupts nobody (%s)",
    async (name) => {
      const pair = await clustered(ports)[name]?.();
      if (pair === undefined) throw new Error(`No client ${name}`);
      const prefix = ownPrefix();
      const store = redis(pair[0], { prefix });
      const key = name === "ioredis" ? `app:${prefix}a` : `${prefix}a`;
      const slot = String(await tell(ports[0] ?? 0, "CLUSTER", "KEYSLOT", key));
      const nodes = await Promise.all(
        ports.map(async (port) => ({ port, id: String(await tell(port, "CLUSTER", "MYID")) })),
      );
      await store.create({ ...recordOf("a"), userId: "ada" }, START);
      const holds = await Promise.all(
        nodes.map(async ({ port }) => Number(await tell(port, "CLUSTER", "COUNTKEYSINSLOT", slot)) > 0),
      );
      const from = nodes[holds.indexOf(true)];
      const to = nodes[holds.indexOf(false)];
      if (from === undefined || to === undefined) throw new Error("No node has the record");

      await tell(to.port, "CLUSTER", "SETSLOT", slot, "IMPORTING", from.id);
      await tell(from.port, "CLUSTER", "SETSLOT", slot, "MIGRATING", to.id);
      await tell(from.port, "MIGRATE", "127.0.0.1", String(to.port), key, "0", "1000");
      // On its way: the old node answers ASK.
      expect(await store.update({ ...recordOf("a"), userId: "ada", revision: "r2" }, "r1", START)).toBe(true);
      expect(await store.read("a", START)).toMatchObject({ revision: "r2" });
      for (const { port } of nodes) await tell(port, "CLUSTER", "SETSLOT", slot, "NODE", to.id);
      // There: the old node answers MOVED.
      expect(await store.touch("a", "r2", START + 2 * HOUR, START)).toBe(true);
      await recovered(store);
      expect(await store.listByUser("ada", START)).toMatchObject([{ id: "a", expiresAt: START + 2 * HOUR }]);
      expect(await store.deleteByUser("ada")).toBe(1);
    },
  );
});
