import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { file } from "../../../src/engines/file.ts";
import { START } from "../../../src/testing.ts";
import { spawnChild } from "../db/child.ts";

test(
  "several processes in one folder lose no increment, create each id once, sweep each record once",
  { timeout: 60_000 },
  async () => {
    const path = mkdtempSync(join(tmpdir(), "coatcheck-file-"));
    const store = file({ path });
    const times = { createdAt: START, renewedAt: START, expiresAt: START + 1000 };
    const record = { id: "shared", secretHash: "h", payload: "0", revision: "r", ...times };
    await store.create(record, START);
    await Promise.all(
      Array.from({ length: 300 }, (_, n) => store.create({ ...record, id: `x${n}`, expiresAt: START - 1 }, START - 10)),
    );

    const ENGINE = new URL("../../../src/engines/file.ts", import.meta.url).href;
    const processes = Array.from({ length: 4 }, () => spawnChild(WORKER, { ENGINE, FOLDER: path, RECORD: record }));
    try {
      await Promise.all(processes.map((child) => child.heard("ready")));
      for (const child of processes) child.say("go");
      const answers = (await Promise.all(processes.map((child) => child.next()))) as {
        created: number;
        swept: number;
      }[];
      expect((await store.read("shared", START))?.payload).toBe(String(4 * 50));
      expect(answers.reduce((sum, { created }) => sum + created, 0)).toBe(20);
      expect(answers.reduce((sum, { swept }) => sum + swept, 0)).toBe(300);
    } finally {
      await Promise.all(processes.map((child) => child.end()));
    }
    rmSync(path, { recursive: true });
  },
);

/** Twenty ids that all want to create, fifty increments of the record that all share, and a sweep until nothing is left. */
const WORKER = `
  const { file } = await import(ENGINE);
  const store = file({ path: FOLDER });
  const now = RECORD.createdAt;
  process.on("message", async () => {
    try {
      let created = 0, swept = 0;
      for (let n = 0; n < 20; n++) created += await store.create({ ...RECORD, id: "new" + n }, now);
      for (let done = 0; done < 50; ) {
        const record = await store.read("shared", now);
        const next = { ...record, payload: String(Number(record.payload) + 1), revision: process.pid + "-" + done };
        if (await store.update(next, record.revision, now)) done++;
        swept += await store.deleteExpired(now, 7);
      }
      for (let count; (count = await store.deleteExpired(now, 50)) > 0; ) swept += count;
      process.send({ created, swept });
    } catch (error) {
      process.send(String(error) + String(error.cause));
    }
  });
  process.send("ready");
`;
