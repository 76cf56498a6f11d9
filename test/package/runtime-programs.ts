import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, writeFileSync } from "node:fs";
import { builtinModules, createRequire } from "node:module";
import { join } from "node:path";

/** The folder of the kit; without one there is nothing to run. */
export const kit = process.env["COATCHECK_TEST_RUNTIMES"] ?? "";

/** What an app of `test/package/runtimes` is run with. */
export interface Program {
  /** Where the app and the packed package are. */
  readonly folder: string;
  /** Where it is started, and may keep files. */
  readonly cwd: string;
  readonly engine: string;
  /** Of the engine's server; empty without one. */
  readonly url: string;
  /** What Deno grants it beyond the network of this machine. */
  readonly permissions: readonly string[];
  /** Whether each request makes its own sessions: Workers only. */
  readonly perRequest: boolean;
  /** The module of the Worker, in `folder`. @default the app's own */
  readonly worker?: string;
}

type Command = (program: Program) => Promise<readonly string[]>;

export const runtimes: Readonly<Record<string, Command>> = {
  Bun: async ({ folder, engine, url }) => [binaryOf("bun"), join(folder, "runtimes/bun.ts"), engine, url],

  Deno: async ({ folder, engine, url, permissions }) => {
    const granted = ["--no-prompt", "--allow-net=127.0.0.1", ...permissions];
    return [binaryOf("deno"), "run", ...granted, join(folder, "runtimes/deno.ts"), engine, url];
  },

  Workers: async ({ folder, cwd, worker = "runtimes/workerd.ts", ...settings }) => {
    await bundle(join(folder, worker), join(cwd, "worker.js"));
    writeFileSync(join(cwd, "workerd.capnp"), workerdConfig(settings));
    return [binaryOf("workerd"), "serve", join(cwd, "workerd.capnp"), "--control-fd=3"];
  },
};

/** Runs the app for as long as `use` takes. @throws Error with what it said, when it ends before it serves. */
export async function withRuntime(name: string, program: Program, use: (base: string) => Promise<void>): Promise<void> {
  const [file = "", ...args] = (await runtimes[name]?.(program)) ?? [];
  const child = spawn(file, args, {
    cwd: program.cwd,
    env: { ...process.env, NODE_OPTIONS: "", NO_COLOR: "1", DENO_DIR: program.cwd, DENO_NO_UPDATE_CHECK: "1" },
    stdio: ["ignore", "pipe", "pipe", "pipe"],
  });
  try {
    await use(await addressOf(child));
  } finally {
    if (child.exitCode === null && child.kill("SIGKILL")) await once(child, "exit");
  }
}

/** Bun and Deno print it; workerd says its port on the descriptor it was given for that. */
function addressOf(child: ChildProcess): Promise<string> {
  return new Promise((resolve, reject) => {
    let said = "";
    for (const stream of child.stdio.slice(1)) {
      stream?.on("data", (chunk: Buffer) => {
        said += chunk.toString();
        const port = /http:\/\/127\.0\.0\.1:(\d+)\n|"listen".*"port":(\d+)/.exec(said)?.slice(1).find(Boolean);
        if (port !== undefined) resolve(`http://127.0.0.1:${port}`);
      });
    }
    child.once("error", reject);
    child.once("close", (code) => reject(new Error(`The program ended with ${code} before it served:\n${said}`)));
  });
}

/** Each of them is a package without a program, and one for each platform, of which npm has installed one. */
function binaryOf(name: string): string {
  const manifest = createRequire(join(kit, "node_modules/"))(`${name}/package.json`) as {
    optionalDependencies: Record<string, string>;
  };
  const programs = Object.keys(manifest.optionalDependencies).flatMap((platform) =>
    ["", "bin/"].flatMap((folder) =>
      ["", ".exe"].map((end) => join(kit, "node_modules", platform, folder + name + end)),
    ),
  );
  const found = programs.find((path) => existsSync(path));
  if (found === undefined) throw new Error(`Expected the program of ${name} in ${kit}. Found none.`);
  return found;
}

type Esbuild = { build(options: object): Promise<unknown> };
type Resolve = (filter: { filter: RegExp }, resolve: (found: { path: string; kind: string }) => object) => void;
type Load = (filter: object, load: (found: { path: string }) => object) => void;

/** As wrangler does it: a Worker is one file, and what it takes of Node is named `node:` and imported. */
async function bundle(source: string, outfile: string): Promise<void> {
  const esbuild = createRequire(join(kit, "node_modules/"))("esbuild") as Esbuild;
  const filter = new RegExp(`^(node:)?(${builtinModules.join("|")})$`);
  const node = {
    name: "node",
    setup({ onResolve, onLoad }: { onResolve: Resolve; onLoad: Load }) {
      onResolve({ filter }, ({ path, kind }) => {
        const named = path.startsWith("node:") ? path : `node:${path}`;
        return kind === "require-call" ? { path: named, namespace: "required" } : { path: named, external: true };
      });
      onLoad({ filter: /.*/, namespace: "required" }, ({ path }) => ({
        contents: `import value from "${path}"; module.exports = value;`,
      }));
    },
  };
  const conditions = ["workerd", "worker", "browser"];
  const plugins = [node];
  await esbuild.build({
    entryPoints: [source],
    bundle: true,
    format: "esm",
    outfile,
    conditions,
    plugins,
    logLevel: "error",
  });
}

function workerdConfig({ engine, url, perRequest }: Pick<Program, "engine" | "url" | "perRequest">): string {
  const variables = Object.entries({ ENGINE: engine, REDIS_URL: url, SERVER: url, PER_REQUEST: perRequest ? "1" : "" });
  return `using Workerd = import "/workerd/workerd.capnp";
    const config :Workerd.Config = (
      services = [
        (name = "app", worker = .app),
        # Out to the servers of the tests, which are on this machine.
        (name = "internet", network = (allow = ["private"])),
      ],
      sockets = [(name = "http", address = "127.0.0.1:0", http = (), service = "app")],
    );
    const app :Workerd.Worker = (
      modules = [(name = "worker", esModule = embed "worker.js")],
      compatibilityDate = "2026-07-01",
      compatibilityFlags = ["nodejs_compat"],
      bindings = [${variables.map(([name, text]) => `(name = "${name}", text = ${JSON.stringify(text)})`).join()}],
    );`;
}
