import { execFileSync } from "node:child_process";
import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type AppFiles, buildApp, installCoatcheck, nextKit } from "../http/next-build.ts";
import { packedFolder } from "./packed.ts";

/** A reader's app of Next, built with the packed tarball. The folder is yours to remove. */
export async function packedNextApp(files: AppFiles): Promise<string> {
  const packed = packedFolder();
  try {
    return await buildApp({ ...files, "package.json": `{ "type": "module" }` }, (folder) =>
      installCoatcheck(folder, join(packed, "node_modules/coatcheck")),
    );
  } finally {
    rmSync(packed, { recursive: true, force: true });
  }
}

/** What the kit's compiler finds under strict in such an app and in our declarations; other packages' are theirs to mend. */
export function nextTypeErrors(folder: string): string[] {
  const compilerOptions = { strict: true, skipLibCheck: false, incremental: false, noEmit: true };
  writeFileSync(join(folder, "tsconfig.all.json"), JSON.stringify({ extends: "./tsconfig.json", compilerOptions }));
  const tsc = join(nextKit, "node_modules/typescript/bin/tsc");
  let output = "";
  try {
    output = execFileSync(process.execPath, [tsc, "-p", "tsconfig.all.json"], { cwd: folder, encoding: "utf8" });
  } catch (error) {
    output = String((error as { stdout?: unknown }).stdout);
  }
  return output
    .split("\n")
    .filter((line) => /^(error|node_modules\/coatcheck\/|(?!\.\.|node_modules)\S+\.tsx?\()/.test(line));
}
