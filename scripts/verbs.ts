import { globSync } from "node:fs";
import { join } from "node:path";
import { runNode } from "./bootstrap/child.mjs";
import { root } from "./bootstrap/paths.mjs";
import { writeApiReports } from "./api-report.ts";
import { build } from "./build.ts";
import { withServices } from "./services/provision.ts";
import { services } from "./services/services.ts";
import { tool } from "./tool.ts";

/** What `node scripts/run.mjs <verb>` does; each answers with an exit code. */
export const verbs: Record<string, (args: string[]) => Promise<number>> = {
  // The demo imports the package by its name, as a user would, so it runs on dist.
  demo: async (args) =>
    (await build()) || runNode(["--disable-warning=ExperimentalWarning", join(root, "demo/server.ts"), ...args]),

  test: async (args) =>
    (await build()) ||
    withServices(services, (variables) =>
      runNode([tool("vitest"), "run", ...args], { env: { ...process.env, ...variables } }),
    ),

  build,
  api: async () => {
    const code = await build();
    if (code === 0) writeApiReports();
    return code;
  },
  typecheck: async () => (await build()) || typecheck(),
  lint: (args) => lint(args),
  format: (args) => runNode([tool("oxfmt"), ...args]),
  check,
};

const lint = (args: string[] = []): Promise<number> =>
  runNode([tool("oxlint"), "--type-aware", "--deny-warnings", ...args]);

const typecheck = (): Promise<number> => runNode([tool("typescript", "tsc"), "-p", "tsconfig.json"]);

/** Everything that can be judged without running the package. Goes on after a failure: one run shows all there is to fix. */
async function check(): Promise<number> {
  const steps: Record<string, () => Promise<number>> = {
    build,
    types: typecheck,
    "types, as users see them": () => runNode([tool("typescript", "tsc"), "-p", "test/types"]),
    "types, beside express-session's": () => runNode([tool("typescript", "tsc"), "-p", "test/types/express-session"]),
    lint,
    "format (npm run format fixes it)": () => runNode([tool("oxfmt"), "--check"]),
    "unused code": () => runNode([tool("knip")]),
  };
  for (const script of globSync("scripts/checks/*.ts", { cwd: root })) {
    steps[script] = () => runNode(["--disable-warning=ExperimentalWarning", join(root, script)]);
  }

  const failed: string[] = [];
  for (const [name, run] of Object.entries(steps)) {
    if ((await run()) !== 0) failed.push(name);
  }
  console.log(failed.length === 0 ? "\nAll checks passed." : `\nFailed: ${failed.join(" · ")}`);
  return failed.length === 0 ? 0 : 1;
}
