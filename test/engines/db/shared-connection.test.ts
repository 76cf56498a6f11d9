import { DatabaseSync } from "node:sqlite";
import Sqlite from "better-sqlite3";
import { describe, expect, test } from "vitest";
import { db } from "../../../src/engines/db.ts";
import { START } from "../../../src/testing.ts";

const record = (id: string) => ({
  id,
  secretHash: "h".repeat(43),
  payload: "{}",
  revision: "r1",
  createdAt: START,
  renewedAt: START,
  expiresAt: START + 1000,
});

describe.each([
  ["node:sqlite", () => new DatabaseSync(":memory:")],
  ["better-sqlite3", () => new Sqlite(":memory:")],
])("stores on one connection of %s", (_, connect) => {
  test("a migration that fails takes nothing of another store's, or the application's, with it", async () => {
    using given = { connection: connect(), [Symbol.dispose]: () => given.connection.close() };
    const { connection } = given;
    await using healthy = db(connection, { table: "a" });
    await using broken = db(connection, { table: "b" });
    await healthy.migrate();
    connection.exec("create table other (x); create index b_user_id on other (x)");

    const state = { outcome: "under way" };
    const migration = broken.migrate().then(
      () => (state.outcome = "done"),
      () => (state.outcome = "failed"),
    );
    let written = 0;
    for (; state.outcome === "under way" || written < 10; written += 1) {
      expect(await healthy.create(record(`r${written}`), START)).toBe(true);
      connection.prepare("insert into other values (1)").run();
    }

    expect(await migration).toBe("failed");
    expect((await healthy.list(undefined, 100_000)).records).toHaveLength(written);
    expect(connection.prepare("select count(*) as total from other").get()).toEqual({ total: written });
    expect(connection.prepare("select name from sqlite_master where name like 'b%' and type = 'table'").all()).toEqual(
      [],
    );
    // Nothing was left open either.
    connection.exec("begin; commit; drop index b_user_id");
    expect(await broken.migrate()).toEqual({ migrations: ["0001_session"] });
  });

  test("any number may migrate at once: other tables, the same one, up and down", async () => {
    using given = { connection: connect(), [Symbol.dispose]: () => given.connection.close() };
    const tables = ["a", "b", "c", "c", "c"];
    const stores = tables.map((table) => db(given.connection, { table, migrate: true }));
    await Promise.all(stores.map((store, index) => store.create(record(`r${index}`), START)));
    expect((await stores[2]?.list(undefined, 10))?.records).toHaveLength(3);

    const downs = await Promise.all(stores.map((store) => store.migrate({ direction: "down" })));
    expect(downs.flatMap((done) => done.migrations)).toHaveLength(3);
    const ups = await Promise.all(stores.map((store) => store.migrate()));
    expect(ups.flatMap((done) => done.migrations)).toHaveLength(3);
    await Promise.all(stores.map((store) => store[Symbol.asyncDispose]()));
  });
});
