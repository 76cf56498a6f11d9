import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { root } from "../../scripts/bootstrap/paths.mjs";
import { type AppFiles, buildApp, installCoatcheck, nextConfig, nextProgram, nextStart } from "./next-build.ts";
import { withProgram } from "./walk-example.ts";

/** The example with what is tested beside it, built among the kit's packages. */
export function buildTestApp(): Promise<string> {
  const { "next.config.ts": _, ...example } = filesIn("examples/next");
  const config = nextConfig("experimental: { authInterrupts: true },");
  const own = { "next.config.mjs": config, "package.json": `{ "type": "module" }` };
  return buildApp({ ...example, ...filesIn("test/http/next-app"), ...own }, installCoatcheck);
}

/** The sources of an app, by their paths in it. */
export function filesIn(folder: string): AppFiles {
  const files = globSync("**/*.{ts,tsx,json}", { cwd: join(root, folder) });
  return Object.fromEntries(files.map((file) => [file, readFileSync(join(root, folder, file), "utf8")]));
}

export interface NextServer extends AsyncDisposable {
  readonly base: string;
}

/** A built app on a port of its own, until it is disposed of. */
export function startApp(folder: string, env: NodeJS.ProcessEnv = {}): Promise<NextServer> {
  return new Promise((resolve, reject) => {
    const serve = (base: string): Promise<void> =>
      new Promise((stop) => {
        const dispose = async (): Promise<void> => {
          stop();
          await running;
        };
        resolve({ base, [Symbol.asyncDispose]: dispose });
      });
    const running = withProgram(nextProgram, folder, serve, nextStart(env));
    running.catch(reject);
  });
}
