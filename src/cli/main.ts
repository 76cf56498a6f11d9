#!/usr/bin/env node
import { run } from "./program.ts";

// Node calls its SQLite and its TypeScript experimental on each start. Whoever runs a command has chosen neither.
process.removeAllListeners("warning");
process.on("warning", (warning) => {
  if (warning.name !== "ExperimentalWarning") console.error(`${warning.name}: ${warning.message}`);
});

// Whoever reads our output may stop reading, as `head` does.
process.stdout.on("error", (error: NodeJS.ErrnoException) => {
  if (error.code !== "EPIPE") throw error;
});

const code = await run(process.argv.slice(2));
// The app's settings may have opened a pool that only the app may close: waiting for it would be waiting for ever.
process.stdout.write("", () => process.exit(code));
