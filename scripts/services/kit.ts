import { createHash } from "node:crypto";
import { copyFileSync, existsSync, mkdirSync, readFileSync, readdirSync, renameSync, rmSync } from "node:fs";
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
  sweepLeftovers();
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

/** Half an install of a process that was killed: nobody else would remove it, and a kit is heavy. */
function sweepLeftovers(): void {
  const kits = join(cache, "kits");
  for (const folder of existsSync(kits) ? readdirSync(kits) : []) {
    const [, pid] = /-[0-9a-f]{12}-(\d+)$/.exec(folder) ?? [];
    if (pid !== undefined && !isRunning(Number(pid))) rmSync(join(kits, folder), { recursive: true, force: true });
  }
}

function isRunning(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    // Another user's process is no less one.
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}
