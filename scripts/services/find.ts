import { spawnSync } from "node:child_process";
import { accessSync, constants, existsSync, globSync, statSync } from "node:fs";
import { delimiter, isAbsolute, join } from "node:path";
import type { Service } from "./service.ts";

/** The service's programs by name, or undefined unless every one of them is here. */
export function findPrograms({ programs, folders = [] }: Service): Record<string, string> | undefined {
  const places = (process.env["PATH"] ?? "").split(delimiter).filter(isAbsolute);
  // The newest version first: /usr/lib/postgresql/17 before 9, which sorts after it as text.
  for (const pattern of folders) places.push(...globSync(pattern).sort(byNumberDescending));

  const found: Record<string, string> = {};
  for (const [name, candidates] of Object.entries(programs)) {
    const file = candidates
      .flatMap((candidate) => (isAbsolute(candidate) ? [candidate] : places.map((place) => join(place, candidate))))
      .find(isProgram);
    if (file === undefined) return undefined;
    found[name] = file;
  }
  return found;
}

const byNumberDescending = (a: string, b: string): number => b.localeCompare(a, "en", { numeric: true });

function isProgram(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return statSync(file).isFile();
  } catch {
    return false;
  }
}

export const canUseApt = (): boolean =>
  process.getuid?.() === 0 && existsSync("/etc/debian_version") && spawnSync("apt-get", ["--version"]).status === 0;

/** The client alone is common; only an engine that answers is of use. */
export const canUseDocker = (): boolean => spawnSync("docker", ["info"], { timeout: 10_000 }).status === 0;
