import { spawn } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import { expect } from "vitest";

export interface Child {
  readonly process: ChildProcess;
  say(message: string | object): void;
  next(): Promise<unknown>;
  heard(expected: string): Promise<void>;
  end(): Promise<unknown>;
}

/**
 * Runs the code in a process of its own, with `ENGINE` (the module of the db engine) and `values` as constants; the two
 * talk by messages, so that no test has to sleep.
 */
export function spawnChild(code: string, values: Readonly<Record<string, unknown>> = {}): Child {
  const constants = { ENGINE: new URL("../../../src/engines/db.ts", import.meta.url).href, ...values };
  const prelude = `
    import { registerHooks } from "node:module";
    const { ${Object.keys(constants).join(", ")} } = ${JSON.stringify(constants)};
  `;
  const child = spawn(process.execPath, ["--input-type=module", "--eval", prelude + code], {
    cwd: new URL("../../..", import.meta.url),
    env: { ...process.env, NODE_OPTIONS: "" },
    stdio: ["ignore", "inherit", "inherit", "ipc"],
  });
  const exited = once(child, "exit");

  const inbox: unknown[] = [];
  const waiting: ((message: unknown) => void)[] = [];
  child.on("message", (message) => {
    const reader = waiting.shift();
    if (reader) reader(message);
    else inbox.push(message);
  });
  const next = (): Promise<unknown> =>
    new Promise<unknown>((resolve, reject) => {
      if (inbox.length > 0) return resolve(inbox.shift());
      waiting.push(resolve);
      exited.then(([status]) => reject(new Error(`The child ended with ${String(status)} and said nothing`)), reject);
    });
  return {
    process: child,
    say: (message) => void child.send(message),
    next,
    heard: async (expected) => expect(await next()).toBe(expected),
    end: () => {
      child.kill("SIGKILL");
      return exited;
    },
  };
}
