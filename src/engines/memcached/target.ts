import { InvalidOption, StoreUnavailable } from "../../core/errors.ts";
import type { MemcachedClient } from "./client.ts";
import { kindOf, type MemcachedOptions } from "./options.ts";

/** Where `memcached()` keeps its records: the URL of a server, or a client of `memcache-client`. */
export type MemcachedTarget = string | URL | MemcachedClient;

/** How a store comes by its client. */
export interface Source {
  /** For messages. */
  readonly where: string;
  open(): Promise<MemcachedClient>;
  /** Absent for a client that is not ours. */
  close?(client: MemcachedClient): void;
}

/** In milliseconds: shorter than a request's patience, so that the message can say what did not answer. */
const PATIENCE = 1_500;
const DEFAULT_URL = "memcached://127.0.0.1:11211";

const EXPECTED = `nothing (${DEFAULT_URL}), a URL such as memcached://host:11211, or a client of memcache-client`;

/** Sees what was asked for, touches nothing. Takes `unknown`, because settings are often not written in TypeScript. */
export function sourceFor(target: unknown, options: MemcachedOptions = {}): Source {
  if (target === undefined || typeof target === "string" || target instanceof URL) {
    return serverAt(String(target ?? DEFAULT_URL), options.client);
  }
  if (typeof target !== "object" || target === null) throw wrong(kindOf(target));
  if (options.client !== undefined) {
    throw new InvalidOption(
      "memcached(): options.client means nothing to a client that is there: expected it left out.",
    );
  }
  if (has(target, "getNodesByKey")) {
    throw wrong("a client of the package memcache, which cannot compare and set: its gets() gives no token");
  }
  if (!has(target, "gets", "cas", "add", "delete")) throw wrong(describe(target));
  assertOneServer(target);
  const client = target as MemcachedClient;
  return { where: "the memcached of the client given to memcached()", open: async () => client };
}

function serverAt(text: string, given: object | undefined): Source {
  const { host, port } = addressIn(text);
  return {
    where: `the memcached at ${host}:${port}`,
    async open() {
      const { default: memcacheClient } = await import("memcache-client").catch(missing);
      return new memcacheClient.MemcacheClient({
        cmdTimeout: PATIENCE,
        // Without one it would wait for the system to give up, which takes minutes.
        connectTimeout: PATIENCE,
        noDelay: true,
        ...given,
        server: `${host}:${port}`,
      });
    },
    close(client) {
      (client as MemcachedClient & { shutdown(): void }).shutdown();
    },
  };
}

function addressIn(text: string): { host: string; port: string } {
  // Of what cannot be read nothing is shown: it may hold a password.
  if (!/^memcached?:\/\//i.test(text) || !URL.canParse(text)) {
    throw wrong(text === "" ? "an empty string" : "a string that is no URL of memcached:");
  }
  const { hostname, port, username, password, pathname, search, hash } = new URL(text);
  if (username !== "" || password !== "") {
    throw new InvalidOption(
      "memcached(): expected a URL without user and password, which memcache-client cannot send. " +
        "Keep the server in a private network, or use TLS with certificates: memcached(url, { client: { tls } }).",
    );
  }
  if (hostname === "" || hostname.includes(",") || (pathname !== "" && pathname !== "/") || search + hash !== "") {
    throw wrong("a URL with more or less in it than the host and port of one server");
  }
  if (hostname.startsWith("[")) {
    throw wrong("a URL with an IPv6 address, which memcache-client cannot read; a name for it will do");
  }
  return { host: hostname, port: port || "11211" };
}

/** Given several, `memcache-client` asks one of them at random, each time: a session would come and go. */
function assertOneServer(client: object): void {
  const { options } = client as { options?: { server?: { servers?: unknown } } };
  const servers = options?.server?.servers;
  if (!Array.isArray(servers) || servers.length <= 1) return;
  throw new InvalidOption(
    `memcached(): expected a client of one server, got one of ${servers.length}. memcache-client takes them for copies of ` +
      "one another and asks any; to spread sessions over several servers put a proxy before them.",
  );
}

/** To be called at the import itself: by a `.catch` there bundlers see that the package may be missing, and go on without. */
function missing(cause: unknown): never {
  if (cause instanceof EvalError) {
    throw new StoreUnavailable(
      "The memcached engine cannot run here: its client memcache-client compiles code, which this runtime forbids. " +
        "Choose another engine.",
      { cause },
    );
  }
  throw new StoreUnavailable(
    "The memcached engine needs the packages memcache-client and tslib. Run: npm install memcache-client tslib",
    { cause },
  );
}

function has(target: object, ...methods: string[]): boolean {
  return methods.every((method) => typeof Reflect.get(target, method) === "function");
}

function wrong(found: string): InvalidOption {
  return new InvalidOption(`memcached() takes ${EXPECTED}; it was given ${found}.`);
}

function describe(target: object): string {
  const name: unknown = target.constructor?.name;
  if (typeof name === "string" && name !== "Object") return `an instance of ${name}`;
  return `an object with the keys ${Object.keys(target).join(", ") || "(none)"}`;
}
