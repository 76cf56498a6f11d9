import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { PGlite } from "@electric-sql/pglite";
import Sqlite from "better-sqlite3";
import { afterAll, describe, expect, test } from "vitest";
import { StoreUnavailable } from "../../../src/core/errors.ts";
import type { Migrated } from "../../../src/core/store.ts";
import { db } from "../../../src/engines/db.ts";
import type { DbOptions, DbStore, DbTarget } from "../../../src/engines/db.ts";
import { START } from "../../../src/testing.ts";
import { spawnChild } from "./child.ts";
import { mariadbUrl, mysqlPool, ownName, pgPool, postgresUrl } from "./server.ts";

const folder = mkdtempSync(join(tmpdir(), "coatcheck-db-"));
const pglite = new PGlite();
const sqlite = new Sqlite(":memory:");
const mysql = mysqlPool();
const postgres = pgPool();
afterAll(async () => {
  await pglite.close();
  sqlite.close();
  rmSync(folder, { recursive: true, force: true });
});

const servers: [name: string, url: string | undefined][] = [
  ["PostgreSQL", postgresUrl],
  ["MariaDB", mariadbUrl],
];
const databases: [name: string, target: DbTarget | undefined][] = [
  ...servers,
  ["PGlite", pglite],
  ["better-sqlite3", sqlite],
];

const record = {
  id: "a",
  secretHash: "h".repeat(43),
  payload: "{}",
  revision: "r1",
  createdAt: START,
  renewedAt: START,
  expiresAt: START + 1000,
};

describe.each(databases)("on %s", { timeout: 60_000 }, (_, target) => {
  const open = (options: DbOptions): DbStore => db(target, options);

  test.skipIf(target === undefined)(
    "a missing table is an outage that names it, and the command that makes it",
    async () => {
      const table = ownName();
      await using store = open({ table });
      const calls = [
        () => store.read("a", START),
        () => store.create(record, START),
        () => store.deleteExpired(START, 1),
      ];
      for (const call of calls) {
        const error = await call().catch((reason: unknown) => reason);
        expect(error).toBeInstanceOf(StoreUnavailable);
        expect(error).toHaveProperty("message", expect.stringContaining(`no such table: ${table}`));
        expect(error).toHaveProperty("message", expect.stringContaining("npx coatcheck migrate"));
        expect(error).toHaveProperty("cause", expect.any(Error));
      }
    },
  );

  test.skipIf(target === undefined)("up, down and up again; what is done already is not done again", async () => {
    await using store = open({ table: ownName() });
    expect(await store.migrate({ direction: "down" })).toEqual({ migrations: [] });
    for (let round = 0; round < 2; round += 1) {
      expect(await store.migrate()).toEqual({ migrations: ["0001_session"] });
      expect(await store.migrate()).toEqual({ migrations: [] });
      expect(await store.create(record, START)).toBe(true);
      expect(await store.migrate({ direction: "down" })).toEqual({ migrations: ["0001_session"] });
    }
    await expect(store.read("a", START)).rejects.toThrow("no such table");
  });

  test.skipIf(target === undefined)("a dry run changes nothing, and its text is as good as the real run", async () => {
    const table = ownName();
    await using store = open({ table, columns: { userId: "who" } });
    const { migrations, sql = [] } = await store.migrate({ dryRun: true });
    expect(migrations).toEqual(["0001_session"]);
    expect(sql.find((text) => text.includes(`${table}"`) || text.includes(`${table}\``))).toMatch(/^create table/);
    await expect(store.read("a", START)).rejects.toThrow("no such table");

    await runByHand(target, sql);
    expect(await store.create({ ...record, userId: "ann" }, START)).toBe(true);
    expect(await store.listByUser("ann", START)).toHaveLength(1);
    expect(await store.migrate()).toEqual({ migrations: [] });
    expect(await store.migrate({ dryRun: true })).toEqual({ migrations: [], sql: [] });

    const down = await store.migrate({ direction: "down", dryRun: true });
    expect(down.sql?.filter((text) => text.startsWith("drop table"))).toHaveLength(1);
    expect(await store.read("a", START)).toBeDefined();
    await runByHand(target, down.sql ?? []);
    expect((await store.migrate({ dryRun: true })).migrations).toEqual(["0001_session"]);
  });

  test.skipIf(target === undefined)(
    "migrate: true makes the tables on first use, once, and again when they were taken away",
    async () => {
      await using store = open({ table: ownName(), migrate: true });
      expect(await Promise.all([store.create(record, START), store.read("b", START)])).toEqual([true, undefined]);
      await store.migrate({ direction: "down" });
      expect(await store.create(record, START)).toBe(true);
      await store.migrate({ direction: "down" });
    },
  );

  test.skipIf(target === undefined)("two tables live side by side, their names as long as may be", async () => {
    const long = `${ownName()}${"x".repeat(63)}`.slice(0, 62);
    await using one = open({ table: `${long}1`, migrate: true });
    await using other = open({ table: `${long}2`, migrate: true });
    await one.create(record, START);
    expect(await other.read("a", START)).toBeUndefined();
    expect((await other.migrate({ direction: "down" })).migrations).toHaveLength(1);
    expect(await one.read("a", START)).toEqual(record);
    await one.migrate({ direction: "down" });
  });
});

describe.each<[string, DbTarget | undefined]>([
  ...servers,
  ["better-sqlite3", sqlite],
  ["an SQLite file", { path: join(folder, "stores.sqlite") }],
])("eight stores at once, on %s", { timeout: 60_000 }, (_, target) => {
  test.skipIf(target === undefined)("go down, then some down and some up, and none fails", async () => {
    const table = ownName();
    const isFile = typeof target === "object" && target !== sqlite;
    const stores = Array.from({ length: 8 }, () => db(target, { table, ...(isFile && { migrate: false }) }));
    const all = (migrate: (store: DbStore, index: number) => Promise<Migrated>) =>
      Promise.all(stores.map(migrate)).then((done) => done.flatMap(({ migrations }) => migrations));
    for (let round = 0; round < 3; round += 1) {
      expect(await all((store) => store.migrate())).toEqual(["0001_session"]);
      expect(await all((store) => store.migrate({ direction: "down" }))).toEqual(["0001_session"]);
      await all((store, index) => store.migrate({ direction: index % 2 === 0 ? "up" : "down" }));
      await all((store) => store.migrate({ direction: "down" }));
    }
    await expect(stores[0]?.read("a", START)).rejects.toThrow("no such table");
    await Promise.all(stores.map((store) => store[Symbol.asyncDispose]()));
  });
});

describe.each<[string, DbTarget | undefined]>([...servers, ["an SQLite file", { path: join(folder, "eight.sqlite") }]])(
  "eight processes at once, on %s",
  (_, target) => {
    test.skipIf(target === undefined)("make one schema, and none of them fails", { timeout: 60_000 }, async () => {
      const processes = Array.from({ length: 8 }, () => spawnChild(MIGRATOR, { TARGET: target }));
      try {
        await Promise.all(processes.map((child) => child.heard("ready")));
        for (let round = 0; round < 3; round += 1) {
          const table = ownName();
          for (const child of processes) child.say({ table });
          const answers = await Promise.all(processes.map((child) => child.next()));
          expect(answers.flat()).toEqual(["0001_session"]);

          await using store = db(target, { table });
          expect((await store.list(undefined, 100)).records).toHaveLength(8);
          await store.migrate({ direction: "down" });
        }
      } finally {
        await Promise.all(processes.map((child) => child.end()));
      }
    });
  },
);

test.skipIf(postgresUrl === undefined)("a neighbour's tables in another schema are not taken for ours", async () => {
  const [table, neighbour] = [ownName(), ownName()];
  await using theirs = db(postgresUrl, { table, schema: neighbour });
  expect(await theirs.migrate()).toEqual({ migrations: ["0001_session"] });
  await using ours = db(postgresUrl, { table });
  expect(await ours.migrate()).toEqual({ migrations: ["0001_session"] });
  expect(await ours.create(record, START)).toBe(true);
  expect(await theirs.read("a", START)).toBeUndefined();

  await ours.migrate({ direction: "down" });
  await theirs.migrate({ direction: "down" });
  await postgres.query(`drop schema "${neighbour}" cascade`);
});

/** As an administrator would, who is given the text. */
async function runByHand(target: DbTarget | undefined, sql: readonly string[]): Promise<void> {
  for (const text of sql) {
    if (target === pglite) await pglite.exec(text);
    else if (target === sqlite) sqlite.exec(text);
    else if (target === postgresUrl) await postgres.query(text);
    else await mysql.promise().query(text);
  }
}

/** Waits for the word, so that all begin together. */
const MIGRATOR = `
  const { db } = await import(ENGINE);
  await db({ path: ":memory:" }).migrate();
  process.on("message", async ({ table }) => {
    const store = db(TARGET, { table, ...(typeof TARGET === "object" && { migrate: false }) });
    try {
      const { migrations } = await store.migrate();
      await store.create({ id: "own-" + process.pid, secretHash: "h", payload: "", revision: "r", createdAt: 0, renewedAt: 0, expiresAt: 1 }, 0);
      process.send(migrations);
    } catch (error) {
      process.send(String(error) + String(error.cause));
    } finally {
      await store[Symbol.asyncDispose]();
    }
  });
  process.send("ready");
`;
