import { type ChildProcessWithoutNullStreams, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { onTestFinished } from "vitest";
import { root } from "../../scripts/bootstrap/paths.mjs";

/** The built program, as `npx coatcheck` starts it. */
export const bin = join(root, "dist/cli/main.js");

export interface Ended {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** A user's folder: these files, a package.json, and the package in node_modules. Gone when the test is over. */
export class Project {
  readonly folder: string = realpathSync(mkdtempSync(join(tmpdir(), "coatcheck-cli-")));

  constructor(files: Readonly<Record<string, string>>) {
    onTestFinished(() => rmSync(this.folder, { recursive: true, force: true }));
    this.write({ "package.json": '{ "type": "module" }', ...files });
    mkdirSync(join(this.folder, "node_modules"));
    symlinkSync(root, join(this.folder, "node_modules/coatcheck"));
  }

  write(files: Readonly<Record<string, string>>): void {
    for (const [name, text] of Object.entries(files)) {
      const file = join(this.folder, name);
      mkdirSync(dirname(file), { recursive: true });
      writeFileSync(file, text);
    }
  }

  start(args: readonly string[], options: { cwd?: string } = {}): Running {
    const cwd = join(this.folder, options.cwd ?? ".");
    return new Running(spawn(process.execPath, [bin, ...args], { cwd, env: { ...process.env, NODE_OPTIONS: "" } }));
  }

  run(args: readonly string[], options: { cwd?: string } = {}): Promise<Ended> {
    return this.start(args, options).ended;
  }

  /** Runs a program of the project's own. */
  node(file: string): Promise<Ended> {
    const args = ["--disable-warning=ExperimentalWarning", file];
    return new Running(spawn(process.execPath, args, { cwd: this.folder, env: { ...process.env, NODE_OPTIONS: "" } }))
      .ended;
  }

  async json(args: readonly string[]): Promise<Record<string, unknown>> {
    const { stdout } = await this.run([...args, "--json"]);
    return JSON.parse(stdout) as Record<string, unknown>;
  }
}

export class Running {
  readonly ended: Promise<Ended>;
  readonly #child: ChildProcessWithoutNullStreams;
  #stdout = "";
  #stderr = "";

  constructor(child: ChildProcessWithoutNullStreams) {
    this.#child = child;
    child.stdin.end();
    child.stdout.setEncoding("utf8").on("data", (text: string) => (this.#stdout += text));
    child.stderr.setEncoding("utf8").on("data", (text: string) => (this.#stderr += text));
    this.ended = once(child, "close").then(() => ({
      code: child.exitCode,
      signal: child.signalCode,
      stdout: this.#stdout,
      stderr: this.#stderr,
    }));
  }

  kill(signal: NodeJS.Signals): void {
    this.#child.kill(signal);
  }

  /** Settles once stderr has said this. */
  async said(text: string): Promise<void> {
    while (!this.#stderr.includes(text)) await once(this.#child.stderr, "data");
  }
}

/** Settings over a store whose sweep is the given function body; the rest is never called. */
export function sweepingWith(body: string, more: string = ""): string {
  return `
    import { createSessions } from "coatcheck";
    import { once } from "node:events";
    const no = async () => false;
    let calls = 0;
    export default createSessions({
      engine: {
        name: "mine", atomic: true, read: async () => undefined, create: no, update: no, touch: no, delete: no,
        async deleteExpired(now, limit) { calls += 1; ${body} },
        ${more}
      },
    });`;
}

/** Settings over an SQLite file in the project. */
export const sqliteSettings = `
  import { createSessions } from "coatcheck";
  import { db } from "coatcheck/db";
  interface Data { visits: number }
  export default createSessions<Data>({ engine: db({ path: "sessions.sqlite" }) });`;
