import type { Commands, Primary } from "./commands.ts";
import { listOf, textOf } from "./commands.ts";

/**
 * By shape, never by class: of a package there can be several copies, and importing one to compare with would make it a
 * dependency. These are the parts that tell them apart; the rest is taken on trust.
 */
type Method = (...args: never[]) => unknown;

/** A client, pool, Cluster or Sentinel of `redis` (node-redis). */
export interface NodeRedisLike {
  readonly sendCommand: Method;
  readonly isOpen: boolean;
}

/** A `Redis` or `Cluster` of `ioredis` or `iovalkey`, by Sentinel or not. */
export interface IoredisLike {
  readonly call: Method;
  readonly status: string;
}

/** A `GlideClient` or `GlideClusterClient` of `@valkey/valkey-glide`. */
export interface GlideLike {
  readonly customCommand: Method;
}

export type RedisClientLike = NodeRedisLike | IoredisLike | GlideLike;

type Args = readonly string[];

/** What is used of a client, or pool of clients, of node-redis. */
export interface NodeRedis {
  sendCommand(args: Args): Promise<unknown>;
}

interface NodeRedisSentinel {
  sendCommand(readonly: boolean, args: Args): Promise<unknown>;
}

interface NodeRedisCluster {
  readonly masters: readonly { readonly address: string }[];
  sendCommand(key: string, readonly: boolean, args: Args): Promise<unknown>;
  nodeClient(node: { readonly address: string }): Promise<NodeRedis>;
}

interface Ioredis {
  readonly options: { readonly keyPrefix?: string };
  call(...command: Args): Promise<unknown>;
}

interface IoredisCluster extends Ioredis {
  nodes(role: "master"): (Ioredis & { readonly options: { readonly host?: string; readonly port?: number } })[];
}

interface GlideCluster {
  customCommand(args: Args, options?: { route: unknown }): Promise<unknown>;
}

/** How to talk to a client; undefined for what is none that is known here. */
export function commandsOf(target: object): Commands | undefined {
  const has = (method: string): boolean => typeof Reflect.get(target, method) === "function";

  if (has("customCommand")) {
    return has("invokeScriptWithRoute") ? glideCluster(target as GlideCluster) : glide(target as GlideCluster);
  }
  if (has("call") && Reflect.has(target, "status")) {
    return has("nodes") ? ioredisCluster(target as IoredisCluster) : ioredis(target as Ioredis);
  }
  if (!has("sendCommand") || !Reflect.has(target, "isOpen")) return undefined;
  if (has("nodeClient")) return nodeRedisCluster(target as NodeRedisCluster);
  return has("acquire") ? nodeRedisSentinel(target as NodeRedisSentinel) : nodeRedis(target as NodeRedis);
}

export function nodeRedis(client: NodeRedis): Commands {
  return single((args) => client.sendCommand(args));
}

function nodeRedisSentinel(client: NodeRedisSentinel): Commands {
  return single((args, readonly) => client.sendCommand(readonly, args));
}

function nodeRedisCluster(cluster: NodeRedisCluster): Commands {
  return {
    keyPrefix: "",
    send: (key, readonly, args) => cluster.sendCommand(key, readonly, args),
    async primaries() {
      return cluster.masters.map((master) => ({
        name: master.address,
        send: async (args) => (await cluster.nodeClient(master)).sendCommand(args),
      }));
    },
  };
}

function ioredis(client: Ioredis): Commands {
  return { ...single((args) => client.call(...args)), keyPrefix: client.options?.keyPrefix ?? "" };
}

function ioredisCluster(cluster: IoredisCluster): Commands {
  return {
    ...ioredis(cluster),
    async primaries() {
      return cluster.nodes("master").map((node) => ({
        name: `${node.options.host}:${node.options.port}`,
        send: (args) => node.call(...args),
      }));
    },
  };
}

function glide(client: GlideCluster): Commands {
  return single((args) => client.customCommand(args));
}

function glideCluster(cluster: GlideCluster): Commands {
  return {
    ...glide(cluster),
    async primaries() {
      const slots = await cluster.customCommand(["CLUSTER", "SLOTS"], { route: "randomNode" });
      const primaries = new Map<string, Primary>();
      for (const range of listOf(slots)) {
        const [host, port] = listOf(listOf(range)[2]);
        const route = { type: "routeByAddress", host: textOf(host), port: Number(port) };
        const name = `${route.host}:${route.port}`;
        primaries.set(name, { name, send: (args) => cluster.customCommand(args, { route }) });
      }
      return [...primaries.values()];
    },
  };
}

/** One server; or several that the client knows how to choose from. */
function single(send: (args: Args, readonly: boolean) => Promise<unknown>): Commands {
  return {
    keyPrefix: "",
    send: (_, readonly, args) => send(args, readonly),
    primaries: async () => [{ name: "", send: (args) => send(args, false) }],
  };
}
