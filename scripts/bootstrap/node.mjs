import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import { runNode } from "./child.mjs";
import { BootstrapError } from "./error.mjs";
import { npm } from "./npm.mjs";
import { cache } from "./paths.mjs";

const required = "22.19";
const major = 24;
const home = join(cache, `node${major}`);

/** On a Node that is too old: the whole command again on a private Node 24, and its exit code. Otherwise undefined. @returns {Promise<number | undefined>} */
export async function runOnNewerNode() {
  if (isRecentEnough(process.versions.node)) return undefined;

  const name = `node-${process.platform === "win32" ? "win" : process.platform}-${process.arch}`;
  const node = join(home, "node_modules", name, "bin", process.platform === "win32" ? "node.exe" : "node");
  if (!existsSync(node)) install(name);

  const { status, error } = spawnSync(node, ["--version"]);
  if (status !== 0) {
    throw new BootstrapError(
      `Expected Node ${required} or newer. Found ${process.versions.node}, and the one from npm (${name}) does not run here` +
        `${error === undefined ? "" : `: ${error.message}`}.\nInstall Node ${major} from https://nodejs.org, then try again.`,
    );
  }
  return runNode(process.argv.slice(1), { node });
}

/** @param {string} name */
function install(name) {
  console.error(
    `Node ${process.versions.node} is too old (${required} is needed): installing Node ${major} into .cache ...`,
  );
  // Moved into place when complete, so that an interrupted install, or two at once, leave nothing half done.
  const folder = `${home}-${process.pid}`;
  mkdirSync(folder, { recursive: true });
  try {
    npm(["install", "--prefix", folder, "--ignore-scripts", `${name}@${major}`], `install the package ${name}`);
    if (!existsSync(home)) renameSync(folder, home);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** @param {string} version */
function isRecentEnough(version) {
  return version.localeCompare(required, "en", { numeric: true }) >= 0;
}
