import { readFileSync } from "node:fs";
import { join } from "node:path";
import { root } from "./bootstrap/paths.mjs";

/** The program file of an installed package, to run under this Node; what is in .bin is a shell script on Windows. */
export function tool(packageName: string, program: string = packageName): string {
  const folder = join(root, "node_modules", packageName);
  const { bin } = JSON.parse(readFileSync(join(folder, "package.json"), "utf8")) as {
    bin: string | Record<string, string>;
  };
  const file = typeof bin === "string" ? bin : bin[program];
  if (file === undefined)
    throw new Error(`Expected ${packageName} to have the program "${program}". Found: ${JSON.stringify(bin)}`);
  return join(folder, file);
}
