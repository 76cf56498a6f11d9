import { StoreUnavailable } from "../../core/errors.ts";
import { primaryCode } from "./busy.ts";

const OTHER_PATH = "db({ path }) wants a file, not a folder, that this process can write, in a folder it can write.";

const adviceBySqliteCode: Readonly<Record<number, string>> = {
  5: "Another connection kept it locked for two seconds: look for a transaction that is left open.",
  6: "Another connection kept it locked for two seconds: look for a transaction that is left open.",
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

/**
 * Neither SQLite nor the file system puts a bound value into its message, so it can be passed on. A dialect of which
 * that is not true must not do the same.
 */
export function unavailable(doing: "open" | "use", where: string, cause: unknown): StoreUnavailable {
  if (cause instanceof StoreUnavailable) return cause;
  const reason = cause instanceof Error ? cause.message : "unknown reason";
  const advice = adviceFor(cause);
  return new StoreUnavailable(
    `The db engine cannot ${doing} the SQLite database ${where}: ${reason}.${advice ? ` ${advice}` : ""}`,
    { cause },
  );
}

function adviceFor(cause: unknown): string | undefined {
  const code = primaryCode(cause);
  if (code !== undefined) return adviceBySqliteCode[code];
  if (!(cause instanceof Error) || !("code" in cause)) return undefined;
  return adviceBySystemCode[String(cause.code)];
}
