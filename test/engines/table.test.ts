import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { root } from "../../scripts/bootstrap/paths.mjs";
import { isListable, isSweepable, isUserIndexed, type SessionStore } from "../../src/core/store.ts";
import { cache } from "../../src/engines/cache.ts";
import { cachedDb } from "../../src/engines/cached-db.ts";
import { db } from "../../src/engines/db.ts";
import { file } from "../../src/engines/file.ts";
import { memcached } from "../../src/engines/memcached.ts";
import { memory } from "../../src/engines/memory.ts";
import { redis } from "../../src/engines/redis.ts";

const folder = mkdtempSync(join(tmpdir(), "coatcheck-table-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const text = readFileSync(join(root, "docs/engines.md"), "utf8");
const yesNo = (value: boolean): string => (value ? "yes" : "no");

test.each<[string, SessionStore]>([
  ["db", db()],
  ["file", file({ path: folder })],
  ["redis", redis()],
  ["memcached", memcached()],
  ["cachedDb", cachedDb({ cache: memory(), db: db() })],
  ["cache", cache()],
  ["memory", memory()],
])("docs/engines.md says of %s what the engine says of itself", (name, store) => {
  const row = text.split("\n").find((line) => line.startsWith(`| [\`${name}\`]`));
  const [atomic, listed] = row?.split(" | ").slice(4, 6) ?? [];
  expect(atomic).toBe(name === "cache" ? "if the cache can compare and set; else in one process" : yesNo(store.atomic));
  const powers = `${yesNo(isListable(store))}, ${yesNo(isUserIndexed(store))}`;
  expect(listed).toBe(name === "cachedDb" ? "as its database" : powers);
  // Those of memory go by themselves; it can be swept from within.
  const sweepable = isSweepable(store) && name !== "memory";
  expect(/To be swept.*: (.*?)\. /.exec(text)?.[1]?.includes(`\`${name}\``)).toBe(sweepable);
});
