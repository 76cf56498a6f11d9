import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import { runNode } from "./child.mjs";
import { BootstrapError } from "./error.mjs";
import { npm } from "./npm.mjs";
import { cache } from "./paths.mjs";

const required = "22.19";
const major = 24;

/** On a Node that is too old: the whole command again on a private Node 24, and its exit code. Otherwise undefined. @returns {Promise<number | undefined>} */
export async function runOnNewerNode() {
  if (isRecentEnough(process.versions.node)) return undefined;

  const node = privateNode(major, `Node ${process.versions.node} is too old (${required} is needed)`);
  const { status, error } = spawnSync(node, ["--version"]);
  if (status !== 0) {
    throw new BootstrapError(
      `Expected Node ${required} or newer. Found ${process.versions.node}, and the one from npm (${platformPackage()}) does not run here` +
        `${error === undefined ? "" : `: ${error.message}`}.\nInstall Node ${major} from https://nodejs.org, then try again.`,
    );
  }
  return runNode(process.argv.slice(1), { node });
}

/**
 * The program file of a Node of this major in .cache, installed when it is not there yet.
 *
 * @param {number} version
 * @param {string} reason begins the line that says what is being installed
 * @returns {string}
 */
export function privateNode(version, reason) {
  const home = join(cache, `node${version}`);
  const name = platformPackage();
  const node = join(home, "node_modules", name, "bin", process.platform === "win32" ? "node.exe" : "node");
  if (existsSync(node)) return node;

  console.error(`${reason}: installing Node ${version} into .cache ...`);
  // Moved into place when complete, so that an interrupted install, or two at once, leave nothing half done.
  const folder = `${home}-${process.pid}`;
  mkdirSync(folder, { recursive: true });
  try {
    npm(["install", "--prefix", folder, "--ignore-scripts", `${name}@${version}`], `install the package ${name}`);
    if (!existsSync(home)) renameSync(folder, home);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
  return node;
}

function platformPackage() {
  return `node-${process.platform === "win32" ? "win" : process.platform}-${process.arch}`;
}

/** @param {string} version */
function isRecentEnough(version) {
  return version.localeCompare(required, "en", { numeric: true }) >= 0;
}
