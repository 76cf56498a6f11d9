// The two commands a newcomer types, `npm start` and `npm test`, must work on the Node they happen to have.
// So this file and bootstrap/ are plain JavaScript for Node 16 and up, with no dependency;
// everything behind them is TypeScript on the Node we mean.
import { ensureDependencies } from "./bootstrap/dependencies.mjs";
import { BootstrapError } from "./bootstrap/error.mjs";
import { runOnNewerNode } from "./bootstrap/node.mjs";

const [verb = "", ...args] = process.argv.slice(2);

try {
  process.exitCode = await main();
} catch (error) {
  if (!(error instanceof BootstrapError)) throw error;
  console.error(`\n${error.message}\n`);
  process.exitCode = 1;
}

async function main() {
  const elsewhere = await runOnNewerNode();
  if (elsewhere !== undefined) return elsewhere;

  ensureDependencies();
  const { verbs } = await import("./verbs.ts");
  const run = Object.hasOwn(verbs, verb) ? verbs[verb] : undefined;
  if (run === undefined) {
    throw new BootstrapError(`Expected one of: ${Object.keys(verbs).join(", ")}. Found: "${verb}".`);
  }
  return run(args);
}
