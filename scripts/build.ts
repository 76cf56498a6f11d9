import { createHash } from "node:crypto";
import { existsSync, globSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { runNode } from "./bootstrap/child.mjs";
import { cache, root } from "./bootstrap/paths.mjs";
import { tool } from "./tool.ts";

const dist = join(root, "dist");
const stampFile = join(cache, "build-stamp");

/** Compiles src to dist unless dist is up to date. */
export async function build(): Promise<number> {
  const stamp = fingerprint();
  if (existsSync(dist) && existsSync(stampFile) && readFileSync(stampFile, "utf8") === stamp) return 0;

  // From nothing: otherwise a deleted source file lives on in dist, and is published.
  rmSync(dist, { recursive: true, force: true });
  rmSync(stampFile, { force: true });
  const code = await runNode([tool("typescript", "tsc"), "-p", "tsconfig.build.json"]);
  if (code === 0) {
    mkdirSync(cache, { recursive: true });
    writeFileSync(stampFile, stamp);
  }
  return code;
}

/** Changes when a file is edited, added, removed or put back; comparing dates alone misses the last two. */
function fingerprint(): string {
  const hash = createHash("sha256");
  const files = globSync(["src/**/*.ts", "tsconfig*.json", "package-lock.json"], { cwd: root });
  for (const file of files.sort()) {
    const { mtimeMs, size } = statSync(join(root, file));
    hash.update(`${file} ${mtimeMs} ${size}\n`);
  }
  return hash.digest("hex");
}
