import { pathToFileURL } from "node:url";
import { type Backstage, backstageOf } from "../core/backstage.ts";
import { UsageError } from "./exit.ts";
import { codeOf, messageOf } from "./failure.ts";
import { findConfig } from "./find-config.ts";

export interface Config extends AsyncDisposable {
  readonly file: string;
  readonly behind: Backstage;
}

/**
 * Runs the app's own settings, by Node's `import()`, which leaves out the types of TypeScript by itself.
 *
 * @throws UsageError saying what was expected, what was found, and what to do.
 */
export async function loadConfig(path: string | undefined): Promise<Config> {
  const file = findConfig(path);
  const [sessions, behind] = sessionsIn(file, await importConfig(file));
  return {
    file,
    behind,
    async [Symbol.asyncDispose]() {
      try {
        await sessions[Symbol.asyncDispose]?.();
      } catch (error) {
        // The work is done, or has failed for a reason that matters more.
        console.error(`Closing the store failed: ${messageOf(error)}`);
      }
    },
  };
}

async function importConfig(file: string): Promise<Record<string, unknown>> {
  try {
    return (await import(pathToFileURL(file).href)) as Record<string, unknown>;
  } catch (cause) {
    throw new UsageError(explain(file, cause), { cause });
  }
}

function explain(file: string, error: unknown): string {
  const reason = error instanceof Error ? error.message : String(error);
  const place = placeOf(error);
  if (codeOf(error) === "ERR_UNSUPPORTED_TYPESCRIPT_SYNTAX") {
    return (
      `Node runs TypeScript by leaving out its types, and ${place ?? file} holds more than types: ${reason}\n` +
      "Write a union of strings instead of an enum, a module instead of a namespace, and declared fields instead of " +
      "parameter properties; or build it, and point --config at the JavaScript."
    );
  }
  return `Cannot load ${file}${place === undefined ? "" : ` (${place})`}: ${reason}`;
}

/** Of a syntax error, Node puts file and line at the head of the stack and not into the message. */
function placeOf(error: unknown): string | undefined {
  const [head = ""] = error instanceof Error ? (error.stack?.split("\n") ?? []) : [];
  return /^(?:file:\/\/)?\S.*:\d+$/.test(head) ? head : undefined;
}

function sessionsIn(file: string, module: Record<string, unknown>): [Partial<AsyncDisposable>, Backstage] {
  const exported = module["default"];
  // What a compiler made of `export default`, for CommonJS.
  const nested = typeof exported === "object" && exported !== null ? Reflect.get(exported, "default") : undefined;
  for (const candidate of [exported, nested]) {
    const behind = backstageOf(candidate);
    if (behind !== undefined) return [candidate as Partial<AsyncDisposable>, behind];
  }

  const others = Object.keys(module).filter((name) => name !== "default" && name !== "module.exports");
  const found =
    exported === undefined
      ? `no default export${others.length === 0 ? "" : `, only ${others.join(", ")}`}`
      : describe(exported);
  throw new UsageError(
    `Expected the default export of ${file} to be what createSessions() returned. Found ${found}.\n` +
      "Write `export default createSessions(…)`, in a file that holds the settings and starts nothing.",
  );
}

function describe(value: unknown): string {
  if (value instanceof Promise) return "a promise: write `export default await …`";
  if (typeof value === "function") return "a function: export what it returns";
  if (typeof value !== "object" || value === null) return value === null ? "null" : `a ${typeof value}`;
  if ("read" in value && "create" in value) return "a store: write `createSessions({ engine: store })`";
  return `an object with the keys ${Object.keys(value).join(", ") || "(none)"}`;
}
