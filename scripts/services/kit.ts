import { createHash } from "node:crypto";
import { copyFileSync, existsSync, mkdirSync, readFileSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import { npm } from "../bootstrap/npm.mjs";
import { cache, root } from "../bootstrap/paths.mjs";

/**
 * The folder of a kit: packages that only some tests need and that weigh more than all others together, as the lock file in
 * test/kits says. Not in the package's own, so that `npm start` on a fresh clone does not wait for them.
 */
export function installKit(name: string): string {
  const source = join(root, "test/kits", name);
  const lock = readFileSync(join(source, "package-lock.json"));
  const version = createHash("sha256").update(lock).digest("hex").slice(0, 12);
  const home = join(cache, "kits", `${name}-${process.platform}-${process.arch}-${version}`);
  if (existsSync(home)) return home;

  console.error(`Installing test/kits/${name} into .cache ...`);
  // Moved into place when complete, so that an interrupted install, or two at once, leave nothing half done.
  const folder = `${home}-${process.pid}`;
  mkdirSync(folder, { recursive: true });
  try {
    for (const file of ["package.json", "package-lock.json"]) copyFileSync(join(source, file), join(folder, file));
    npm(["ci", "--prefix", folder, "--ignore-scripts"], `install the packages of test/kits/${name}`);
    if (!existsSync(home)) renameSync(folder, home);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
  return home;
}
