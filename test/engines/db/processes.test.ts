import { describe, expect, test } from "vitest";
import { db } from "../../../src/engines/db.ts";
import { START } from "../../../src/testing.ts";
import { spawnChild } from "./child.ts";
import { mariadbUrl, ownName, postgresUrl } from "./server.ts";

describe.each([
  ["PostgreSQL", postgresUrl],
  ["MariaDB", mariadbUrl],
])("several processes on one %s", (_, url) => {
  test.skipIf(url === undefined)("lose no increment, and sweep each record once", { timeout: 60_000 }, async () => {
    const table = ownName();
    await using store = db(url, { table, migrate: true });
    const times = { createdAt: START, renewedAt: START, expiresAt: START + 1000 };
    const record = { id: "shared", secretHash: "h", payload: "0", revision: "r", ...times };
    await store.create(record, START);
    const expired = Array.from({ length: 500 }, (__, n) => ({ ...record, id: `x${n}`, expiresAt: START - 1 }));
    await Promise.all(expired.map((each) => store.create(each, START - 10)));

    const processes = Array.from({ length: 4 }, () => spawnChild(WORKER, { URL: url, TABLE: table, NOW: START }));
    try {
      await Promise.all(processes.map((child) => child.heard("ready")));
      for (const child of processes) child.say("go");
      const swept = await Promise.all(processes.map((child) => child.next()));
      expect((await store.read("shared", START))?.payload).toBe(String(4 * 20));
      expect(swept.reduce((sum: number, count) => sum + Number(count), 0)).toBe(500);
    } finally {
      await Promise.all(processes.map((child) => child.end()));
    }
    await store.migrate({ direction: "down" });
  });
});

/** Twenty increments of the record that all share, and a sweep until nothing is left. */
const WORKER = `
  const { db } = await import(ENGINE);
  const store = db(URL, { table: TABLE });
  await store.read("shared", NOW);
  process.on("message", async () => {
    try {
      let swept = 0;
      for (let done = 0; done < 20; ) {
        const record = await store.read("shared", NOW);
        const next = { ...record, payload: String(Number(record.payload) + 1), revision: process.pid + "-" + done };
        if (await store.update(next, record.revision, NOW)) done++;
        swept += await store.deleteExpired(NOW, 7);
      }
      for (let count; (count = await store.deleteExpired(NOW, 50)) > 0; ) swept += count;
      await store[Symbol.asyncDispose]();
      process.send(swept);
    } catch (error) {
      process.send(String(error) + String(error.cause));
    }
  });
  process.send("ready");
`;
