import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { afterAll, describe, expect, test } from "vitest";
import type { ListableStore, SweepableStore } from "../../src/core/store.ts";
import { db } from "../../src/engines/db.ts";
import { file } from "../../src/engines/file.ts";
import { START } from "../../src/testing.ts";
import { randomFrom } from "./random.ts";

const KILLS = 200;
/** At once, so that what one leaves behind is in the way of the others. */
const CHILDREN = 3;
const FAR_FUTURE = START + 1e12;

const seed = Number(process.env["COATCHECK_KILL_SEED"] ?? Date.now() % 1e9);
const folder = mkdtempSync(join(tmpdir(), "coatcheck-kill-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** What the store has acknowledged, and what was under way. */
class Heard {
  readonly counted = new Map<string, number[]>();
  readonly created = new Map<string, number>();
  readonly deleting = new Set<string>();
  readonly deleted = new Set<string>();

  hear(line: string): void {
    const [what, id = "", number = 0] = line.split(" ");
    if (what === "counted") this.counted.set(id, [...(this.counted.get(id) ?? []), Number(number)]);
    if (what === "created" || what === "touched") this.created.set(id, Number(number));
    if (what === "deleting") this.deleting.add(id);
    if (what === "deleted") this.deleted.add(id);
  }
}

const stores = {
  file: (path: string) => file({ path }),
  SQLite: (path: string) => db({ path }),
};

describe.each(["file", "SQLite"] as const)(
  `200 times kill -9 at random points of writing, seed ${seed}: %s`,
  (engine) => {
    const path = join(folder, engine, "sessions");
    const shared = ["one", "two", "three"];
    const heard = new Heard();
    let store: ListableStore & SweepableStore & Partial<AsyncDisposable>;

    test("all are killed while they write", { timeout: 180_000 }, async () => {
      store = stores[engine](path);
      const times = { createdAt: START, renewedAt: START, expiresAt: START + 1000 };
      for (const id of shared) {
        expect(await store.create({ id, secretHash: "h", payload: "0", revision: "r", ...times }, START)).toBe(true);
      }
      const random = randomFrom(seed);
      let begun = 0;
      const killOneAfterAnother = async (): Promise<void> => {
        while (begun < KILLS) {
          begun += 1;
          const settings = { engine, path, shared, name: `${engine}-${begun}`, seed: seed + begun, START };
          await killed(settings, { lines: Math.floor(random() * 12), turns: Math.floor(random() * 60) }, heard);
        }
      };
      await Promise.all(Array.from({ length: CHILDREN }, killOneAfterAnother));
      expect(begun).toBe(KILLS);
      // Or else they were killed before they had begun.
      expect(heard.created.size).toBeGreaterThan(KILLS / 2);
      for (const id of shared) expect(heard.counted.get(id)?.length).toBeGreaterThan(KILLS / 2);
    });

    test("every acknowledged write is there, and no increment was acknowledged twice", async () => {
      let unheard = 0;
      for (const id of shared) {
        const numbers = heard.counted.get(id) ?? [];
        expect(numbers.toSorted((a, b) => a - b)).toEqual([...new Set(numbers)].toSorted((a, b) => a - b));
        const stored = Number.parseInt((await store.read(id, START))?.payload ?? "", 10);
        expect(stored).toBeGreaterThanOrEqual(Math.max(...numbers));
        unheard += stored - numbers.length;
      }
      // Made, and killed before it could say so.
      expect(unheard).toBeLessThanOrEqual(KILLS);
      for (const [id, expiresAt] of heard.created) {
        if (heard.deleting.has(id)) continue;
        expect([id, (await store.read(id, START))?.expiresAt]).toEqual([
          id,
          expect.toSatisfy((end) => end >= expiresAt),
        ]);
      }
      for (const id of heard.deleted) expect([id, await store.read(id, START)]).toEqual([id, undefined]);
    });

    test("every record can be read", async () => {
      const ids: string[] = [];
      for (let cursor: string | undefined, more = true; more; more = cursor !== undefined) {
        const page = await store.list(cursor, 100);
        ids.push(...page.records.map(({ id }) => id));
        cursor = page.cursor;
      }
      expect(ids.length).toBeGreaterThanOrEqual(heard.created.size - heard.deleting.size);
      for (const id of ids) expect((await store.read(id, 0))?.payload).toMatch(/^(\d+ )?(x{500}|y{50000})?$/);
    });

    test("a sweep leaves nothing behind", async () => {
      while ((await store.deleteExpired(FAR_FUTURE, 1000)) > 0);
      expect((await store.list(undefined, 10)).records).toEqual([]);
      await store[Symbol.asyncDispose]?.();
      const left = readdirSync(dirname(path), { recursive: true, withFileTypes: true });
      const files = left.filter((entry) => !entry.isDirectory()).map(({ name }) => name);
      expect(files).toEqual(engine === "SQLite" ? ["sessions"] : []);
    });
  },
);

/**
 * Runs a child and kills it so many lines after it was ready, and so many turns of our event loop. Not after a time: on a
 * busy machine that would again and again be a moment at which it has not yet begun.
 */
async function killed(settings: object, after: { lines: number; turns: number }, heard: Heard): Promise<void> {
  const program = fileURLToPath(new URL("kill-child.ts", import.meta.url));
  const child = spawn(process.execPath, ["--disable-warning=ExperimentalWarning", program, JSON.stringify(settings)], {
    env: { ...process.env, NODE_OPTIONS: "", NODE_COMPILE_CACHE: join(folder, "compiled") },
    stdio: ["ignore", "pipe", "inherit"],
  });
  const exited = once(child, "exit");
  let lines = -1;
  for await (const line of createInterface({ input: child.stdout })) {
    lines += 1;
    heard.hear(line);
    if (lines !== after.lines) continue;
    for (let turn = 0; turn < after.turns; turn += 1) await new Promise((resolve) => setImmediate(resolve));
    child.kill("SIGKILL");
  }
  const [status, signal] = await exited;
  expect([status, signal]).toEqual([null, "SIGKILL"]);
}
