// Judges the tarball, not the checkout: what npm leaves out of the package is missing only for users.
import { globSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { runNode } from "../bootstrap/child.mjs";
import { npm } from "../bootstrap/npm.mjs";
import { tool } from "../tool.ts";

const folder = mkdtempSync(join(tmpdir(), "coatcheck-pack-"));
try {
  npm(["pack", "--silent", "--ignore-scripts", "--pack-destination", folder], "pack the package");
  const tarballs = globSync(join(folder, "*.tgz"));
  const publint = (): Promise<number> => runNode([tool("publint"), "run", "--strict", ...tarballs]);
  // The package is ESM only: what attw says about `require` without require(esm) is known and meant.
  const attw = (...options: string[]): Promise<number> =>
    runNode([
      tool("@arethetypeswrong/cli", "attw"),
      "--profile",
      "esm-only",
      "--format",
      "ascii",
      ...options,
      ...tarballs,
    ]);

  // attw has two screens to say about a good package: only a bad one is worth them.
  const failed = (await publint()) !== 0 || ((await attw("--quiet")) !== 0 && (await attw()) !== 0);
  process.exitCode = failed ? 1 : 0;
} finally {
  rmSync(folder, { recursive: true, force: true });
}
