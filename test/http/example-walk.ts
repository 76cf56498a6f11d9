import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createServer } from "node:net";
import { expect } from "vitest";

/** An example as a process of its own: listens on the port it is given, and says so. */
export class RunningExample implements AsyncDisposable {
  readonly #server: ChildProcess;
  readonly #base: string;
  #cookie = "";

  private constructor(server: ChildProcess, base: string) {
    this.#server = server;
    this.#base = base;
  }

  /** @param folder Where it runs, and keeps its sessions. */
  static async start(file: string, folder: string): Promise<RunningExample> {
    const port = await freePort();
    const server = spawn(process.execPath, ["--disable-warning=ExperimentalWarning", file], {
      cwd: folder,
      env: { ...process.env, PORT: String(port) },
      stdio: ["ignore", "pipe", "inherit"],
    });
    const said = once(server.stdout, "data").then(String);
    const ended = once(server, "exit").then(() => "the process ended");
    expect(await Promise.race([said, ended])).toContain(String(port));
    return new RunningExample(server, `http://127.0.0.1:${port}`);
  }

  async visit(path: string, body?: string): Promise<string> {
    const response = await fetch(this.#base + path, {
      method: body === undefined ? "GET" : "POST",
      headers: { cookie: this.#cookie, "content-type": "application/x-www-form-urlencoded" },
      redirect: "manual",
      ...(body !== undefined && { body }),
    });
    const [line] = response.headers.getSetCookie();
    if (line !== undefined) this.#cookie = line.split(";")[0] ?? "";
    return response.text();
  }

  /** What every example does, whatever its framework. */
  async walk(): Promise<void> {
    expect(await this.visit("/")).toBe("Visit 1, in the light theme");
    await this.visit("/cart", "sku=coat");
    expect(await this.visit("/")).toBe("Visit 2, in the dark theme");
    const before = this.#cookie;
    await this.visit("/login", "name=ada");
    expect(this.#cookie).not.toBe(before);
    expect(await this.visit("/")).toBe("Visit 3, in the dark theme");
    await this.visit("/logout", "");
    expect(this.#cookie).toBe("__Host-session=");
    expect(await this.visit("/")).toBe("Visit 1, in the light theme");
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#server.exitCode !== null) return;
    this.#server.kill();
    await once(this.#server, "exit");
  }
}

async function freePort(): Promise<number> {
  const probe = createServer().listen(0, "127.0.0.1");
  await once(probe, "listening");
  const address = probe.address();
  probe.close();
  await once(probe, "close");
  return typeof address === "object" && address !== null ? address.port : 0;
}
