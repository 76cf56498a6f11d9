import fc from "fast-check";
import { createClient } from "redis";
import { expect, test } from "vitest";
import { redis } from "../../../src/engines/redis.ts";
import { START } from "../../../src/testing.ts";
import { ownPrefix, redisUrl } from "./server.ts";

const HOUR = 3_600_000;

// Any text that UTF-8 can carry; line breaks of every kind, spaces and quotes are what the header is made of.
const text = fc.string({
  unit: fc.oneof(
    { weight: 4, arbitrary: fc.string({ unit: "binary", minLength: 1, maxLength: 1 }) },
    fc.constantFrom("\n", "\r", "\u2028", '"', "\\", " "),
  ),
});
const name = fc.stringMatching(/^[A-Za-z0-9_.-]{1,64}$/);
const instant = fc.integer({ min: START, max: 8.64e15 - HOUR });

test.skipIf(redisUrl === undefined)(
  "whatever a record says, what is created, updated and renewed is read back exactly, by us and by the scripts",
  async () => {
    await using store = redis(redisUrl, { prefix: ownPrefix() });
    let count = 0;
    await fc.assert(
      fc.asyncProperty(
        fc.array(
          fc.record({ payload: text, userId: fc.option(text, { nil: undefined }), revision: name, expiresAt: instant }),
          {
            minLength: 2,
            maxLength: 4,
          },
        ),
        async (versions) => {
          count += 1;
          const base = { id: `r${count}`, secretHash: "h".repeat(43), createdAt: START - 1, renewedAt: START };
          let expected: string | undefined;
          for (const [n, version] of versions.entries()) {
            const record = { ...base, ...version, revision: `${n}${version.revision}`.slice(0, 64) };
            const { id, revision, expiresAt } = record;
            const now = Math.min(expiresAt - 1, START);
            const written =
              expected === undefined ? await store.create(record, now) : await store.update(record, expected, now);
            expect(written).toBe(true);
            expect(await store.read(id, now)).toEqual(record);
            expect(await store.touch(id, revision, expiresAt + HOUR, now)).toBe(true);
            expect(await store.read(id, now)).toEqual({ ...record, expiresAt: expiresAt + HOUR, renewedAt: now });
            const ofUser = await store.listByUser(record.userId ?? "nobody at all", now);
            expect(ofUser.some((listed) => listed.id === id)).toBe(record.userId !== undefined);
            expected = revision;
          }
        },
      ),
      { numRuns: 200 },
    );
  },
);

test.skipIf(redisUrl === undefined)(
  "a key goes by itself a minute after its session's end, which creating, updating and renewing move",
  async () => {
    const prefix = ownPrefix();
    await using store = redis(redisUrl, { prefix });
    const client = createClient({ url: redisUrl ?? "" });
    await client.connect();
    // What has passed since is all that may be missing.
    const checkEnd = async (end: number): Promise<void> => {
      const left = await client.pTTL(`${prefix}a`);
      expect(left).toBeLessThanOrEqual(end + 60_000);
      expect(left).toBeGreaterThan(end + 30_000);
    };
    const times = { createdAt: START, renewedAt: START, expiresAt: START + HOUR };
    const record = { id: "a", secretHash: "h", payload: "{}", revision: "r1", ...times };
    await store.create(record, START);
    await checkEnd(HOUR);
    await store.touch("a", "r1", START + 2 * HOUR, START);
    await checkEnd(2 * HOUR);
    await store.update({ ...record, revision: "r2", expiresAt: START + HOUR / 2 }, "r1", START);
    await checkEnd(HOUR / 2);
    client.destroy();
  },
);
