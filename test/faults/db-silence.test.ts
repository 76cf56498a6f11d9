import { describe, expect, test, vi } from "vitest";
import { StoreUnavailable } from "../../src/core/errors.ts";
import { db } from "../../src/engines/db.ts";
import { START } from "../../src/testing.ts";
import { mariadbUrl, ownName, postgresUrl } from "../engines/db/server.ts";
import { later, silentOnce } from "./silent-proxy.ts";

const servers = { PostgreSQL: postgresUrl, MariaDB: mariadbUrl };

describe.each<[keyof typeof servers, string, string]>([
  ["MariaDB", "the statement that opens", "@@character_set_connection"],
  ["MariaDB", "a statement of the migration", "create table"],
  ["PostgreSQL", "a statement of the migration", "current_schema"],
])("%s, when the network swallows %s, once", { timeout: 60_000 }, (name, _, swallowed) => {
  test.skipIf(servers[name] === undefined)("is an outage for a while, and is used afterwards", async () => {
    const proxy = await silentOnce(servers[name] ?? "", swallowed);
    const store = db(proxy.url, { table: ownName(), migrate: true });
    const first = store.read("a", START).catch((error: unknown) => error);
    await vi.waitUntil(() => proxy.fellSilent(), { timeout: 10_000 });
    // As requests do it, which do not wait for an answer that does not come.
    await vi.waitUntil(() => Promise.race([works(store), later(200)]), { timeout: 15_000, interval: 50 });

    expect(await store.read("a", START)).toBeUndefined();
    await proxy.endSilent();
    // Told of an outage, or, if another statement was the one swallowed, served.
    expect([undefined, StoreUnavailable]).toContain(((await first) as Error | undefined)?.constructor);
    await store.migrate({ direction: "down" });
    await store[Symbol.asyncDispose]();
    await proxy.close();
  });
});

async function works(store: ReturnType<typeof db>): Promise<boolean> {
  try {
    await store.read("a", START);
    return true;
  } catch {
    return false;
  }
}
