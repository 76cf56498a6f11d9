import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, test } from "vitest";
import { file } from "../../../src/engines/file.ts";
import type { FileStore } from "../../../src/engines/file.ts";
import { interleavingSuite, storeSuite } from "../../../src/testing.ts";

const folder = mkdtempSync(join(tmpdir(), "coatcheck-file-"));
// A store for each case and each order: tens of thousands of files and folders, on a disk that others use too.
afterAll(() => rmSync(folder, { recursive: true, force: true }), 120_000);

let count = 0;
function newPath(): string {
  count += 1;
  return join(folder, String(count));
}

/** Fit when the store was made, and a file since. */
function makeBrokenStore(): FileStore {
  const path = newPath();
  const store = file({ path });
  rmSync(path, { recursive: true });
  writeFileSync(path, "");
  return store;
}

await storeSuite({ describe, test }, "file", () => file({ path: newPath() }), { makeBrokenStore });
await storeSuite({ describe, test }, "file, fsync", () => file({ path: newPath(), fsync: true }), { makeBrokenStore });
await interleavingSuite({ describe, test }, "file", () => file({ path: newPath() }), { randomRuns: 200 });
