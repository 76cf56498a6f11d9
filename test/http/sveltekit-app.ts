import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, renameSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import type { IncomingMessage, ServerResponse } from "node:http";
import { dirname, join } from "node:path";
import { pathToFileURL } from "node:url";
import { cache } from "../../scripts/bootstrap/paths.mjs";

/** The folder whose node_modules has Kit; unset where it could not be installed. */
export const kit = process.env["COATCHECK_TEST_SVELTEKIT"] ?? "";

/** What the app does, by the place in it; each test says it anew for the port that it listens on. */
export type Plays = Readonly<Record<string, (event: never, ...more: never[]) => unknown>>;

const stages = new Map<number, Plays>();
// The app is built into files of its own, and has nothing in common with a test but the process.
Reflect.set(globalThis, Symbol.for("coatcheck.sveltekit"), stages);

/** @returns what ends it. */
export function play(port: number, plays: Plays): () => void {
  stages.set(port, plays);
  return () => void stages.delete(port);
}

export type Listener = (request: IncomingMessage, response: ServerResponse, next: () => void) => void;

/** One app for all tests: every place of Kit that code can stand in asks the test what to do. */
export async function builtApp(): Promise<Listener> {
  const version = createHash("sha256").update(kit).update(JSON.stringify(files)).digest("hex").slice(0, 12);
  const home = join(cache, `sveltekit-app-${version}`);
  if (!existsSync(home)) {
    // Moved into place when complete: other processes want it too, and its chunks are loaded as they are needed.
    const folder = `${home}-${process.pid}`;
    try {
      buildKitApp(folder, files);
      if (!existsSync(home)) renameSync(folder, home);
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  }
  const { handler } = (await import(pathToFileURL(join(home, "build/handler.js")).href)) as { handler: Listener };
  return handler;
}

/** Writes these files into a folder, and builds them by the kit. */
export function buildKitApp(folder: string, sources: Readonly<Record<string, string>>): void {
  for (const [file, text] of Object.entries(sources)) {
    mkdirSync(dirname(join(folder, file)), { recursive: true });
    writeFileSync(join(folder, file), text);
  }
  linkKit(folder);
  // Vitest says NODE_ENV=test, and then Vite builds for development.
  const env = { ...process.env, NODE_ENV: "production", NODE_OPTIONS: "" };
  execFileSync(process.execPath, [join(kit, "node_modules/vite/bin/vite.js"), "build"], {
    cwd: folder,
    env,
    stdio: "pipe",
  });
}

/** Each package by itself: Kit writes into the folder that holds them. */
function linkKit(folder: string): void {
  const modules = join(folder, "node_modules");
  mkdirSync(modules, { recursive: true });
  for (const name of readdirSync(join(kit, "node_modules"))) {
    if (/^[.$]/.test(name)) continue;
    rmSync(join(modules, name), { recursive: true, force: true });
    symlinkSync(join(kit, "node_modules", name), join(modules, name));
  }
}

const files: Record<string, string> = {
  "package.json": `{ "type": "module" }`,
  // The address is said once, and the origin of forms not looked at: a test's client sends none.
  "vite.config.js": `
    import adapter from "@sveltejs/adapter-node";
    import { sveltekit } from "@sveltejs/kit/vite";
    const paths = { origin: "http://127.0.0.1" };
    const csrf = { trustedOrigins: ["*"] };
    const experimental = { remoteFunctions: true };
    export default { plugins: [sveltekit({ adapter: adapter({ precompress: false }), csrf, experimental, paths })] };`,
  "src/app.html": "<html><head>%sveltekit.head%</head><body>%sveltekit.body%</body></html>",
  "src/error.html": "%sveltekit.error.message%",
  "src/play.js": `
    import { error, redirect } from "@sveltejs/kit";
    export const play = (name) => (event, input) => {
      const plays = globalThis[Symbol.for("coatcheck.sveltekit")].get(event.platform.req.socket.localPort);
      return plays?.[name]?.(event, { error, redirect, ...input });
    };`,
  "src/hooks.server.js": `
    import { sequence } from "@sveltejs/kit/hooks";
    import { play } from "./play.js";
    const inTurn = (name) => (input) => play(name)(input.event, input) ?? input.resolve(input.event);
    export const handle = sequence(inTurn("first"), inTurn("handle"), inTurn("last"));
    export const handleError = (input) => play("handleError")(input.event, input);
    export const handleFetch = (input) => play("handleFetch")(input.event, input) ?? input.fetch(input.request);`,
  "src/routes/[...path]/+server.js": `
    import { play } from "../../play.js";
    export const fallback = play("answer");`,
  "src/routes/page/+layout.server.js": `
    import { play } from "../../play.js";
    export const load = play("layout");`,
  "src/routes/page/+page.server.js": `
    import { play } from "../../play.js";
    export const load = play("load");
    export const actions = { default: play("action") };`,
  "src/routes/page/+page.svelte": `
    <script>let { data, form } = $props();</script>
    <p>{data.text} {form?.text}</p>
    {#await data.late then late}<p>{late}</p>{/await}`,
  "src/routes/universal/+page.js": `
    export const load = async ({ fetch }) => ({ text: await (await fetch("/asked", { method: "POST" })).text() });`,
  "src/routes/universal/+page.svelte": `
    <script>let { data } = $props();</script>
    <p>{data.text}</p>`,
  "src/routes/remote/functions.remote.js": `
    import { command, form, getRequestEvent, query } from "$app/server";
    import { play } from "../../play.js";
    export const shown = query(() => play("query")(getRequestEvent()));
    export const posted = form(() => play("form")(getRequestEvent()));
    export const ordered = command(() => play("command")(getRequestEvent()));
    export const watched = query.live(() => play("live")(getRequestEvent()));`,
  "src/routes/remote/+page.svelte": `
    <script>import { posted } from "./functions.remote.js";</script>
    <form {...posted}><button>Send</button></form>`,
};
