import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { findPrograms } from "../../scripts/services/find.ts";
import { startServer } from "../../scripts/services/server.ts";
import type { Running } from "../../scripts/services/server.ts";
import { services } from "../../scripts/services/services.ts";
import { InvalidData, StoreUnavailable } from "../../src/core/errors.ts";
import { memcached } from "../../src/engines/memcached.ts";
import type { MemcachedStore } from "../../src/engines/memcached.ts";
import { caseContext } from "../../src/testing.ts";
import { HOUR, PATIENCE, startLoad } from "./load.ts";
import { errorOf } from "./support.ts";

const service = services.find(({ name }) => name === "memcached");
const programs = service && findPrograms(service);

const { record, revise, now } = caseContext();

/** A server of this describe's own, with further arguments, and a store on it. */
function ownServer(...args: string[]): { store: MemcachedStore; server: Running } {
  const own = {} as { store: MemcachedStore; server: Running };
  beforeAll(async () => {
    if (service?.server === undefined || programs === undefined) return;
    const { server } = service;
    const command: typeof server.command = (instance) => [...server.command(instance), ...args];
    own.server = await startServer({ ...server, command }, programs, new AbortController().signal);
    own.store = memcached(service.value(own.server.instance));
  }, 60_000);
  afterAll(async () => {
    await own.store?.[Symbol.asyncDispose]();
    await own.server?.stop();
  });
  return own;
}

describe.skipIf(programs === undefined)("memcached, with nobody to wait for but a request", { timeout: 60_000 }, () => {
  const own = ownServer();

  test("killed under load and started again empty: answers in time, success or outage; it heals and revives nobody", async () => {
    const { store, server } = own;
    const created = record();
    await store.create(created, now);
    const load = startLoad(store, 8);
    await load.until(200);
    await server.crash();
    await load.untilFailed(8);
    await server.restart();
    await load.until(200);
    await load.stop();
    expect(load.slowest()).toBeLessThan(PATIENCE);
    for (const error of load.errors) expect(error).toBeInstanceOf(StoreUnavailable);

    expect(await store.update(revise(created), created.revision, now)).toBe(false);
    expect(await store.touch(created.id, created.revision, now + 2 * HOUR, now)).toBe(false);
    expect(await store.read(created.id, now)).toBeUndefined();
  });

  test("an item too large for it is refused by name, and what was stored stays", async () => {
    const { store } = own;
    const created = record();
    const payload = "€".repeat(350_000);
    for (const work of [
      () => store.create(record({ payload }), now),
      async () => {
        await store.create(created, now);
        await store.update(revise(created, { payload }), created.revision, now);
      },
    ]) {
      const error = await errorOf(work());
      expect(error).toBeInstanceOf(InvalidData);
      expect(String(error)).toMatch(/is 1050\d{3} bytes, more than .* takes as one item\. Nothing was written\./);
      expect(String(error)).toContain("Lower limits.payloadLength");
    }
    expect(await store.read(created.id, now)).toEqual(created);
    // The connection is where it was: the next answer is the next question's.
    const large = record({ payload: "€".repeat(340_000) });
    expect(await store.create(large, now)).toBe(true);
    expect(await store.read(large.id, now)).toEqual(large);
  });
});

describe.skipIf(programs === undefined)("memcached, full", { timeout: 60_000 }, () => {
  const payload = "x".repeat(10_000);

  describe("evicting", () => {
    const own = ownServer("-m", "2");

    test("signs out who was there first, whose update under way is refused and makes nothing", async () => {
      const { store } = own;
      const first = record({ payload });
      await store.create(first, now);
      let made = 0;
      while ((await store.read(first.id, now)) !== undefined && made < 10_000) {
        // Reading keeps a session in memory; only who stays away is evicted.
        for (let more = 0; more < 500; more += 1) await store.create(record({ payload, id: `e${(made += 1)}` }), now);
      }
      expect(made).toBeLessThan(10_000);
      expect(await store.update(revise(first), first.revision, now)).toBe(false);
      expect(await store.touch(first.id, first.revision, now + 2 * HOUR, now)).toBe(false);
      expect(await store.read(first.id, now)).toBeUndefined();
    });
  });

  describe("with -M", () => {
    const own = ownServer("-m", "2", "-M");

    test("is an outage for writing that says so; what is stored can be read and ended", async () => {
      const { store } = own;
      const first = record({ payload });
      await store.create(first, now);
      let error: unknown;
      for (let made = 0; error === undefined && made < 10_000; made += 1) {
        error = await errorOf(store.create(record({ payload, id: `m${made}` }), now));
      }
      expect(error).toBeInstanceOf(StoreUnavailable);
      expect(String(error)).toMatch(/SERVER_ERROR out of memory storing object\. It is full and was started with -M/);
      const refused = await errorOf(store.update(revise(first, { payload }), first.revision, now));
      expect(refused).toBeInstanceOf(StoreUnavailable);
      expect(await store.read(first.id, now)).toEqual(first);
      expect(await store.delete(first.id)).toBe(true);
    });
  });
});

describe.skipIf(programs === undefined)("memcached, started with -C", () => {
  const own = ownServer("-C");

  test("is unfit for what has to compare, and says so", async () => {
    const { store } = own;
    const created = record();
    expect(await store.create(created, now)).toBe(true);
    expect(await store.read(created.id, now)).toEqual(created);
    const verbs = [
      store.update(revise(created), created.revision, now),
      store.touch(created.id, created.revision, now + 2 * HOUR, now),
    ];
    for (const error of await Promise.all(verbs.map(errorOf))) {
      expect(error).toBeInstanceOf(StoreUnavailable);
      expect(String(error)).toContain("it was started with -C, so it cannot compare and set. Start it without.");
    }
    expect(await store.read(created.id, now)).toEqual(created);
  });
});
