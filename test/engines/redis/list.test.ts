import { expect, test } from "vitest";
import { redis } from "../../../src/engines/redis.ts";
import { START } from "../../../src/testing.ts";
import { ownPrefix, redisUrl } from "./server.ts";

const HOUR = 3_600_000;
/** A database of the file's own, so that the others in it are those of the test. */
const url = redisUrl && `${redisUrl}/9`;

test.skipIf(redisUrl === undefined)(
  "a walk in small pages shows every record, whatever others add and remove in the database meanwhile",
  async () => {
    await using store = redis(url, { prefix: ownPrefix() });
    await using others = redis(url, { prefix: ownPrefix() });
    const times = { createdAt: START, renewedAt: START, expiresAt: START + HOUR };
    const recordOf = (id: string) => ({ id, secretHash: "h", payload: "{}", revision: "r1", ...times });
    const ids = Array.from({ length: 300 }, (_, n) => `mine-${n}`);
    const foreign = Array.from({ length: 3000 }, (_, n) => `other-${n}`);
    await Promise.all(ids.map((id) => store.create(recordOf(id), START)));
    await Promise.all(foreign.map((id) => others.create(recordOf(id), START)));

    const shown = new Set<string>();
    for (let cursor: string | undefined, page = 0; page === 0 || cursor !== undefined; page += 1) {
      const { records, cursor: next } = await store.list(cursor, 7);
      for (const { id } of records) shown.add(id);
      cursor = next;
      await Promise.all(foreign.splice(0, 80).map((id) => others.delete(id)));
    }
    expect([...shown].sort()).toEqual(ids.sort());
  },
);
