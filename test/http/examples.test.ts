import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { root } from "../../scripts/bootstrap/paths.mjs";
import { RunningExample } from "./example-walk.ts";

test.each([
  "fastify", //
  "koa",
])("examples/%s runs, and does what it says", async (name) => {
  const folder = mkdtempSync(join(tmpdir(), "coatcheck-example-"));
  try {
    await using example = await RunningExample.start(join(root, "examples", name, "app.ts"), folder);
    await expect(example.walk()).resolves.toBeUndefined();
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});
