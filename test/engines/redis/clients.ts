import { GlideClient, GlideClusterClient, Logger } from "@valkey/valkey-glide";
import { Cluster, Redis } from "ioredis";
import { Cluster as ValkeyCluster, Redis as Valkey } from "iovalkey";
import { createClient, createClientPool, createCluster, createSentinel } from "redis";
import { afterAll } from "vitest";
import type { RedisTarget } from "../../../src/engines/redis.ts";
import type { Sentinel } from "./server.ts";

/**
 * Clients as applications have them, connected; closed at the end of the file. The second of a pair is the same kind of
 * client, of no use any more.
 */
export type Pair = readonly [client: RedisTarget, broken: RedisTarget];
type Pairs = Record<string, () => Promise<Pair>>;

// GLIDE prints every error reply, and NOSCRIPT is one that is meant to come.
Logger.init("off");

/** In milliseconds. GLIDE's own patience is a quarter of a second, which a busy machine uses up. */
const requestTimeout = 10_000;

interface Kept<T> {
  readonly client: T;
  readonly close: () => unknown;
}

async function pair<T extends RedisTarget>(make: () => Promise<Kept<T>>): Promise<Pair> {
  const [kept, broken] = await Promise.all([make(), make()]);
  await broken.close();
  afterAll(async () => {
    await kept.close();
  });
  return [kept.client, broken.client];
}

export function standalone(url: string): Pairs {
  const { hostname: host, port: text } = new URL(url);
  const port = Number(text || 6379);
  return {
    "node-redis": () =>
      pair(async () => {
        const client = createClient({ url });
        await client.connect();
        return { client, close: () => client.destroy() };
      }),
    "node-redis, pool": () =>
      pair(async () => {
        const client = createClientPool({ url });
        await client.connect();
        return { client, close: () => client.destroy() };
      }),
    ioredis: () => pair(async () => keptIoredis(new Redis(url, { keyPrefix: "app:" }))),
    iovalkey: () => pair(async () => keptIoredis(new Valkey(url))),
    "valkey-glide": () =>
      pair(async () => {
        const client = await GlideClient.createClient({ addresses: [{ host, port }], requestTimeout });
        return { client, close: () => client.close() };
      }),
  };
}

export function clustered(ports: readonly number[]): Pairs {
  const addresses = ports.map((port) => ({ host: "127.0.0.1", port }));
  return {
    "node-redis": () =>
      pair(async () => {
        const client = createCluster({ rootNodes: ports.map((port) => ({ url: `redis://127.0.0.1:${port}` })) });
        await client.connect();
        return { client, close: () => client.destroy() };
      }),
    ioredis: () => pair(async () => keptIoredis(new Cluster(addresses, { keyPrefix: "app:" }))),
    iovalkey: () => pair(async () => keptIoredis(new ValkeyCluster(addresses))),
    "valkey-glide": () =>
      pair(async () => {
        const client = await GlideClusterClient.createClient({ addresses, requestTimeout });
        return { client, close: () => client.close() };
      }),
  };
}

export function bySentinel({ name, port }: Sentinel): Pairs {
  const sentinels = [{ host: "127.0.0.1", port }];
  return {
    "node-redis": () =>
      pair(async () => {
        const client = createSentinel({ name, sentinelRootNodes: sentinels, scanInterval: 500 });
        client.on("error", () => {});
        await client.connect();
        return { client, close: () => client.destroy() };
      }),
    ioredis: () => pair(async () => keptIoredis(new Redis({ sentinels, name }))),
    iovalkey: () => pair(async () => keptIoredis(new Valkey({ sentinels, name }))),
  };
}

/** Without a listener these two print what they lost. */
interface AnyIoredis {
  on(event: "error", listener: () => void): unknown;
  disconnect(): void;
}

function keptIoredis<T extends Redis | Cluster | Valkey | ValkeyCluster>(client: T): Kept<T> {
  const any: AnyIoredis = client;
  any.on("error", () => {});
  return { client, close: () => any.disconnect() };
}
