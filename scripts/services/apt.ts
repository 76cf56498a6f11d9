import { spawnSync } from "node:child_process";
import { existsSync, rmSync, writeFileSync } from "node:fs";

const policyFile = "/usr/sbin/policy-rc.d";
let updated = false;

/** Installs Debian packages; says so, because it changes the machine. Answers whether it worked. */
export function aptInstall(packages: readonly string[]): boolean {
  console.error(`Installing with apt-get: ${packages.join(" ")} ...`);
  updated ||= aptGet("update", "-qq");

  // Server packages start a daemon of their own, on the well-known port. The tests start private ones.
  const addPolicy = !existsSync(policyFile);
  if (addPolicy) writeFileSync(policyFile, "#!/bin/sh\nexit 101\n", { mode: 0o755 });
  try {
    return aptGet("install", "-qq", "-y", "--no-install-recommends", ...packages);
  } finally {
    if (addPolicy) rmSync(policyFile);
  }
}

function aptGet(...args: string[]): boolean {
  const { status, stdout, stderr } = spawnSync("apt-get", args, {
    encoding: "utf8",
    env: { ...process.env, DEBIAN_FRONTEND: "noninteractive" },
    maxBuffer: 64 * 1024 * 1024,
  });
  if (status !== 0) console.error(`${stdout}${stderr}\napt-get ${args.join(" ")} ended with ${status}.`);
  return status === 0;
}
