import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { db } from "../../../src/engines/db.ts";
import { mariadbUrl, ownName, postgresUrl } from "../db/server.ts";
import { memcachedUrl } from "../memcached/server.ts";
import { redisUrl } from "../redis/server.ts";
import { type App, type Place, startApp } from "./app.ts";
import { type Cut, openProxy, type Proxy } from "./proxy.ts";

vi.setConfig({ testTimeout: 60_000 });
afterAll(() => vi.resetConfig());

/** The cache that both processes share, and the database. One line each. */
const shared: readonly [name: string, cache: string | undefined, database: string | undefined][] = [
  ["Redis over PostgreSQL", redisUrl, postgresUrl],
  ["memcached over MariaDB", memcachedUrl, mariadbUrl],
];

describe.each(shared)("two processes that share %s", (_, cacheUrl, databaseUrl) => {
  const cache: Place = { url: cacheUrl ?? "", name: ownName() };
  const database: Place = { url: databaseUrl ?? "", name: ownName() };
  const isThere = cacheUrl !== undefined && databaseUrl !== undefined;
  const migrate = async (direction: "up" | "down"): Promise<void> => {
    if (!isThere) return;
    await using store = db(database.url, { table: database.name });
    await store.migrate({ direction });
  };
  beforeAll(() => migrate("up"));
  afterAll(() => migrate("down"));

  // What was left out has to show: with COATCHECK_REQUIRE=all this fails the run.
  const register = isThere ? test : test.skip;
  const promise = (name: string, body: (first: App, second: App, line: Proxy) => Promise<void>): unknown =>
    register(name, async () => {
      await using line = await openProxy(cache.url);
      const apps = await Promise.all([startApp({ ...cache, url: line.url }, database), startApp(cache, database)]);
      try {
        await body(...apps, line);
      } finally {
        await Promise.all(apps.map((app) => app.end()));
      }
    });

  promise("lose nothing, and read what the other one wrote", async (first, second) => {
    const token = await first.begin();
    for (let round = 1; round <= 5; round += 1) {
      await Promise.all([first.count(token, 10), second.count(token, 10)]);
      const both = [first.show(token), second.show(token)];
      expect(await Promise.all(both)).toEqual([21 * round - 1, 21 * round - 1]);
      // It is in the cache now, and has to leave it.
      await first.count(token, 1);
      expect(await second.show(token)).toBe(21 * round);
    }
  });

  describe.each<Cut>(["hangs up", "swallows everything"])("when the cache of the first one %s", (how) => {
    promise("no request fails, nothing is lost, and what is old ends within maxStale", async (first, second, line) => {
      const [written, read] = [await first.begin(), await first.begin()];
      for (const token of [written, read]) {
        expect(await first.show(token)).toBe(0);
        expect(await second.show(token)).toBe(0);
      }

      line.cut(how);
      await first.count(written, 5);
      await first.count(read, 5);
      expect(await first.show(written)).toBe(5);
      // The price of an eviction that failed. What is old is read, and never written.
      expect(await second.show(written)).toBe(0);
      await second.count(written, 5);
      expect(await second.show(written)).toBe(10);
      expect(await first.show(written)).toBe(10);

      await second.later(59);
      expect(await second.show(read)).toBe(0);
      await second.later(1);
      expect(await second.show(read)).toBe(5);

      line.heal();
      await first.count(written, 5);
      await second.count(written, 5);
      expect(await first.show(written)).toBe(20);
    });

    promise(
      "a session it ended is gone for it at once, and for the other within maxStale",
      async (first, second, line) => {
        const token = await first.begin();
        expect(await second.show(token)).toBe(0);
        line.cut(how);
        await first.flush(token);
        expect(await first.show(token)).toBeNull();
        expect(await second.show(token)).toBe(0);
        await second.later(60);
        expect(await second.show(token)).toBeNull();
        line.heal();
        expect(await first.show(token)).toBeNull();
      },
    );
  });
});
