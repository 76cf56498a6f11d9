// What is published is installed by strangers, on every Node we say we support: so the packed tarball is, with what it
// depends on and nothing else, and then does a little of everything.
import { spawnSync } from "node:child_process";
import { cpSync, existsSync, globSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { privateNode } from "../bootstrap/node.mjs";
import { npm } from "../bootstrap/npm.mjs";
import { root } from "../bootstrap/paths.mjs";

const majors = [22, 24, 26];
const { version } = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as { version: string };

const folder = mkdtempSync(join(tmpdir(), "coatcheck-smoke-"));
try {
  install();
  const failures = majors.flatMap((major) => smoke(nodeOf(major)).map((failure) => `Node ${major}: ${failure}`));
  for (const failure of failures) console.error(`packed package: ${failure}`);
  process.exitCode = failures.length === 0 ? 0 : 1;
} finally {
  rmSync(folder, { recursive: true, force: true });
}

function install(): void {
  npm(["pack", "--silent", "--ignore-scripts", "--pack-destination", folder], "pack the package");
  const tarballs = globSync(join(folder, "*.tgz"));
  writeFileSync(join(folder, "package.json"), JSON.stringify({ type: "module" }));
  npm(
    ["install", "--prefix", folder, "--ignore-scripts", "--prefer-offline", ...tarballs],
    "install the packed package",
  );
  cpSync(join(root, "scripts/smoke"), folder, { recursive: true });
}

function nodeOf(major: number): string {
  const own = process.versions.node.startsWith(`${major}.`);
  return own ? process.execPath : privateNode(major, "The packed package is tried on each Node we support");
}

function smoke(node: string): string[] {
  for (const file of globSync("*.sqlite*", { cwd: folder })) rmSync(join(folder, file));
  const bin = join(folder, "node_modules/coatcheck/dist/cli/main.js");
  const failures = [
    ...expectRun(node, ["app.mjs"], "", ["ExperimentalWarning: SQLite"]),
    ...expectRun(node, ["require.cjs"], ""),
    ...expectRun(node, [bin, "--version"], `${version}\n`),
    ...expectRun(node, [bin, "migrate", "--json"], '"ok":true'),
    ...expectRun(node, [bin, "clearsessions"], "0 expired sessions removed"),
  ];
  if (!existsSync(join(folder, "node_modules/.bin/coatcheck")) && process.platform !== "win32") {
    failures.push("expected npm to link the program coatcheck, found no link");
  }
  return failures;
}

/** Ends with 0, prints this, and has nothing to say on stderr but what is known: a warning is a user's first impression. */
function expectRun(node: string, args: string[], printed: string, known: string[] = []): string[] {
  const { status, stdout, stderr } = spawnSync(node, args, { cwd: folder, encoding: "utf8" });
  const said = stderr
    .split("\n")
    .filter((line) => line !== "" && !line.startsWith("(Use `node --trace-warnings"))
    .filter((line) => !known.some((text) => line.includes(text)));
  if (status === 0 && stdout.includes(printed) && said.length === 0) return [];
  return [`expected ${args.join(" ")} to end with 0 and print "${printed}". Found ${status}:\n${stdout}${stderr}`];
}
