import { expect } from "vitest";
import { START } from "../../../src/testing.ts";
import { spawnChild } from "../db/child.ts";

/** Where a store is: the URL of a server, and a table or a prefix that is nobody else's. */
export interface Place {
  readonly url: string;
  readonly name: string;
}

/** An application in a process of its own, whose sessions have one number. Each of these is a request that succeeds. */
export interface App {
  begin(): Promise<string>;
  /** What a token opens; `null`: nothing. */
  show(token: string): Promise<number | null>;
  /** So many increments at once, each in a session of its own. */
  count(token: string, times: number): Promise<void>;
  flush(token: string): Promise<void>;
  /** Seconds pass in this process. */
  later(seconds: number): Promise<void>;
  end(): Promise<unknown>;
}

export async function startApp(cache: Place, database: Place): Promise<App> {
  const module = (path: string): string => new URL(`../../../src/${path}`, import.meta.url).href;
  const engine = cache.url.startsWith("redis:") ? "redis" : "memcached";
  const modules = {
    INDEX: module("index.ts"),
    CACHED_DB: module("engines/cached-db.ts"),
    CACHE_ENGINE: module(`engines/${engine}.ts`),
  };
  const child = spawnChild(PROGRAM, { ...modules, CACHE: cache, DATABASE: database, START });
  await child.heard("ready");

  const ask = async (verb: string, values: object = {}): Promise<unknown> => {
    child.say({ verb, ...values });
    const reply = (await child.next()) as { answer?: unknown };
    expect(reply).toHaveProperty("answer");
    return reply.answer;
  };
  return {
    begin: async () => String(await ask("begin")),
    show: async (token) => (await ask("show", { token })) as number | null,
    count: async (token, times) => void (await ask("count", { token, times })),
    flush: async (token) => void (await ask("flush", { token })),
    later: async (seconds) => void (await ask("later", { seconds })),
    end: () => child.end(),
  };
}

const PROGRAM = `
  const { createSessions } = await import(INDEX);
  const { db } = await import(ENGINE);
  const { cachedDb } = await import(CACHED_DB);
  let now = START;
  const [makeCache] = Object.values(await import(CACHE_ENGINE));
  const cache = makeCache(CACHE.url, { prefix: CACHE.name + ":" });
  const database = db(DATABASE.url, { table: DATABASE.name });
  const engine = cachedDb({ cache, db: database, cacheTimeout: 1, onCacheError() {} });
  const sessions = createSessions({ engine, clock: () => now, deadline: 20 });
  // Connected: what is late at first is left out for a second.
  for (const store of [cache, database]) await store.read("nothing", now);

  const verbs = {
    async begin() {
      const session = await sessions.open();
      session.set("n", 0);
      await session.save();
      return sessions.token(session);
    },
    async show({ token }) {
      const session = await sessions.open(token);
      return session.isNew ? null : session.get("n");
    },
    async count({ token, times }) {
      await Promise.all(Array.from({ length: times }, async () => {
        const session = await sessions.open(token);
        session.update("n", (n) => n + 1);
        await session.save();
      }));
    },
    async flush({ token }) {
      await (await sessions.open(token)).flush();
    },
    later({ seconds }) {
      now += seconds * 1000;
    },
  };
  process.on("message", async ({ verb, ...values }) => {
    try {
      process.send({ answer: (await verbs[verb](values)) ?? null });
    } catch (error) {
      process.send({ failed: String(error) });
    }
  });
  process.send("ready");
`;
