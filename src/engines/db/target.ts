import { InvalidOption } from "../../core/errors.ts";
import type { Dialect } from "./dialect.ts";
import { nodeSqlite } from "./node-sqlite.ts";
import { sqlite } from "./sqlite.ts";

/** An SQLite file: `path` is relative to the current directory, or `":memory:"` for one that ends with the process. */
export interface SqliteFile {
  readonly path: string;
}

/** Where `db()` keeps its records. */
export type DbTarget = SqliteFile;

const DEFAULT_PATH = ".coatcheck/sessions.sqlite";

const EXPECTED = `nothing (the SQLite file ${DEFAULT_PATH}) or { path: string } (another SQLite file, or ":memory:")`;

/** Sees what was asked for, touches nothing. Takes `unknown`, because settings are often not written in TypeScript. */
export function dialectFor(target: unknown): Dialect {
  if (target === undefined) return sqlite(() => nodeSqlite(DEFAULT_PATH));
  if (isSqliteFile(target)) return sqlite(() => nodeSqlite(target.path));

  const protocol = protocolOf(target);
  if (protocol) throw new InvalidOption(`db() does not support ${protocol} databases yet. It takes ${EXPECTED}.`);
  throw new InvalidOption(`db() takes ${EXPECTED}; it was given ${describe(target)}.`);
}

function isSqliteFile(target: unknown): target is SqliteFile {
  if (typeof target !== "object" || target === null) return false;
  const [key, ...others] = Object.entries(target);
  return key?.[0] === "path" && typeof key[1] === "string" && key[1] !== "" && others.length === 0;
}

/** Of a URL only this much may appear in a message: the rest holds a password. */
function protocolOf(target: unknown): string | undefined {
  if (target instanceof URL) return target.protocol;
  return typeof target === "string" ? /^([a-z][a-z0-9+.-]*:)\/\//i.exec(target)?.[1] : undefined;
}

function describe(target: unknown): string {
  if (target === "") return "an empty string";
  if (typeof target === "string") return "a string that is not a URL (a file is given as { path })";
  if (target === null) return "null";
  if (Array.isArray(target)) return "an array";
  if (typeof target !== "object") return `a ${typeof target}`;
  if ("path" in target && Object.keys(target).length === 1) {
    return target.path === ""
      ? "an empty path"
      : `a path of type ${target.path === null ? "null" : typeof target.path}`;
  }
  const name: unknown = target.constructor?.name;
  if (typeof name === "string" && name !== "Object") return `an instance of ${name}`;
  return `an object with the keys ${Object.keys(target).join(", ") || "(none)"}`;
}
