import { describe, expect, test } from "vitest";
import type { MemcachedClient } from "../../../src/engines/memcached.ts";
import { memcached } from "../../../src/engines/memcached.ts";
import { caseContext } from "../../../src/testing.ts";
import { clientOf, memcachedUrl, ownPrefix } from "./server.ts";

const HOUR = 3_600_000;

/** A client that keeps a list of what it was asked, and does it; `before` comes first. */
function listing(client: MemcachedClient, before: (command: string) => Promise<void> = async () => {}) {
  const commands: string[] = [];
  const listed =
    <A extends unknown[]>(command: string, work: (...args: A) => Promise<unknown>) =>
    async (...args: A): Promise<unknown> => {
      commands.push(command);
      await before(command);
      return work(...args);
    };
  const on: MemcachedClient = {
    gets: listed("gets", (key) => client.gets(key)),
    add: listed("add", (key, value, options) => client.add(key, value, options)),
    cas: listed("cas", (key, value, options) => client.cas(key, value, options)),
    delete: listed("delete", (key) => client.delete(key)),
  };
  return { on, sent: () => commands.splice(0).join(" ") };
}

describe.skipIf(memcachedUrl === undefined)("what memcached is asked", () => {
  const client = clientOf(memcachedUrl ?? "memcached://127.0.0.1:1");

  test("one command to read, create and delete, two to update and to move the end", async () => {
    const { on, sent } = listing(client);
    const store = memcached(on, { prefix: ownPrefix() });
    const { record, revise, now } = caseContext();
    const created = record();
    const { id, revision, expiresAt } = created;
    await store.create(created, now);
    expect(sent()).toBe("add");
    await store.read(id, now);
    expect(sent()).toBe("gets");
    await store.touch(id, revision, expiresAt, now);
    expect(sent()).toBe("gets");
    await store.touch(id, revision, expiresAt + HOUR, now);
    expect(sent()).toBe("gets cas");
    await store.update(revise(created), "another", now);
    expect(sent()).toBe("gets");
    await store.update(revise(created), revision, now);
    expect(sent()).toBe("gets cas");
    await store.delete(id);
    expect(sent()).toBe("delete");
  });

  test("a renewal that comes between the two of an update is not a conflict: the update tries again", async () => {
    const prefix = ownPrefix();
    const others = memcached(client, { prefix });
    const { record, revise, now } = caseContext();
    const created = record();
    let renewals = 2;
    const { on, sent } = listing(client, async (command) => {
      if (command !== "cas" || renewals === 0) return;
      renewals -= 1;
      await others.touch(created.id, created.revision, created.expiresAt + HOUR / (renewals + 1), now);
    });
    const store = memcached(on, { prefix });
    await store.create(created, now);
    const next = revise(created);
    expect(await store.update(next, created.revision, now)).toBe(true);
    expect(sent()).toBe("add gets cas gets cas gets cas");
    expect(await others.read(created.id, now)).toEqual(next);
  });

  test("what is evicted between the two of an update is gone: it is refused, and never made again", async () => {
    const prefix = ownPrefix();
    const { record, revise, now } = caseContext();
    const created = record();
    const { on } = listing(client, async (command) => {
      if (command === "cas") await client.delete(prefix + created.id);
    });
    const store = memcached(on, { prefix });
    await store.create(created, now);
    expect(await store.update(revise(created), created.revision, now)).toBe(false);
    await store.create(created, now);
    expect(await store.touch(created.id, created.revision, created.expiresAt + HOUR, now)).toBe(false);
    expect(await store.read(created.id, now)).toBeUndefined();
  });

  test("nobody can come between for ever", async () => {
    const prefix = ownPrefix();
    const { record, revise, now } = caseContext();
    const created = record();
    let step = 0;
    const others = memcached(client, { prefix });
    const { on } = listing(client, async (command) => {
      step += 1;
      if (command === "cas") await others.touch(created.id, created.revision, created.expiresAt + step, now);
    });
    const store = memcached(on, { prefix });
    await others.create(created, now);
    await expect(store.update(revise(created), created.revision, now)).rejects.toThrow("100 times");
  });
});
