import { InvalidOption, StoreUnavailable } from "../../core/errors.ts";
import type { NodeRedis } from "./clients.ts";
import { nodeRedis } from "./clients.ts";
import type { Commands } from "./commands.ts";
import { replyCode } from "./failure.ts";
import type { Source } from "./target.ts";

/** In milliseconds: shorter than a request's patience, so that the message can say what was not reached. */
const LONGEST_CONNECT = 1_500;

/**
 * In milliseconds. Past any deadline a request has; without it a network that swallows packets would keep every later
 * command waiting for as long as the system resends them, a quarter of an hour. node-redis's own `socketTimeout` begins
 * anew with each command that is written, so under load it never ends.
 */
const LONGEST_ANSWER = 5_000;

const protocols: Readonly<Record<string, string>> = {
  "redis:": "redis:",
  "rediss:": "rediss:",
  "valkey:": "redis:",
  "valkeys:": "rediss:",
};

type OwnOptions = { readonly socket?: object } | undefined;

/** What is used of our client. */
interface OwnClient extends NodeRedis {
  readonly isReady: boolean;
  on(event: "error", listener: (error: unknown) => void): unknown;
  connect(): Promise<unknown>;
  unref(): void;
  close(): Promise<void>;
  destroy(): void;
}

/** A server, as a URL names it. */
export interface ServerUrl {
  readonly href: string;
  /** For messages: without user or password. */
  readonly where: string;
}

/** @throws InvalidOption for what looks like such a URL and cannot be read; undefined for what does not. */
export function serverUrl(text: string): ServerUrl | undefined {
  const given = /^([a-z]+:)\/\//i.exec(text)?.[1]?.toLowerCase() ?? "";
  const protocol = Object.hasOwn(protocols, given) ? protocols[given] : undefined;
  if (protocol === undefined) return undefined;
  const href = protocol + text.slice(given.length);
  // A "/", "?" or "#" in a password ends the host before the password has ended, and the rest of it would be shown. What is
  // left of such a URL has no number for a path.
  const [, database] = (URL.canParse(href) && /^\/?(\d*)$/.exec(new URL(href).pathname)) || [];
  if (database === undefined || new URL(href).search + new URL(href).hash !== "") {
    throw new InvalidOption(
      `redis(): expected ${given}//user:password@host:port/number, got a ${given} URL that cannot be read. ` +
        "Characters such as / ? # @ % in a password have to be percent-encoded; further settings are options.client.",
    );
  }
  return { href, where: `database ${database || "0"} of the Redis server at ${new URL(href).host || "localhost"}` };
}

/**
 * A connection of our own, made on first use, and anew on the first use after it was lost. Nothing goes on in between: no
 * reconnecting, no queue of commands that would be sent after their request was answered.
 */
export function ownServer({ href, where }: ServerUrl, options: OwnOptions): Source {
  let current: Promise<OwnClient> | undefined;
  let disposed = false;

  const forget = (client: Promise<OwnClient>): void => {
    if (current === client) current = undefined;
  };

  function connection(): Promise<OwnClient> {
    if (disposed) return Promise.reject(new StoreUnavailable("The redis store was disposed of and cannot be used."));
    if (current !== undefined) return current;
    const connecting = connect(href, options, () => forget(connecting));
    connecting.catch(() => forget(connecting));
    current = connecting;
    return connecting;
  }

  const commands: Commands = nodeRedis({
    async sendCommand(args) {
      const connecting = connection();
      const client = await connecting;
      try {
        return await answered(client, args, () => forget(connecting));
      } catch (error) {
        // The primary is another server now. Whoever follows the name finds it; this connection stays where it is.
        if (replyCode(error) === "READONLY" && current === connecting) {
          forget(connecting);
          client.close().catch(() => end(client));
        }
        throw error;
      }
    },
  });

  return {
    where,
    open: () => commands,
    async close() {
      disposed = true;
      const client = await current?.catch(() => undefined);
      if (client?.isReady === true) await client.close();
    },
  };
}

async function connect(href: string, options: OwnOptions, lost: () => void): Promise<OwnClient> {
  const { createClient } = await loadRedis();
  const client = createClient({
    url: href,
    disableOfflineQueue: true,
    ...options,
    socket: { connectTimeout: LONGEST_CONNECT, reconnectStrategy: false, ...options?.socket },
  });
  // A connection that ends is an event, and one that nobody listens to ends the process.
  client.on("error", () => {
    lost();
    end(client);
  });
  // A server that accepts and then says nothing is no better than one that cannot be reached.
  let isSilent = false;
  const timer = setTimeout(() => {
    isSilent = true;
    end(client);
  }, LONGEST_CONNECT);
  try {
    await client.connect();
  } catch (error) {
    // What ended it was us, which is no reason.
    throw isSilent ? new Error(`it gave no answer in ${LONGEST_CONNECT} ms`) : error;
  } finally {
    clearTimeout(timer);
  }
  // An idle connection is no reason to keep a process alive; a command under way is, by its timer.
  client.unref();
  return client;
}

/** @param lost says that this connection is not to be used any more. */
async function answered(client: OwnClient, args: readonly string[], lost: () => void): Promise<unknown> {
  let timer: NodeJS.Timeout | undefined;
  const silence = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      lost();
      reject(new Error(`it gave no answer in ${LONGEST_ANSWER} ms`));
      end(client);
    }, LONGEST_ANSWER);
  });
  try {
    return await Promise.race([client.sendCommand(args), silence]);
  } finally {
    clearTimeout(timer);
  }
}

/** Of one that has ended already it throws. */
function end(client: OwnClient): void {
  try {
    client.destroy();
  } catch {
    // There is nothing left to do.
  }
}

async function loadRedis(): Promise<{ createClient(options: object): OwnClient }> {
  try {
    return await import("redis");
  } catch (cause) {
    throw new StoreUnavailable("A Redis URL needs the package redis. Run: npm install redis", { cause });
  }
}
