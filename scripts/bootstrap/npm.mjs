import { spawnSync } from "node:child_process";
import { existsSync, realpathSync } from "node:fs";
import { delimiter, dirname, join } from "node:path";
import { BootstrapError } from "./error.mjs";
import { root } from "./paths.mjs";

/**
 * Runs npm under *this* process's Node. npm is engine-aware: started by an older Node it silently installs older majors,
 * so the `npm` on the PATH, which picks its own Node, will not do.
 *
 * @param {string[]} args
 * @param {string} purpose completes "Expected npm to ..."
 */
export function npm(args, purpose) {
  const { status, error } = spawnSync(
    process.execPath,
    [npmProgram(), ...args, "--no-audit", "--no-fund", "--loglevel=error"],
    {
      cwd: root,
      // npm's chatter goes to stderr: stdout belongs to the verb.
      stdio: ["ignore", 2, 2],
      env: { ...process.env, PATH: [dirname(process.execPath), process.env["PATH"]].join(delimiter) },
    },
  );
  if (error !== undefined || status !== 0) {
    throw new BootstrapError(
      `Expected npm to ${purpose}. Found: ${error !== undefined ? error.message : `npm ended with ${status}, its own message is above`}.\n` +
        "Check that the npm registry can be reached (`npm ping`) and that the disk has room, then run the same command again.",
    );
  }
}

function npmProgram() {
  // Set by npm itself; pnpm and yarn set it too, to themselves.
  const own = process.env["npm_execpath"];
  if (own !== undefined && own.endsWith("npm-cli.js") && existsSync(own)) return own;

  for (const folder of (process.env["PATH"] ?? "").split(delimiter)) {
    const candidates = [
      existsSync(join(folder, "npm")) ? realpathSync(join(folder, "npm")) : "",
      join(folder, "node_modules/npm/bin/npm-cli.js"),
    ];
    const found = candidates.find((candidate) => candidate.endsWith("npm-cli.js") && existsSync(candidate));
    if (found !== undefined) return found;
  }
  throw new BootstrapError(
    "Expected npm on the PATH. Found none. Install Node.js with npm from https://nodejs.org, then try again.",
  );
}
