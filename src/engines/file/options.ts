import { tmpdir } from "node:os";
import { join } from "node:path";
import { InvalidOption } from "../../core/errors.ts";
import { ourUserId } from "./owner.ts";

/** Where, and how safely, `file()` keeps its records. */
export interface FileOptions {
  /**
   * The folder; it is created, with its parents, if it is missing, and has to be ours alone to write. Without it,
   * `coatcheck-<user id>` below the system's folder for temporary files, which many systems empty when they start.
   */
  readonly path?: string;
  /**
   * Waits for the disk before a write is acknowledged, so that it survives a power failure too, and not only the end of
   * the process.
   * @default false
   */
  readonly fsync?: boolean;
}

/** The options, complete. `isPrivate`: nobody has said that this folder may be shared for reading. */
export interface Settings {
  readonly path: string;
  readonly isPrivate: boolean;
  readonly fsync: boolean;
}

const rules: Record<keyof FileOptions, { expected: string; ok: (value: unknown) => boolean }> = {
  path: { expected: "the path of a folder", ok: isPath },
  fsync: { expected: "true or false", ok: (value) => typeof value === "boolean" },
};

/** Takes `unknown`, because settings are often not written in TypeScript. */
export function checkOptions(given: unknown): Settings {
  const options = checked(given === undefined ? {} : given);
  const { path = defaultPath(), fsync = false } = options;
  return { path, isPrivate: options.path === undefined, fsync };
}

function checked(given: unknown): FileOptions {
  if (typeof given !== "object" || given === null || Array.isArray(given)) {
    throw new InvalidOption(`file(): expected options like { path: "…" }, got ${kindOf(given)}.`);
  }
  for (const [name, value] of Object.entries(given)) {
    if (!Object.hasOwn(rules, name)) {
      throw new InvalidOption(`file(): expected the options ${Object.keys(rules).join(", ")}, got "${name}".`);
    }
    const { expected, ok } = rules[name as keyof FileOptions];
    if (value === undefined || ok(value)) continue;
    const shown = typeof value === "string" ? JSON.stringify(value.slice(0, 80)) : kindOf(value);
    throw new InvalidOption(`file(): ${name}: expected ${expected}, got ${shown}.`);
  }
  return given;
}

function defaultPath(): string {
  const userId = ourUserId();
  return join(tmpdir(), userId === undefined ? "coatcheck" : `coatcheck-${userId}`);
}

/** No path has a NUL in it; a URL in its place is a mistake that would make a folder called `file:`. */
function isPath(value: unknown): boolean {
  return typeof value === "string" && value !== "" && !value.includes("\0") && !/^[a-z][a-z+.-]+:\/\//i.test(value);
}

function kindOf(value: unknown): string {
  if (value === null) return "null";
  if (Array.isArray(value)) return "an array";
  return typeof value === "object" ? "an object" : `a ${typeof value}`;
}
