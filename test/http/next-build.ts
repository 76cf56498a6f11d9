import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { cpSync, existsSync, mkdirSync, mkdtempSync, renameSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import { root } from "../../scripts/bootstrap/paths.mjs";
import type { Start } from "./walk-example.ts";

/** Where the packages of the kit `next` are; empty where they are not installed. */
export const nextKit = process.env["COATCHECK_TEST_NEXT"] ?? "";

export const nextProgram = join(nextKit, "node_modules/next/dist/bin/next");

/** Not the tests' own NODE_ENV; and what Next would send home is no part of a test. */
const env = { NODE_ENV: "production", NEXT_TELEMETRY_DISABLED: "1", NODE_OPTIONS: "" } as const;

/** For `withProgram`: the built app of a folder, served as its owner would. */
export function nextStart(more: NodeJS.ProcessEnv = {}): Start {
  return { args: ["start", "-H", "127.0.0.1"], env: { ...env, ...more }, quiet: true };
}

/** Files by path, an app of Next each. */
export type AppFiles = Readonly<Record<string, string>>;

/** The settings of an app among the kit's packages, which Next would otherwise take for a part of the checkout. */
export function nextConfig(more = ""): string {
  const kit = JSON.stringify(nextKit);
  return `export default {
    turbopack: { root: ${kit} },
    outputFileTracingRoot: ${kit},
    serverExternalPackages: ["coatcheck"],
    ${more}
  };`;
}

/**
 * Builds an app in a folder of its own, among the kit's packages, where it finds them. Yours to remove.
 *
 * @param onFailure Looks at what a build that fails leaves behind.
 */
export async function buildApp(
  files: AppFiles,
  prepare: (folder: string) => void = () => undefined,
  onFailure: (folder: string) => void = () => undefined,
): Promise<string> {
  const folder = mkdtempSync(join(nextKit, "app-"));
  try {
    for (const [file, text] of Object.entries(files)) {
      mkdirSync(dirname(join(folder, file)), { recursive: true });
      writeFileSync(join(folder, file), text);
    }
    prepare(folder);
    await promisify(execFile)(process.execPath, [nextProgram, "build"], {
      cwd: folder,
      env: { ...process.env, ...env },
    });
  } catch (error) {
    onFailure(folder);
    rmSync(folder, { recursive: true, force: true });
    const { stdout = "", stderr = "" } = error as { stdout?: string; stderr?: string };
    throw new Error(`Expected the app to build. Found:\n${stdout}\n${stderr}`, { cause: error });
  }
  return folder;
}

/** The same, kept under a name of its contents: for an app that is none of what is tested. */
export async function keptApp(files: AppFiles): Promise<string> {
  const version = createHash("sha256").update(JSON.stringify(files)).digest("hex").slice(0, 12);
  const home = join(nextKit, `kept-${version}`);
  if (existsSync(home)) return home;
  const folder = await buildApp(files);
  // Two may have built it at once; either will do.
  if (existsSync(home)) rmSync(folder, { recursive: true, force: true });
  else renameSync(folder, home);
  return home;
}

/** This package, with what it needs, in the folder's node_modules. `from` holds what is published of it. */
export function installCoatcheck(folder: string, from = root): void {
  const modules = join(folder, "node_modules");
  for (const part of ["package.json", "dist", "src"]) {
    cpSync(join(from, part), join(modules, "coatcheck", part), { recursive: true });
  }
  for (const name of ["cookie", "vary", "kysely", "lru-cache"]) {
    symlinkSync(join(root, "node_modules", name), join(modules, name));
  }
}
