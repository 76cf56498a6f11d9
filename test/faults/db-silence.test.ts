import { once } from "node:events";
import { connect, createServer } from "node:net";
import type { AddressInfo, Socket } from "node:net";
import { describe, expect, test, vi } from "vitest";
import { StoreUnavailable } from "../../src/core/errors.ts";
import { db } from "../../src/engines/db.ts";
import { START } from "../../src/testing.ts";
import { mariadbUrl, ownName, postgresUrl } from "../engines/db/server.ts";

const servers = { PostgreSQL: postgresUrl, MariaDB: mariadbUrl };

describe.each<[keyof typeof servers, string, string]>([
  ["MariaDB", "the statement that opens", "@@character_set_connection"],
  ["MariaDB", "a statement of the migration", "create table"],
  ["PostgreSQL", "a statement of the migration", "current_schema"],
])("%s, when the network swallows %s, once", { timeout: 60_000 }, (name, _, swallowed) => {
  test.skipIf(servers[name] === undefined)("is an outage for a while, and is used afterwards", async () => {
    const proxy = await silentOnce(servers[name] ?? "", swallowed);
    const store = db(proxy.url, { table: ownName(), migrate: true });
    const first = store.read("a", START).catch((error: unknown) => error);
    await vi.waitUntil(() => proxy.fellSilent(), { timeout: 10_000 });
    // As requests do it, which do not wait for an answer that does not come.
    await vi.waitUntil(() => Promise.race([works(store), later(200)]), { timeout: 15_000, interval: 50 });

    expect(await store.read("a", START)).toBeUndefined();
    await proxy.endSilent();
    // Told of an outage, or, if another statement was the one swallowed, served.
    expect([undefined, StoreUnavailable]).toContain(((await first) as Error | undefined)?.constructor);
    await store.migrate({ direction: "down" });
    await store[Symbol.asyncDispose]();
    await proxy.close();
  });
});

async function works(store: ReturnType<typeof db>): Promise<boolean> {
  try {
    await store.read("a", START);
    return true;
  } catch {
    return false;
  }
}

/** Only for waiting out a network that says nothing: what is tested is that a bound in real time ends it. */
async function later(milliseconds: number): Promise<false> {
  await new Promise((resolve) => setTimeout(resolve, milliseconds));
  return false;
}

/** Between a client and its server: says nothing any more on the first connection that sends such text, either way. */
async function silentOnce(target: string, text: string) {
  const url = new URL(target);
  const { hostname, port } = url;
  let silent: Socket | undefined;
  const sockets = new Set<Socket>();
  const proxy = createServer((client) => {
    const server = connect(Number(port), hostname);
    for (const socket of [client, server]) {
      sockets.add(socket);
      socket.on("error", () => socket.destroy());
    }
    client.on("data", (data) => {
      if (silent === undefined && data.includes(text)) silent = client;
      if (silent !== client) server.write(data);
    });
    server.on("data", (data) => {
      if (silent !== client) client.write(data);
    });
    client.on("close", () => server.destroy());
    server.on("close", () => client.destroy());
  });
  proxy.listen(0, "127.0.0.1");
  await once(proxy, "listening");
  url.hostname = "127.0.0.1";
  url.port = String((proxy.address() as AddressInfo).port);
  return {
    url: url.href,
    fellSilent: () => silent !== undefined,
    async endSilent() {
      if (silent === undefined || silent.closed) return;
      const closed = once(silent, "close");
      silent.destroy();
      await closed;
    },
    async close() {
      for (const socket of sockets) socket.destroy();
      const closed = once(proxy, "close");
      proxy.close();
      await closed;
    },
  };
}
