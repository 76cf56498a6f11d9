import { chmodSync, writeFileSync } from "node:fs";
import { createServer, type AddressInfo } from "node:net";
import { createClient } from "redis";
import { afterAll, vi } from "vitest";
import { findPrograms } from "../../../scripts/services/find.ts";
import { startServer, type Running } from "../../../scripts/services/server.ts";
import type { Instance, Server } from "../../../scripts/services/service.ts";
import { services } from "../../../scripts/services/services.ts";

export const redisUrl = process.env["COATCHECK_TEST_REDIS_URL"];

const service = services.find(({ name }) => name === "Redis");
/** For servers of a test's own. */
export const programs = service && findPrograms(service);

let count = 0;

/** A prefix nobody else uses: other files, and other processes, are at work on the same server. */
export function ownPrefix(): string {
  count += 1;
  return `t_${process.pid}_${Date.now().toString(36)}_${Math.random().toString(36).slice(2, 8)}_${count}:`;
}

/** One server of the file's own, stopped at its end. */
export async function startRedis(
  ...args: string[]
): Promise<Running & { readonly port: number; readonly url: string }> {
  const running = await start((instance, command) => [...command(instance), ...args]);
  const { port } = running.instance;
  return { ...running, port, url: `redis://127.0.0.1:${port}` };
}

/** Sends one command to one server, past every client that is tested. */
export async function tell(port: number, ...command: string[]): Promise<unknown> {
  const client = createClient({ url: `redis://127.0.0.1:${port}`, socket: { reconnectStrategy: false } });
  client.on("error", () => {});
  await client.connect();
  try {
    return await client.sendCommand(command);
  } finally {
    await client.close();
  }
}

/** Three primaries with a third of the slots each; their ports. */
export async function startCluster(): Promise<number[]> {
  const nodes = await Promise.all(
    [0, 1, 2].map(async () => {
      const bus = await freePort();
      // The usual place of the bus, ten thousand ports further, may be taken or past the last.
      const running = await start((instance, command) => [
        ...command(instance),
        "--cluster-enabled",
        "yes",
        "--cluster-port",
        String(bus),
        "--cluster-node-timeout",
        "2000",
      ]);
      return { port: running.instance.port, bus };
    }),
  );
  const slots = [0, 5461, 10_923, 16_384];
  for (const [index, { port }] of nodes.entries()) {
    await tell(port, "CLUSTER", "ADDSLOTSRANGE", String(slots[index]), String(Number(slots[index + 1]) - 1));
    for (const { port: other, bus } of nodes.slice(0, index)) {
      await tell(port, "CLUSTER", "MEET", "127.0.0.1", String(other), String(bus));
    }
  }
  const ports = nodes.map(({ port }) => port);
  // The nodes tell one another by gossip.
  await until(async () => {
    const states = await Promise.all(ports.map(async (port) => String(await tell(port, "CLUSTER", "INFO"))));
    return states.every((state) => state.includes("cluster_state:ok") && state.includes("cluster_known_nodes:3"));
  });
  return ports;
}

export interface Sentinel {
  readonly name: string;
  readonly port: number;
  readonly primary: Running;
  readonly replica: Running;
}

/** A primary, a replica, and one Sentinel that decides alone. */
export async function startSentinel(): Promise<Sentinel> {
  const primary = await start((instance, command) => command(instance));
  const { port } = primary.instance;
  const replica = await start((instance, command) => [
    ...command(instance),
    "--replicaof",
    "127.0.0.1",
    String(port),
    "--repl-diskless-sync-delay",
    "0",
  ]);
  const name = "sessions";
  const sentinel = await start((instance) => sentinelCommand(instance, name, port), /Sentinel ID is/);
  const sentinelPort = sentinel.instance.port;
  await until(async () => String(await tell(replica.instance.port, "INFO", "replication")).includes("link_status:up"));
  // It hears of the replica from the primary.
  await until(async () => ((await tell(sentinelPort, "SENTINEL", "REPLICAS", name)) as unknown[]).length === 1);
  return { name, port: sentinelPort, primary, replica };
}

function sentinelCommand({ programs: { redis = "" }, data, port }: Instance, name: string, primary: number): string[] {
  const file = `${data}/sentinel.conf`;
  const settings = [
    `sentinel monitor ${name} 127.0.0.1 ${primary} 1`,
    `sentinel down-after-milliseconds ${name} 500`,
    `sentinel failover-timeout ${name} 2000`,
  ];
  writeFileSync(file, `${settings.join("\n")}\n`);
  // Sentinel keeps what it learns in there, as another user than ours.
  chmodSync(file, 0o666);
  return [redis, file, "--sentinel", "--bind", "127.0.0.1", "--port", String(port), "--dir", data];
}

/** Waits for what servers do by themselves, such as electing or telling one another. */
export async function until(reached: () => Promise<boolean>): Promise<void> {
  await vi.waitUntil(() => reached().catch(() => false), { timeout: 30_000, interval: 20 });
}

async function start(
  command: (instance: Instance, usual: Server["command"]) => string[],
  ready?: RegExp,
): Promise<Running> {
  if (service?.server === undefined || programs === undefined) throw new Error("Redis is not installed here");
  const usual = service.server;
  const server = {
    ...usual,
    ...(ready && { ready }),
    command: (instance: Instance) => command(instance, usual.command),
  };
  const running = await startServer(server, programs, new AbortController().signal);
  afterAll(() => running.stop(), 30_000);
  return running;
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer();
    probe.once("error", reject);
    probe.listen(0, "127.0.0.1", () => {
      const { port } = probe.address() as AddressInfo;
      probe.close(() => resolve(port));
    });
  });
}
