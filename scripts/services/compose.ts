import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { root } from "../bootstrap/paths.mjs";

// One project per run: two runs at once must not share, or stop, each other's containers.
const project = `coatcheck-test-${process.pid}`;

/** Starts a service of test/compose.yaml (its ports published as `127.0.0.1::<port>`) and answers with its port here. */
export function composeUp(service: string, containerPort: number): number {
  compose("up", "--detach", "--wait", service);
  const address = compose("port", service, String(containerPort)).trim();
  return Number(address.slice(address.lastIndexOf(":") + 1));
}

export function composeDown(): void {
  compose("down", "--volumes", "--timeout", "5");
}

function compose(...args: string[]): string {
  const file = join(root, "test/compose.yaml");
  const { status, stdout, stderr } = spawnSync("docker", ["compose", "-p", project, "-f", file, ...args], {
    encoding: "utf8",
  });
  if (status !== 0) throw new Error(`docker compose ${args.join(" ")} ended with ${status}: ${stderr}`);
  return stdout;
}
