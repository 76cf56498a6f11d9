import { DatabaseSync } from "node:sqlite";
import { PGlite } from "@electric-sql/pglite";
import Sqlite from "better-sqlite3";
import {
  DummyDriver,
  Kysely,
  MssqlQueryCompiler,
  PostgresAdapter,
  PostgresDialect,
  PostgresIntrospector,
} from "kysely";
import { SqliteDialect } from "kysely";
import mysql2 from "mysql2";
import mysqlPromise from "mysql2/promise";
import pg from "pg";
import { afterAll, describe, expect, test, vi } from "vitest";
import { InvalidOption, StoreUnavailable } from "../../../src/core/errors.ts";
import { db } from "../../../src/engines/db.ts";
import type { DbTarget } from "../../../src/engines/db.ts";
import { START } from "../../../src/testing.ts";
import { spawnChild } from "./child.ts";
import { mariadbUrl, ownName, postgresUrl } from "./server.ts";

const nowhere = { host: "127.0.0.1", port: 1 };
const sqlite = new Sqlite(":memory:");
const strange = {
  createAdapter: () => new PostgresAdapter(),
  createDriver: () => new DummyDriver(),
  createIntrospector: (database: Kysely<unknown>) => new PostgresIntrospector(database),
  createQueryCompiler: () => new MssqlQueryCompiler(),
};
afterAll(() => sqlite.close());

describe("an option", () => {
  const url = "postgres://ann:pa55@db.example:5432/shop";

  test.each<[string, DbTarget | undefined, object, RegExp]>([
    ["unknown", undefined, { tabel: "x" }, /expected table, schema, .*, got "tabel"/],
    ["a table with a space", undefined, { table: "a b" }, /options\.table: expected a name matching .*, got "a b"/],
    ["a table that is SQL", undefined, { table: 'x"; drop table y' }, /options\.table/],
    ["a table too long for PostgreSQL", url, { table: "x".repeat(64) }, /options\.table/],
    ["a schema with a dot", url, { schema: "a.b" }, /options\.schema/],
    ["a schema for MySQL", "mysql://h/d", { schema: "a" }, /options\.schema means nothing to a MySQL URL/],
    ["an unknown column", undefined, { columns: { Id: "x" } }, /options\.columns: expected id, .* got "Id"/],
    ["a column that is SQL", undefined, { columns: { id: "x y" } }, /options\.columns\.id: expected .* got "x y"/],
    ["one name for two columns", undefined, { columns: { id: "x", userId: "X" } }, /different name for each column/],
    [
      "one that is another column's default",
      undefined,
      { columns: { id: "payload" } },
      /different name for each column/,
    ],
    ["a pool without a URL", sqlite, { pool: { max: 5 } }, /options\.pool means nothing to an SQLite database/],
    ["a size as the pool", url, { pool: 5 }, /options\.pool: expected an object .* got a number/],
    ["prepare as text", url, { prepare: "no" }, /options\.prepare: expected true or false, got "no"/],
    ["a dialect nobody speaks", sqlite, { dialect: "oracle" }, /options\.dialect: expected "postgres", /],
    ["a dialect for what has one", url, { dialect: "mysql" }, /options\.dialect means nothing to a PostgreSQL URL/],
  ])("that is %s is refused at once", (_, target, options, message) => {
    const call = () => db(target, options);
    expect(call).toThrow(InvalidOption);
    expect(call).toThrow(message);
    expect(call).not.toThrow("pa55");
  });
});

describe("a target", () => {
  test.each<[string, unknown, RegExp]>([
    [
      "an unreadable URL",
      "postgres://ann:pa#55@host/shop",
      /got a postgres: URL that cannot be read.* percent-encoded/,
    ],
    ["an unreadable MySQL URL", "mysql://ann:pa#55@host/shop", /expected mysql:\/\/user:password@host/],
    ["a single client of pg", new pg.Client(), /given an instance of Client/],
    [
      "a Kysely of another database",
      new Kysely({ dialect: strange }),
      /this Kysely is none .* options\.dialect: expected/,
    ],
    ["a dialect of another database", strange, /this Kysely dialect is none .* options\.dialect: expected/],
  ])("that is %s is refused at once", (_, target, message) => {
    const call = () => db(target as DbTarget);
    expect(call).toThrow(InvalidOption);
    expect(call).toThrow(message);
    expect(call).not.toThrow(/pa#?55/);
  });

  test("that is a Kysely is refused in a transaction, which sessions would outlive", async () => {
    const kysely = new Kysely({ dialect: new SqliteDialect({ database: sqlite }) });
    await kysely.transaction().execute(async (transaction) => {
      expect(() => db(transaction)).toThrow(InvalidOption);
    });
  });

  test.each<[string, DbTarget, RegExp]>([
    [
      "a PostgreSQL URL",
      "postgres://ann:pa55@127.0.0.1:1/shop?x=1",
      /PostgreSQL database shop at 127\.0\.0\.1:1: .*ECONNREFUSED/,
    ],
    ["a PostgreSQL URL object", new URL("postgresql://ann:pa55@127.0.0.1:1/shop"), /database shop at 127\.0\.0\.1:1/],
    ["a MySQL URL", "mysql://ann:pa55@127.0.0.1:1/shop", /MySQL database shop at 127\.0\.0\.1:1: .*ECONNREFUSED/],
    ["a MariaDB URL", "mariadb://ann:pa55@127.0.0.1:1/shop", /MySQL database shop at 127\.0\.0\.1:1/],
    ["a pool of pg", new pg.Pool({ ...nowhere, password: "pa55" }), /PostgreSQL database of the pool given/],
    ["a pool of mysql2", mysql2.createPool({ ...nowhere, password: "pa55" }), /MySQL database of the pool given/],
    [
      "a pool of mysql2/promise",
      mysqlPromise.createPool({ ...nowhere, password: "pa55" }),
      /MySQL database of the pool/,
    ],
    [
      "a Kysely",
      new Kysely({ dialect: new PostgresDialect({ pool: new pg.Pool(nowhere) }) }),
      /database of the Kysely given/,
    ],
  ])("that is %s and out of reach is an outage that names it, without a password", async (_, target, message) => {
    const asked = db(target);
    const error = await asked.read("a", START).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(StoreUnavailable);
    expect(error).toHaveProperty("message", expect.stringMatching(message));
    expect(error).toHaveProperty("cause");
    expect(String(error)).not.toMatch(/pa55|x=1/);
    await asked[Symbol.asyncDispose]();
  });

  test("whose SQL cannot be told is taken at the word of options.dialect", async () => {
    const store = db(strange, { dialect: "postgres" });
    expect(await store.read("a", START)).toBeUndefined();
    // This driver answers nothing to a delete either. Taken for "none", it would make every session look ended.
    await expect(store.delete("a")).rejects.toThrow(
      "needs a Kysely dialect that says how many rows a statement changed",
    );
  });
});

describe("a message", () => {
  const values = "Duplicate entry 'my-payload'";
  const answer = (error: object) => async () => {
    throw Object.assign(new Error(values), error);
  };
  const pgPool = (error: object) => ({
    ...methods("connect", "end", "on", "listenerCount"),
    idleCount: 0,
    totalCount: 0,
    query: answer(error),
  });
  const kysely = (error: object) => {
    const given = new Kysely({ dialect: new SqliteDialect({ database: sqlite }) });
    return Object.assign(given, { withoutPlugins: () => given, executeQuery: answer(error) });
  };

  test.each<[string, DbTarget, object, RegExp]>([
    ["PostgreSQL", pgPool({ code: "23505", detail: values }), {}, /refused the statement \(SQLSTATE 23505\)/],
    ["a full PostgreSQL", pgPool({ code: "53300" }), {}, /too many connections \(SQLSTATE 53300\)/],
    ["a driver that is not known", kysely({}), { dialect: "postgres" }, /its driver failed\.$/],
    [
      "such a driver, with a code",
      kysely({ code: "ECONNRESET" }),
      { dialect: "postgres" },
      /its driver failed with ECONNRESET/,
    ],
    ["a dialect of MySQL", kysely({ errno: 1366 }), { dialect: "mysql" }, /cannot keep such text \(error 1366\)/],
  ])("repeats nothing that %s said of values; the cause has it all", async (_, target, options, message) => {
    const error = await db(target, options)
      .delete("a")
      .catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(StoreUnavailable);
    expect(error).toHaveProperty("message", expect.stringMatching(message));
    expect(error).toHaveProperty("message", expect.not.stringContaining("my-payload"));
    expect(error).toHaveProperty("cause.message", values);
  });

  function methods(...names: string[]): Record<"connect" | "end" | "on" | "listenerCount", () => number> {
    return Object.fromEntries(names.map((name) => [name, () => 0])) as Record<
      "connect" | "end" | "on" | "listenerCount",
      () => number
    >;
  }
});

describe("what was passed in", { timeout: 60_000 }, () => {
  const pglite = new PGlite();
  const node = new DatabaseSync(":memory:");
  afterAll(async () => {
    await pglite.close();
    node.close();
  });

  test.each<[string, DbTarget, object, string, () => unknown]>([
    ["better-sqlite3", sqlite, sqlite, "close", () => sqlite.prepare("select 1").get()],
    ["node:sqlite", node, node, "close", () => node.prepare("select 1").get()],
    ["PGlite", pglite, pglite, "close", () => pglite.query("select 1")],
  ])("is not closed: %s", async (_, target, object, method, use) => {
    const closed = vi.spyOn(object as Record<string, () => void>, method);
    await useAndDispose(target);
    expect(closed).not.toHaveBeenCalled();
    await use();
  });

  test("is not closed: a Kysely, nor what a dialect stands on", async () => {
    const dialect = new SqliteDialect({ database: sqlite });
    await useAndDispose(dialect);
    await useAndDispose(new Kysely({ dialect }));
    expect(sqlite.open).toBe(true);
  });

  test.skipIf(postgresUrl === undefined)(
    "is not closed: a pool of pg, which goes on after its connections end",
    async () => {
      const pool = new pg.Pool({ connectionString: postgresUrl });
      await useAndDispose(pool);
      expect(pool.ended).toBe(false);
      expect((await pool.query("select 1 as one")).rows).toEqual([{ one: 1 }]);
      await pool.end();
    },
  );

  test.skipIf(mariadbUrl === undefined)("is not closed: a pool of mysql2", async () => {
    const pool = mysqlPromise.createPool(mariadbUrl ?? "");
    await useAndDispose(pool);
    const [rows] = await pool.query("select 1 as one");
    expect(rows).toEqual([{ one: 1 }]);
    await pool.end();
  });
});

describe.skipIf(postgresUrl === undefined)("statements on PostgreSQL", () => {
  test("are prepared by names of their content, so that two tables on one pool never clash", async () => {
    const pool = new pg.Pool({ connectionString: postgresUrl, max: 1 });
    const stores = [1, 2].map(() => db(pool, { table: ownName(), migrate: true }));
    for (const store of stores) {
      await store.read("a", START);
      await store.read("b", START);
    }
    const { rows } = await pool.query("select name, statement from pg_prepared_statements order by statement");
    expect(rows).toHaveLength(2);
    for (const { name } of rows) expect(name).toMatch(/^coatcheck_[0-9a-f]{32}$/);
    for (const store of stores) await store.migrate({ direction: "down" });
    await pool.end();
  });

  test("are not, with prepare: false", async () => {
    const pool = new pg.Pool({ connectionString: postgresUrl, max: 1 });
    const store = db(pool, { table: ownName(), migrate: true, prepare: false });
    await store.read("a", START);
    expect((await pool.query("select name from pg_prepared_statements")).rows).toEqual([]);
    await store.migrate({ direction: "down" });
    await pool.end();
  });

  test.each([
    ["taken away by a pooler", () => "deallocate all"],
    ["older than the table", (table: string) => `alter table ${table} alter column payload type varchar`],
  ])("that are %s are prepared anew, unnoticed", async (_, sql) => {
    const pool = new pg.Pool({ connectionString: postgresUrl, max: 1 });
    const table = ownName();
    const store = db(pool, { table, migrate: true });
    for (let round = 0; round < 3; round += 1) {
      await store.read("a", START);
      await pool.query(sql(table));
      expect(await store.read("a", START)).toBeUndefined();
    }
    await store.migrate({ direction: "down" });
    await pool.end();
  });
});

describe("a driver that is not installed", () => {
  test.each([
    ["pg", "postgres://127.0.0.1:1/shop"],
    ["mysql2", "mysql://127.0.0.1:1/shop"],
  ])("is named, with the command that brings it: %s", async (name, url) => {
    const child = spawnChild(
      `
      registerHooks({ resolve(specifier, context, next) {
        if (specifier === NAME) throw new Error("Cannot find " + specifier);
        return next(specifier, context);
      } });
      const { db } = await import(ENGINE);
      await db(URL).read("a", 0).catch(({ code, message }) => process.send({ code, message }));
    `,
      { NAME: name, URL: url },
    );
    expect(await child.next()).toEqual({
      code: "STORE_UNAVAILABLE",
      message: expect.stringContaining(`npm install ${name}`),
    });
    await child.end();
  });
});

async function useAndDispose(target: DbTarget): Promise<void> {
  const store = db(target, { table: ownName(), migrate: true });
  expect(await store.read("a", START)).toBeUndefined();
  await store.migrate({ direction: "down" });
  await store[Symbol.asyncDispose]();
}

test.each([
  "postgres://shop:/s3cret@127.0.0.1/shop",
  "postgres://shop:9/s3cret@127.0.0.1/shop",
  "postgres://shop:9?s3cret@127.0.0.1/shop",
  "mysql://shop:1#s3cret@127.0.0.1/shop",
])("a password that would end the host early is refused, and never shown: %s", (url) => {
  expect(() => db(url)).toThrow(/percent-encoded/);
  expect(() => db(url)).not.toThrow(/s3cret/);
});
