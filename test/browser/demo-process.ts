import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const serverFile = fileURLToPath(new URL("../../demo/server.ts", import.meta.url));

export interface Demo {
  readonly url: string;
  readonly port: number;
  /** Everything it has written so far. */
  readonly output: string;
  /** Asks it to end, as Ctrl-C does; answers with its exit code. */
  stop(): Promise<number | null>;
}

/** An empty folder for the demo to run in, so that its database is a new one. */
export async function emptyFolder(): Promise<{ path: string; remove(): Promise<void> }> {
  const path = await mkdtemp(join(tmpdir(), "coatcheck-demo-"));
  return { path, remove: () => rm(path, { recursive: true, force: true }) };
}

/** Runs the demo as `npm start` does, on a free port unless told otherwise, until it says where it is. */
export async function startDemo(folder: string, { port = 0, engine = "" } = {}): Promise<Demo> {
  const child = spawn(process.execPath, ["--disable-warning=ExperimentalWarning", serverFile], {
    cwd: folder,
    env: { ...process.env, PORT: String(port), COATCHECK_ENGINE: engine },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let output = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding("utf8").on("data", (text: string) => {
      output += text;
    });
  }
  const found = await address(child, () => output);
  return {
    url: `http://127.0.0.1:${found}`,
    port: found,
    get output() {
      return output;
    },
    stop: () => stop(child),
  };
}

async function stop(child: ChildProcess): Promise<number | null> {
  if (child.exitCode === null && child.signalCode === null) {
    const exited = once(child, "exit");
    child.kill("SIGINT");
    await exited;
  }
  return child.exitCode;
}

function address(child: ChildProcess, output: () => string): Promise<number> {
  return new Promise((resolve, reject) => {
    child.stdout?.on("data", () => {
      const port = /http:\/\/127\.0\.0\.1:(\d+)\n/.exec(output())?.[1];
      if (port !== undefined) resolve(Number(port));
    });
    child.once("error", reject);
    child.once("close", (code) => reject(new Error(`The demo ended with ${code} before it was ready:\n${output()}`)));
  });
}
