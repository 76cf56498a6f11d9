// `npm ci` refuses a lock file in which a package for another platform is missing, and npm leaves such packages out
// whenever the registry it asked does not have them (a mirror, a release still being published): then nobody can install.
// It must not name a registry either: it would differ between people behind a mirror and people who are not.
//
// `node scripts/checks/lock-file.ts --fix` adds the missing ones, by the version their parent asks for; npm fetches none
// of them but the one for its own platform.
import { globSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { root } from "../bootstrap/paths.mjs";

interface Lock {
  packages: Record<string, Entry>;
}

interface Entry {
  version?: string;
  resolved?: string;
  dev?: boolean;
  optional?: boolean;
  cpu?: string[];
  os?: string[];
  libc?: string[];
  optionalDependencies?: Record<string, string>;
}

const isFix = process.argv.includes("--fix");
const files = ["package-lock.json", ...globSync("test/kits/*/package-lock.json", { cwd: root })];
process.exitCode = files.map((file) => check(file)).every(Boolean) ? 0 : 1;

function check(file: string): boolean {
  const lock = JSON.parse(readFileSync(join(root, file), "utf8")) as Lock;
  const missing = new Map<string, Entry>();
  for (const parent of Object.values(lock.packages)) {
    for (const [name, version] of Object.entries(parent.optionalDependencies ?? {})) {
      const path = `node_modules/${name}`;
      // Only platform packages are pinned exactly; any other optional dependency is npm's to resolve.
      if (lock.packages[path] !== undefined || !/^\d+\.\d+\.\d+$/.test(version)) continue;
      const { cpu, libc, os } = platformOf(name);
      // In npm's own order, so that its next write changes nothing here.
      missing.set(path, { version, cpu, ...(parent.dev && { dev: true }), ...(libc && { libc }), optional: true, os });
    }
  }
  const resolved = Object.keys(lock.packages).filter((path) => lock.packages[path]?.resolved !== undefined);
  if (isFix) return fix(file, lock, missing, resolved);
  for (const path of missing.keys()) console.error(`${file}: expected ${path}, found none (--fix adds it)`);
  for (const path of resolved)
    console.error(`${file}: expected no download address, found one for ${path} (--fix removes it)`);
  return missing.size + resolved.length === 0;
}

function fix(file: string, lock: Lock, missing: Map<string, Entry>, resolved: string[]): true {
  for (const path of resolved) delete lock.packages[path]?.resolved;
  const packages = Object.entries(lock.packages).concat([...missing]);
  lock.packages = Object.fromEntries(packages.sort(([a], [b]) => a.localeCompare(b, "en")));
  writeFileSync(join(root, file), `${JSON.stringify(lock, undefined, 2)}\n`);
  console.log(`${file}: ${missing.size} packages added, ${resolved.length} addresses removed.`);
  return true;
}

/** `@oxlint/binding-linux-arm64-musl` runs on Linux, arm64, musl. Without these npm would fetch it everywhere. */
function platformOf(name: string): { cpu: string[]; libc: string[] | undefined; os: string[] } {
  const match = /(android|darwin|freebsd|linux|openharmony|win32)-([a-z0-9]+)(?:-(gnu|musl))?/.exec(name);
  const [, os, cpu, abi] = match ?? [];
  if (os === undefined || cpu === undefined) throw new Error(`Expected a platform in the name ${name}. Found none.`);
  return { cpu: [cpu], libc: abi === undefined ? undefined : [abi === "gnu" ? "glibc" : abi], os: [os] };
}
