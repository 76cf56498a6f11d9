// An import costs whoever makes it: a bundle that no worker runs, because of one `node:fs`; a framework that the app does
// not use. So each subpath is imported, in a process of its own, and what Node then loaded is compared with this list.
// What is loaded later, by import() on first use, is not in it.
import { spawnSync } from "node:child_process";
import { globSync, readFileSync } from "node:fs";
import { basename, join } from "node:path";
import { root } from "../bootstrap/paths.mjs";

/** What an import may reach beside our own files. A new engine or adapter needs a line here, and a reason for it. */
const allowed: Record<string, readonly string[]> = {
  ".": ["node:crypto"],
  "./cache": ["lru-cache", "node:diagnostics_channel"],
  "./db": ["node:crypto"],
  "./memcached": [],
  "./cached-db": ["node:crypto"],
  "./express-store": ["node:events"],
  "./file": ["node:crypto", "node:fs", "node:fs/promises", "node:os", "node:path", "node:worker_threads"],
  "./memory": ["lru-cache", "node:diagnostics_channel"],
  "./migrating": ["node:crypto"],
  "./signed-cookies": ["node:crypto", "node:zlib"],
  "./redis": ["node:crypto"],
  "./compressed": ["node:crypto", "node:zlib"],
  "./devalue": ["devalue"],
  "./encrypted": ["node:crypto"],
  "./fetch": ["node:crypto", "cookie", "vary"],
  "./fastify": ["node:crypto", "cookie", "vary"],
  "./koa": ["node:crypto", "cookie", "vary"],
  "./hono": ["node:crypto", "cookie", "vary"],
  "./h3": ["node:crypto", "cookie", "vary"],
  "./nest": ["node:crypto", "cookie", "vary"],
  "./sveltekit": ["node:crypto", "cookie", "vary"],
  "./next": ["node:crypto", "cookie", "vary"],
  "./express": ["node:crypto", "cookie", "vary"],
  "./node": ["node:crypto", "cookie", "vary"],
  "./websocket": ["node:crypto", "cookie", "vary"],
  "./testing": [
    "cookie",
    "lru-cache",
    "node:assert/strict",
    "node:crypto",
    "node:diagnostics_channel",
    "node:timers/promises",
    "node:util",
  ],
};

/** Whatever its line above says, an adapter reaches no other package than these, and its framework least of all. */
const packagesOfAdapters = ["cookie", "vary"];
/** Whatever its line says, an adapter that is not for Node alone reaches nothing of Node but this: Workers, Bun and Deno have it. */
const nodeOfAdapters = ["node:crypto"];
const adaptersForNode = ["express", "fastify", "koa", "node"];

const loader = `
  import { registerHooks } from "node:module";
  const reached = new Set();
  registerHooks({
    resolve(specifier, context, next) {
      const found = next(specifier, context);
      const [, name] = /node_modules[/](?!.*node_modules)((?:@[^/]+[/])?[^/]+)/.exec(found.url) ?? [];
      if (found.url.startsWith("node:")) reached.add(found.url);
      else if (name !== undefined) reached.add(name);
      return found;
    },
  });
  await import(process.argv[1]);
  console.log(JSON.stringify([...reached]));`;

const { exports } = (await import("../../package.json", { with: { type: "json" } })).default;
const problems: string[] = [];
for (const [subpath, target] of Object.entries(exports)) {
  if (typeof target === "string") continue;
  const reached = reachedBy(join(root, target.default));
  const expected = Object.hasOwn(allowed, subpath) ? allowed[subpath] : undefined;
  if (expected === undefined) {
    problems.push(`expected a line for "${subpath}" in ${import.meta.filename}; it reaches: ${reached.join(", ")}`);
  } else if (!reached.every((name) => expected.includes(name))) {
    problems.push(`expected "${subpath}" to reach at most ${expected.join(", ")}; found ${reached.join(", ")}`);
  }
}
for (const file of globSync("dist/http/adapters/*.js", { cwd: root })) problems.push(...problemsOfAdapter(file));
for (const file of globSync("dist/http/**/*.js", { cwd: root })) problems.push(...importsLater(file));
for (const file of globSync("dist/**/*.js", { cwd: root })) problems.push(...importsUnseen(file));
for (const problem of problems) console.error(`import graph: ${problem}`);
process.exitCode = problems.length === 0 ? 0 : 1;

function* problemsOfAdapter(file: string): Generator<string> {
  const name = basename(file, ".js");
  const reached = reachedBy(join(root, file));
  const packages = reached.filter((found) => !found.startsWith("node:") && !packagesOfAdapters.includes(found));
  if (packages.length > 0) {
    yield `expected the adapter ${name} to import its framework as types only; found ${packages.join(", ")}`;
  }
  const modules = reached.filter((found) => found.startsWith("node:") && !nodeOfAdapters.includes(found));
  if (modules.length > 0 && !adaptersForNode.includes(name)) {
    yield `expected the adapter ${name} to run where there is no Node, on node:crypto alone; found ${modules.join(", ")}`;
  }
}

/** What is loaded on first use is loaded by nobody here, so in src/http nothing may be. */
function* importsLater(file: string): Generator<string> {
  const [found] = /\b(?:import|require)\s*\(/.exec(readFileSync(join(root, file), "utf8")) ?? [];
  if (found !== undefined) yield `expected ${file} to import nothing on first use; found ${found}`;
}

/** Ways to load that neither the hook above nor a rule of lint sees, and a bundler neither. */
function* importsUnseen(file: string): Generator<string> {
  const [found] = /\b(?:createRequire|getBuiltinModule)\b/.exec(readFileSync(join(root, file), "utf8")) ?? [];
  if (found !== undefined) yield `expected ${file} to load modules by import alone; found ${found}`;
}

function reachedBy(file: string): string[] {
  const { status, stdout, stderr } = spawnSync(process.execPath, ["--input-type=module", "-e", loader, "--", file], {
    encoding: "utf8",
  });
  if (status !== 0) throw new Error(`Expected ${file} to be importable. Found:\n${stderr}`);
  return (JSON.parse(stdout) as string[]).sort();
}
