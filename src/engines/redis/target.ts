import { InvalidOption } from "../../core/errors.ts";
import type { RedisClientLike } from "./clients.ts";
import { commandsOf } from "./clients.ts";
import type { Commands } from "./commands.ts";
import type { RedisOptions } from "./options.ts";
import { kindOf } from "./options.ts";
import { ownServer, serverUrl } from "./server.ts";

/**
 * Where `redis()` keeps its records: the URL of a server, or a connected client of the application's, which stays the
 * application's to close.
 */
export type RedisTarget = string | URL | RedisClientLike;

export interface Source {
  /** For messages. */
  readonly where: string;
  open(): Commands;
  /** Closes what is ours. */
  close(): Promise<void>;
}

const DEFAULT_URL = "redis://127.0.0.1:6379";

const EXPECTED =
  `nothing (${DEFAULT_URL}), a URL of redis:, rediss:, valkey: or valkeys:, ` +
  "or a client, pool, Cluster or Sentinel of redis, ioredis, iovalkey or @valkey/valkey-glide";

/** Sees what was asked for, touches nothing. Takes `unknown`, because settings are often not written in TypeScript. */
export function sourceOf(target: unknown = DEFAULT_URL, { client: options }: RedisOptions): Source {
  if (typeof target === "string" || target instanceof URL) {
    const server = serverUrl(String(target));
    if (server !== undefined) return ownServer(server, options);
    throw new InvalidOption(`redis(): expected ${EXPECTED}; got a text that is no such URL.`);
  }
  const commands = typeof target === "object" && target !== null ? commandsOf(target) : undefined;
  if (commands === undefined) {
    throw new InvalidOption(`redis(): expected ${EXPECTED}; got ${kindOf(target)} that is none of them.`);
  }
  if (options !== undefined) {
    throw new InvalidOption("redis(): options.client means nothing to a client: expected it left out.");
  }
  return {
    where: "the Redis server of the client given to redis()",
    open() {
      listen(target as Partial<Emitter>);
      return commands;
    },
    async close() {},
  };
}

interface Emitter {
  on(event: "error", listener: () => void): unknown;
  listenerCount(event: "error"): number;
}

/**
 * A connection that is lost is an event of the client, and one of node-redis that nobody listens to ends the process. The
 * client connects again by itself; there is nothing to do. It stays when the store is disposed of: another store on the
 * same client may count on it.
 */
function listen(client: Partial<Emitter>): void {
  if (client.listenerCount?.("error") === 0) client.on?.("error", () => {});
}
