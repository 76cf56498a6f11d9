import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { type AddressInfo, createServer } from "node:net";
import { expect } from "vitest";

/** What runs a program: its own program, and what comes before the file. */
export type Runtime = readonly [command: string, ...args: string[]];

/** What a program is started with beside its file: a framework's own server takes a word of what to do. */
export interface Start {
  readonly args?: readonly string[];
  readonly env?: NodeJS.ProcessEnv;
  /** @default this Node */
  readonly runtime?: Runtime;
  /** For one that is made to fail, and says so at length. */
  readonly quiet?: boolean;
}

/** Boots an example as a program of its own, keeping its sessions in `cwd`, and does over real sockets what its page says. */
export async function walkExample(file: string, cwd: string, start?: Start): Promise<void> {
  await withProgram(file, cwd, (base) => walk(base), start);
}

const node: Runtime = [process.execPath, "--disable-warning=ExperimentalWarning"];

/** A program that prints its address, for as long as `use` takes. */
export async function withProgram(
  file: string,
  cwd: string,
  use: (base: string) => Promise<void>,
  { args = [], env, quiet = false, runtime: [command, ...before] = node }: Start = {},
): Promise<void> {
  const program = spawn(command, [...before, file, ...args], {
    cwd,
    // Vitest says TEST, and some servers then keep their address to themselves.
    env: { ...process.env, TEST: undefined, HOST: "127.0.0.1", PORT: await freePort(), NODE_OPTIONS: "", ...env },
    stdio: ["ignore", "pipe", quiet ? "ignore" : "inherit"],
  });
  try {
    await use(await printedAddress(program));
  } finally {
    // Not asked but made to: some wait for their visitors to hang up, and nobody reads what they say of it.
    if (program.exitCode === null && program.kill("SIGKILL")) await once(program, "exit");
  }
}

async function printedAddress({ stdout }: ChildProcess): Promise<string> {
  let printed = "";
  // Left open, and read on: what it says later must not break it.
  for await (const chunk of stdout?.iterator({ destroyOnReturn: false }) ?? []) {
    printed += String(chunk);
    const [address] = /http:\/\/[^\s/]+(?=[\s/])/.exec(printed) ?? [];
    if (address === undefined) continue;
    stdout?.resume();
    return address.replace("localhost", "127.0.0.1");
  }
  throw new Error(`Expected the example to print its address. Found: ${printed}`);
}

/** Some print the port they were given, and not the one they have. */
export async function freePort(): Promise<string> {
  const probe = createServer().listen(0, "127.0.0.1");
  await once(probe, "listening");
  const { port } = probe.address() as AddressInfo;
  probe.close();
  await once(probe, "close");
  return String(port);
}

/**
 * What the page of every example says, over real sockets.
 *
 * @param further What the visitors of this framework send besides.
 */
export async function walk(base: string, further: Record<string, string> = {}): Promise<void> {
  let cookie = "";
  const visit = async (path: string, body?: string): Promise<string> => {
    const response = await fetch(base + path, {
      method: body === undefined ? "GET" : "POST",
      headers: { cookie, "content-type": "application/x-www-form-urlencoded", ...further },
      redirect: "manual",
      ...(body !== undefined && { body }),
    });
    const [line] = response.headers.getSetCookie();
    if (line !== undefined) cookie = line.split(";")[0] ?? "";
    return response.text();
  };
  /** What the page says, as plain text or among its markup; all of it where it says something else. */
  const seen = async (): Promise<string> => {
    const page = await visit("/");
    return /Visit \d+, in the \w+ theme/.exec(page)?.[0] ?? page;
  };
  expect(await seen()).toBe("Visit 1, in the light theme");
  await visit("/cart", "sku=coat");
  expect(await seen()).toBe("Visit 2, in the dark theme");
  const before = cookie;
  await visit("/login", "name=ada");
  expect(cookie).not.toBe(before);
  expect(await seen()).toBe("Visit 3, in the dark theme");
  await visit("/logout", "");
  expect(cookie).toBe("__Host-session=");
  expect(await seen()).toBe("Visit 1, in the light theme");
}
