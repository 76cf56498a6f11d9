import { execFileSync } from "node:child_process";
import { globSync, mkdirSync, mkdtempSync, readdirSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { npm } from "../../scripts/bootstrap/npm.mjs";
import { root } from "../../scripts/bootstrap/paths.mjs";
import { tool } from "../../scripts/tool.ts";

/** A reader's folder: the packed tarball in node_modules, and beside it the packages that examples name. */
export function packedFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "coatcheck-packed-"));
  const modules = join(folder, "node_modules");
  mkdirSync(join(modules, "coatcheck"), { recursive: true });
  npm(["pack", "--silent", "--ignore-scripts", "--pack-destination", folder], "pack the package");
  const [tarball = ""] = globSync(join(folder, "*.tgz"));
  execFileSync("tar", ["-xzf", tarball, "--strip-components=1", "-C", join(modules, "coatcheck")]);
  for (const name of readdirSync(join(root, "node_modules"))) {
    if (!name.startsWith(".")) symlinkSync(join(root, "node_modules", name), join(modules, name));
  }
  writeFileSync(join(folder, "package.json"), JSON.stringify({ type: "module" }));
  return folder;
}

/** The code under `<!-- example: name -->` in a document. */
export function exampleIn(text: string, name: string): string {
  const [, rest = ""] = text.split(`<!-- example: ${name} -->\n\`\`\`ts\n`);
  const [code = ""] = rest.split("```");
  if (code === "") throw new Error(`Expected an example named ${name}. Found none.`);
  return code;
}

/** The files that a document prints whole, each under `<!-- file: path -->` and a first line that says it again. */
export function filesOn(text: string): Record<string, string> {
  const blocks = text.matchAll(/^<!-- file: (.+) -->\n```\w+\n\/\/ \1\n(.*?)^```$/gms);
  return Object.fromEntries(Array.from(blocks, ([, file = "", code = ""]) => [file, code]));
}

export interface Compiling {
  /** The folder of the compiler. @default the one we build with */
  readonly compiler?: string;
  /** Beside, or instead of, those below. */
  readonly compilerOptions?: Readonly<Record<string, unknown>>;
}

/** What the compiler finds under strict in these files and in our declarations; other packages' are theirs to mend. */
export function typeErrors(folder: string, files: readonly string[], compiling: Compiling = {}): string[] {
  const { compiler } = compiling;
  const compilerOptions = {
    strict: true,
    skipLibCheck: false,
    noEmit: true,
    module: "nodenext",
    target: "ES2022",
    types: ["node"],
    allowImportingTsExtensions: true,
    ...compiling.compilerOptions,
  };
  writeFileSync(join(folder, "tsconfig.json"), JSON.stringify({ compilerOptions, files }));
  const tsc = compiler === undefined ? tool("typescript", "tsc") : join(compiler, "bin/tsc");
  let output = "";
  try {
    output = execFileSync(process.execPath, [tsc, "-p", folder], { encoding: "utf8" });
  } catch (error) {
    const { stdout } = error as { stdout?: unknown };
    // No answer is no good news.
    output = String(stdout) || `error: ${String(error)}`;
  }
  const ours = (line: string): boolean =>
    // An error of no file is one of the options.
    line.startsWith("error") ||
    line.includes("node_modules/coatcheck/") ||
    files.some((file) => line.includes(`${file}(`));
  return output.split("\n").filter(ours);
}
