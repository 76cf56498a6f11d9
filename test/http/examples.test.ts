import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { root } from "../../scripts/bootstrap/paths.mjs";
import { walkExample } from "./walk-example.ts";

const examples = ["express", "fastify", "fetch", "h3", "hono", "koa", "node"];

test.each(examples)("examples/%s runs, and does what its page says", async (name) => {
  const cwd = mkdtempSync(join(tmpdir(), "coatcheck-example-"));
  try {
    await walkExample(join(root, "examples", name, "app.ts"), cwd);
  } finally {
    rmSync(cwd, { recursive: true, force: true });
  }
  expect.hasAssertions();
});
