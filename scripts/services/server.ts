import { execFileSync, spawn, type ChildProcess, type SpawnOptions } from "node:child_process";
import { chownSync, existsSync, mkdtempSync, rmSync } from "node:fs";
import { connect, createServer, type AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { Instance, Server } from "./service.ts";

const startTimeout = 30_000;
const stopTimeout = 5_000;

export interface Running {
  readonly instance: Instance;
  stop(): Promise<void>;
  /** Ends it as a power failure would, and leaves its data. For tests of what then happens. */
  crash(): Promise<void>;
  /** Starts it again after a crash, on the same port and data. */
  restart(): Promise<void>;
}

/** Starts a private server on a free port of 127.0.0.1, its data in a temporary folder that goes away with it. */
export async function startServer(
  server: Server,
  programs: Record<string, string>,
  signal: AbortSignal,
): Promise<Running> {
  const data = mkdtempSync(join(tmpdir(), "coatcheck-test-"));
  const options: SpawnOptions = { cwd: data, env: { ...process.env, LC_ALL: "C" }, stdio: ["ignore", "pipe", "pipe"] };
  if (process.getuid?.() === 0) {
    options.uid = numericId("-u", server.user);
    options.gid = numericId("-g", server.user);
    chownSync(data, options.uid, options.gid);
  }
  const removeData = (): void => rmSync(data, { recursive: true, force: true });

  try {
    for (const command of server.prepare?.({ kit: "", programs, data, port: 0 }) ?? [])
      await complete(command, options, signal);

    // A free port may be taken between finding and using it, by any outgoing connection on the machine.
    for (let attempt = 1; ; attempt += 1) {
      const instance = { kit: "", programs, data, port: await freePort() };
      let child = new ServerProcess(server, instance, options);
      try {
        await child.ready(signal);
        return {
          instance,
          stop: () => child.stop().finally(removeData),
          crash: () => child.stop("SIGKILL"),
          async restart() {
            // Its orphans may hold on to the data for a moment.
            for (let again = 1; ; again += 1) {
              child = new ServerProcess(server, instance, options);
              try {
                return await child.ready(signal);
              } catch (error) {
                if (again === 50) throw error;
                await sleep(100);
              }
            }
          },
        };
      } catch (error) {
        await child.stop();
        if (attempt === 3 || signal.aborted) throw error;
      }
    }
  } catch (error) {
    removeData();
    throw error;
  }
}

class ServerProcess {
  readonly #child: ChildProcess;
  readonly #stopSignal: NodeJS.Signals;
  readonly #readyLine: RegExp | undefined;
  readonly #port: number;
  #output = "";
  #ended = false;

  // Not even a crash of this process may leave the server behind; the kernel's own guard below covers kill -9, on Linux.
  readonly #lastResort = (): void => {
    this.#child.kill("SIGKILL");
  };

  constructor(server: Server, instance: Instance, options: SpawnOptions) {
    this.#stopSignal = server.stopSignal ?? "SIGTERM";
    this.#readyLine = server.ready;
    this.#port = instance.port;
    const [program, ...args] = endingWithParent(server.command(instance), this.#stopSignal);
    // Its own process group: Ctrl-C in a terminal is for the tests, which still need the server to end well.
    this.#child = spawn(program, args, { ...options, detached: true });
    this.#child.stdout?.on("data", (chunk: Buffer) => (this.#output += chunk.toString()));
    this.#child.stderr?.on("data", (chunk: Buffer) => (this.#output += chunk.toString()));
    this.#child.once("error", (error) => {
      this.#ended = true;
      this.#output += error.message;
    });
    this.#child.once("exit", () => (this.#ended = true));
    process.once("exit", this.#lastResort);
  }

  async ready(signal: AbortSignal): Promise<void> {
    const deadline = Date.now() + startTimeout;
    for (;;) {
      signal.throwIfAborted();
      if (this.#ended) throw new Error(`ended while starting:\n${this.#output.slice(-2000)}`);
      if (await this.#isReady()) return;
      if (Date.now() > deadline) throw new Error(`not ready after ${startTimeout} ms:\n${this.#output.slice(-2000)}`);
      await sleep(20);
    }
  }

  async #isReady(): Promise<boolean> {
    return this.#readyLine === undefined ? accepts(this.#port) : this.#readyLine.test(this.#output);
  }

  async stop(stopSignal: NodeJS.Signals = this.#stopSignal): Promise<void> {
    const killAt = Date.now() + stopTimeout;
    this.#child.kill(stopSignal);
    while (!this.#ended) {
      if (Date.now() > killAt) this.#child.kill("SIGKILL");
      await sleep(10);
    }
    process.off("exit", this.#lastResort);
  }
}

/** Linux ends the server when this process dies in a way that runs no code of ours. */
function endingWithParent(command: string[], signal: NodeJS.Signals): [string, ...string[]] {
  const setpriv = "/usr/bin/setpriv";
  const guarded = existsSync(setpriv) ? [setpriv, "--pdeathsig", signal.replace("SIG", ""), "--", ...command] : command;
  const [program = "", ...args] = guarded;
  return [program, ...args];
}

function complete([program = "", ...args]: string[], options: SpawnOptions, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { ...options, signal });
    let output = "";
    child.stdout?.on("data", (chunk: Buffer) => (output += chunk.toString()));
    child.stderr?.on("data", (chunk: Buffer) => (output += chunk.toString()));
    child.once("error", reject);
    child.once("close", (code) => {
      if (code === 0) resolve();
      else reject(new Error(`${program} ended with ${code}:\n${output.slice(-2000)}`));
    });
  });
}

const numericId = (flag: "-u" | "-g", user: string): number =>
  Number(execFileSync("id", [flag, user], { encoding: "utf8" }));

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer();
    probe.once("error", reject);
    probe.listen(0, "127.0.0.1", () => {
      const { port } = probe.address() as AddressInfo;
      probe.close(() => resolve(port));
    });
  });
}

function accepts(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, "127.0.0.1");
    const answer = (accepted: boolean): void => {
      socket.destroy();
      resolve(accepted);
    };
    socket.once("connect", () => answer(true));
    socket.once("error", () => answer(false));
  });
}
