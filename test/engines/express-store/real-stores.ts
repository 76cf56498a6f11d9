import { randomBytes } from "node:crypto";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import Database from "better-sqlite3";
import connectSqlite from "better-sqlite3-session-store";
import connectPgSimple from "connect-pg-simple";
import { RedisStore } from "connect-redis";
import session from "express-session";
import createMemoryStore from "memorystore";
import pg from "pg";
import { createClient } from "redis";
import connectFile from "session-file-store";
import { afterAll, beforeAll } from "vitest";
import { expressStore, type ExpressSessionStore, type ExpressStore } from "../../../src/engines/express-store.ts";
import { neverAnswers } from "./hand-written.ts";

const { COATCHECK_TEST_REDIS_URL: redisUrl, COATCHECK_TEST_POSTGRES_URL: postgresUrl } = process.env;

/** A store as applications have it, in its package's own manner. */
export interface RealStore {
  readonly name: string;
  /** Empty, for one test; on a server, by a prefix that nobody else uses. */
  open(): Promise<ExpressStore>;
  /** The same, with its backend away. */
  broken(): Promise<ExpressStore>;
}

/** Those whose server is there; the others by name. Call it once in a file: what it opens is closed at the file's end. */
export function realStores(): { stores: RealStore[]; missing: string[] } {
  const stores = [onMemory, onSqlite, onFiles];
  const missing: string[] = [];
  if (redisUrl === undefined) missing.push("connect-redis");
  else stores.push(onRedis(redisUrl));
  if (postgresUrl === undefined) missing.push("connect-pg-simple");
  else stores.push(onPostgres(postgresUrl));
  return { stores, missing };
}

const onMemory: RealStore = {
  name: "memorystore",
  open: async () => expressStore(new (createMemoryStore(session))({ checkPeriod: 0 })),
  // Memory is never away.
  broken: async () => expressStore({ ...neverAnswers, get: (_, callback) => callback(new Error("away")) }),
};

const onSqlite: RealStore = {
  name: "better-sqlite3-session-store",
  open: async () => expressStore(sqlite().store),
  async broken() {
    const { client, store } = sqlite();
    client.close();
    return expressStore(store);
  },
};

function sqlite(): { client: Database.Database; store: ExpressSessionStore } {
  const client = new Database(":memory:");
  return { client, store: new (connectSqlite(session))({ client }) };
}

const onFiles: RealStore = {
  name: "session-file-store",
  open: async () => filesAt(await ownFolder()),
  async broken() {
    const folder = await ownFolder();
    const store = filesAt(folder);
    await rm(folder, { recursive: true });
    await writeFile(folder, "no folder any more");
    return store;
  },
};

function filesAt(path: string): ExpressStore {
  // Without `retries: 0` each session that is missing is looked for during a quarter of a second.
  const options = { path, retries: 0, reapInterval: -1, logFn: () => {} };
  // Without express-session, which it does not need.
  return expressStore((expressSession) => new (connectFile(expressSession))(options));
}

async function ownFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "coatcheck-express-store-"));
  afterAll(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

function onRedis(url: string): RealStore {
  const client = createClient({ url });
  beforeAll(async () => void (await client.connect()));
  afterAll(() => client.destroy());
  return {
    name: "connect-redis",
    open: async () => expressStore(new RedisStore({ client, prefix: `${ownName()}:` })),
    broken: async () => expressStore(new RedisStore({ client: createClient({ url: "redis://127.0.0.1:1" }) })),
  };
}

function onPostgres(connectionString: string): RealStore {
  const pool = new pg.Pool({ connectionString });
  const nowhere = new pg.Pool({ connectionString: "postgres://127.0.0.1:1/nowhere" });
  const tableName = ownName();
  const tables: ExpressSessionStore[] = [];
  // They do not wait for one another to make the table.
  const open = (): ExpressSessionStore =>
    new (connectPgSimple(session))({ pool, tableName, createTableIfMissing: tables.length === 0 });
  afterAll(async () => {
    await pool.query(`drop table if exists "${tableName}"`);
    await Promise.all([pool.end(), nowhere.end()]);
  });
  beforeAll(
    () =>
      new Promise<void>((resolve, reject) => {
        tables.push(open());
        tables[0]?.get("none", (error) => (error ? reject(error) : resolve()));
      }),
  );
  return {
    name: "connect-pg-simple",
    open: async () => expressStore(open(), { prefix: `${ownName()}:` }),
    broken: async () => expressStore(new (connectPgSimple(session))({ pool: nowhere })),
  };
}

function ownName(): string {
  return `t_${randomBytes(9).toString("hex")}`;
}
