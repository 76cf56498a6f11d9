import { createHash } from "node:crypto";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { BootstrapError } from "./error.mjs";
import { npm } from "./npm.mjs";
import { root } from "./paths.mjs";

const lockFile = join(root, "package-lock.json");
const stampFile = join(root, "node_modules", ".coatcheck-stamp");

/** Makes node_modules what package-lock.json says, and costs one file hash when it already is. */
export function ensureDependencies() {
  if (!existsSync(lockFile))
    throw new BootstrapError("Expected package-lock.json. Found none. Restore it with: git checkout package-lock.json");

  // A hash, not a date: a checkout changes dates without changing the lock. The platform, because a folder shared
  // with a container holds the other platform's native binaries.
  const lock = createHash("sha256").update(readFileSync(lockFile)).digest("hex");
  const stamp = `${lock} ${process.platform}-${process.arch}\n`;
  if (existsSync(stampFile) && readFileSync(stampFile, "utf8") === stamp) return;

  console.error("Installing the packages in package-lock.json ...");
  // No package here needs its install script, and a script is where a poisoned package would start.
  npm(["ci", "--ignore-scripts"], "install the packages in package-lock.json");
  writeFileSync(stampFile, stamp);
}
