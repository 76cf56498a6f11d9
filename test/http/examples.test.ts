import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { root } from "../../scripts/bootstrap/paths.mjs";
import { tool } from "../../scripts/tool.ts";
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

describe("examples/nest, which needs a compiler,", () => {
  test("runs on either platform, and does what its page says", async () => {
    // Inside the repository, where what it imports is found from.
    const cache = join(root, ".cache");
    mkdirSync(cache, { recursive: true });
    const folder = mkdtempSync(join(cache, "example-nest-"));
    try {
      const compile = [tool("typescript", "tsc"), "-p", "examples/nest", "--outDir", folder];
      execFileSync(process.execPath, compile, { cwd: root, stdio: "inherit" });
      for (const PLATFORM of ["express", "fastify"]) {
        const cwd = mkdtempSync(join(folder, PLATFORM));
        await walkExample(join(folder, "app.js"), cwd, { env: { PLATFORM } });
      }
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
    expect.hasAssertions();
  });
});
