import { existsSync, statSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { UsageError } from "./exit.ts";

/** Where an app's settings usually are. Looked for in this order, in each folder. */
export const configNames = [
  "coatcheck.config.ts",
  "coatcheck.config.js",
  "sessions.ts",
  "sessions.js",
  "sessions.mjs",
  "src/sessions.ts",
  "src/sessions.js",
] as const;

/** @throws UsageError naming where was looked. */
export function findConfig(path: string | undefined): string {
  return path === undefined ? search(process.cwd()) : existing(resolve(path));
}

/**
 * Upwards from the working directory, to the folder with the nearest package.json and no further: this file is about to
 * be run, and what lies beyond the project is somebody else's.
 *
 * The folder with the package.json becomes the working directory, as npm makes it for scripts: `.coatcheck` in the
 * settings has to mean the same file for the app and for us, from wherever in the project we are started.
 */
function search(start: string): string {
  const folders = foldersOfProject(start);
  for (const folder of folders) {
    for (const name of configNames) {
      const file = join(folder, name);
      if (!isFile(file)) continue;
      process.chdir(folders.at(-1) ?? folder);
      return file;
    }
  }
  const where = folders.length === 1 ? start : `${start} and above, up to ${folders.at(-1)}`;
  throw new UsageError(
    `Expected the file that exports your sessions. Found none of ${configNames.join(", ")} in ${where}.\n` +
      "Write one, with `export default createSessions(…)`, or say where yours is: --config path/to/file.ts",
  );
}

function foldersOfProject(start: string): string[] {
  const folders = [start];
  for (let folder = start; !existsSync(join(folder, "package.json")); folders.push(folder)) {
    const parent = dirname(folder);
    // No project at all: the folder we were started in has to do.
    if (parent === folder) return [start];
    folder = parent;
  }
  return folders;
}

function existing(file: string): string {
  if (isFile(file)) return file;
  throw new UsageError(`--config: expected a file at ${file}, found ${existsSync(file) ? "a folder" : "nothing"}.`);
}

function isFile(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isFile() ?? false;
}
