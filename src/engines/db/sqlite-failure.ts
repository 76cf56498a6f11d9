import type { Explanation } from "./explanation.ts";

const OTHER_PATH = "db({ path }) wants a file, not a folder, that this process can write, in a folder it can write.";
const LOCKED = "Another connection kept it locked for two seconds: look for a transaction that is left open.";

const adviceBySqliteCode: Readonly<Record<number, string>> = {
  5: LOCKED,
  6: LOCKED,
  8: OTHER_PATH,
  11: "The file is damaged: restore it from a backup, or move it away to start an empty one.",
  13: "Make room on the disk.",
  14: OTHER_PATH,
  26: "Something else is in that file: move it away, or give db({ path }) another one.",
};

const adviceBySystemCode: Readonly<Record<string, string>> = {
  EACCES: OTHER_PATH,
  EEXIST: OTHER_PATH,
  EISDIR: OTHER_PATH,
  ENOTDIR: OTHER_PATH,
  EPERM: OTHER_PATH,
  EROFS: OTHER_PATH,
  ENOSPC: "Make room on the disk.",
};

/** The result codes that matter here, by the names that other drivers than Node's give them. */
const codeByName: Readonly<Record<string, number>> = {
  BUSY: 5,
  LOCKED: 6,
  READONLY: 8,
  CORRUPT: 11,
  FULL: 13,
  CANTOPEN: 14,
  NOTADB: 26,
};

/** Neither SQLite nor the file system puts a bound value into its message, so it can be passed on. */
export function explainSqlite(cause: unknown): Explanation | "no-table" {
  const reason = cause instanceof Error ? cause.message : "unknown reason";
  if (/\bno such (table|column)\b/.test(reason)) return "no-table";
  return { reason, advice: adviceFor(cause) };
}

/** SQLITE_BUSY and SQLITE_LOCKED, the extended codes included: somebody else holds the lock, nothing was applied. */
export function isBusy(error: unknown): boolean {
  const code = primaryCode(error);
  return code === 5 || code === 6;
}

/** SQLite's own result code, without its extension; undefined if the error is none of SQLite's. */
function primaryCode(error: unknown): number | undefined {
  if (!(error instanceof Error)) return undefined;
  if ("errcode" in error && typeof error.errcode === "number") return error.errcode & 0xff;
  const [, name = ""] = "code" in error ? (/^SQLITE_([A-Z]+)/.exec(String(error.code)) ?? []) : [];
  return codeByName[name];
}

function adviceFor(cause: unknown): string | undefined {
  const code = primaryCode(cause);
  if (code !== undefined) return adviceBySqliteCode[code];
  if (!(cause instanceof Error) || !("code" in cause)) return undefined;
  return adviceBySystemCode[String(cause.code)];
}
