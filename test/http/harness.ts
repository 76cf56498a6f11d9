import { beforeAll, describe, test } from "vitest";
import {
  createSessions,
  type SessionEvents,
  type Sessions,
  type SessionsOptions,
  type SessionStore,
} from "../../src/index.ts";
import type { EngineFactory } from "../../src/core/engine.ts";
import { memory, type MemoryStore } from "../../src/engines/memory.ts";
import {
  type FakeClock,
  fakeClock,
  faultyStore,
  type Intercept,
  operationLog,
  type StoreVerb,
} from "../../src/testing.ts";
import type { Adapter, Feature } from "./harness-adapter.ts";
import type { Data, Routes } from "./harness-call.ts";
import { type Client, openClient, type Sent } from "./harness-client.ts";
import { expressAdapters, expressTlsAdapter } from "./harness-express.ts";
import { fastifyAdapter, fastifyTlsAdapter } from "./harness-fastify.ts";
import { fetchAdapter } from "./harness-fetch.ts";
import { koaAdapters } from "./harness-koa.ts";
import { h3Adapter } from "./harness-h3.ts";
import { honoAdapter, honoTlsAdapter } from "./harness-hono.ts";
import { nestAdapters } from "./harness-nest.ts";
import { nextAdapter, nextTlsAdapter } from "./harness-next.ts";
import { nodeAdapters } from "./harness-node.ts";
import { nextKit } from "./next-build.ts";
import type { InFlight, Reply } from "./harness-reply.ts";
import { svelteKitAdapter } from "./harness-sveltekit.ts";
import { kit } from "./sveltekit-app.ts";
import { Visitor } from "./harness-visitor.ts";

const adapters: readonly Adapter[] = [
  ...nodeAdapters,
  ...expressAdapters,
  fastifyAdapter,
  ...koaAdapters,
  fetchAdapter,
  honoAdapter,
  h3Adapter,
  ...nestAdapters,
  ...(kit === "" ? [] : [svelteKitAdapter]),
  ...(nextKit === "" ? [] : [nextAdapter]),
];

/** By name only: what TLS changes the suite sees on node's own servers. */
const adaptersOverTls: readonly Adapter[] = [expressTlsAdapter, fastifyTlsAdapter, honoTlsAdapter, nextTlsAdapter];

/** One promise: the same test on whatever adapter it is registered for. `needs` names what some adapters lack. */
export type Promised = (name: string, body: () => Promise<void>, needs?: Feature) => void;

/** Registers the same tests for every adapter; what one cannot have is shown as exempt, with the reason. */
export function onEveryAdapter(theme: string, register: (adapter: Adapter, promise: Promised) => void): void {
  describe.each(adapters)(`${theme}: $name`, (adapter) => {
    if (adapter.prepare !== undefined) beforeAll(() => adapter.prepare?.(), 300_000);
    register(adapter, (name, body, needs) => {
      const reason = needs && adapter.lacks[needs];
      const add = reason === undefined ? test : test.skip;
      add(reason === undefined ? name : `${name} (exempt: ${reason})`, body);
    });
  });
}

export function adapterNamed(name: string): Adapter {
  const found = [...adapters, ...adaptersOverTls].find((adapter) => adapter.name === name);
  if (found === undefined) throw new Error(`no adapter is named "${name}"`);
  return found;
}

export interface AppOptions extends Omit<SessionsOptions, "engine" | "clock"> {
  /** @default memory() */
  readonly engine?: SessionStore | EngineFactory;
  /** Faults, gates and delays between the sessions and the store. */
  readonly store?: Intercept;
  /** False: the application has no error handler of its own. @default true */
  readonly errorHandler?: boolean;
  /** Most connections of the client at once. */
  readonly sockets?: number;
}

/** A running application: a server on a real socket, its sessions, and what there is to see of both. */
export interface App extends AsyncDisposable {
  readonly adapter: Adapter;
  readonly port: number;
  readonly sessions: Sessions<Data>;
  /** What is really stored, past the log and the faults; nothing with an engine of its own. */
  readonly records: MemoryStore;
  /** The store's verbs so far. Empty it with `length = 0`. */
  readonly operations: StoreVerb[];
  readonly clock: FakeClock;
  /** What reached the framework's error handler. */
  readonly errors: unknown[];
  visitor(): Visitor;
  send(request: Sent): InFlight;
  get(path: string, cookie?: string): Promise<Reply>;
  post(path: string, cookie?: string): Promise<Reply>;
  /** The next event of this name. */
  next<K extends keyof SessionEvents>(name: K): Promise<SessionEvents[K]>;
  /** The data of the only record; throws when there is none, or more than one. */
  stored(): Promise<Record<string, unknown>>;
  ids(): Promise<string[]>;
}

export async function serve(adapter: Adapter, routes: Routes, options: AppOptions = {}): Promise<App> {
  const { engine, store: fault, errorHandler = true, sockets, ...settings } = options;
  const clock = fakeClock();
  const log = operationLog();
  const records = memory();
  const keeper = engine ?? records;
  const logged = (store: SessionStore): SessionStore =>
    faultyStore(fault === undefined ? store : faultyStore(store, fault), log);
  const sessions = createSessions<Data>({
    ...settings,
    engine: typeof keeper === "function" ? keeper : logged(keeper),
    clock,
  });
  const errors: unknown[] = [];
  const onError = errorHandler ? (error: unknown): void => void errors.push(error) : undefined;
  const server = await adapter.start({ sessions, routes, onError });
  const client: Client = openClient(adapter, server.port, sockets);
  const url = `${adapter.secure ? "https" : "http"}://127.0.0.1:${server.port}/`;

  const ids = async (): Promise<string[]> => (await records.list(undefined, 1000)).records.map(({ id }) => id);
  return {
    adapter,
    port: server.port,
    sessions,
    records,
    operations: log.verbs,
    clock,
    errors,
    visitor: () => new Visitor(client, url),
    send: (request) => client.send(request),
    get: (path, cookie) => client.send({ path, cookie }).reply,
    post: (path, cookie) => client.send({ method: "POST", path, cookie }).reply,
    next: (name) =>
      new Promise((resolve) => {
        const stop = sessions.on(name, (event) => {
          stop();
          resolve(event);
        });
      }),
    ids,
    async stored() {
      const [id, ...more] = await ids();
      const record = id === undefined ? undefined : await records.read(id, clock());
      if (record === undefined || more.length > 0)
        throw new Error(`expected one record, found ${more.length + (id ? 1 : 0)}`);
      return (JSON.parse(record.payload) as { data: Record<string, unknown> }).data;
    },
    async [Symbol.asyncDispose]() {
      client.close();
      await server.close();
      await sessions[Symbol.asyncDispose]();
    },
  };
}
