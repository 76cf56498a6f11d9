import { StoreUnavailable } from "../../core/errors.ts";

const OTHER_FOLDER = "file({ path }) wants a folder of its own that this user can write.";

const adviceByCode: Readonly<Record<string, string>> = {
  EACCES: OTHER_FOLDER,
  EPERM: OTHER_FOLDER,
  EROFS: OTHER_FOLDER,
  ENOTDIR: OTHER_FOLDER,
  EISDIR: OTHER_FOLDER,
  ELOOP: OTHER_FOLDER,
  ENOSPC: "Make room on the disk: space, or inodes (df -i).",
  EDQUOT: "Make room: this user's quota is used up.",
  EFBIG: "A limit on the size of files is in the way (ulimit -f).",
  EMFILE: "Raise the limit on open files (ulimit -n).",
  ENFILE: "Raise the system's limit on open files.",
  EIO: "Look at the disk, and at the system's log.",
};

/** Neither Node nor the system puts what is written into a message, so it can be passed on. */
export function unavailable(doing: string, path: string, cause: unknown): StoreUnavailable {
  if (cause instanceof StoreUnavailable) return cause;
  const advice = adviceByCode[codeOf(cause) ?? ""];
  return new StoreUnavailable(
    `The file engine cannot ${doing} ${path}: ${reasonOf(cause)}.${advice ? ` ${advice}` : ""}`,
    {
      cause,
    },
  );
}

export function reasonOf(cause: unknown): string {
  return cause instanceof Error ? cause.message : "unknown reason";
}

export function codeOf(error: unknown): string | undefined {
  return error instanceof Error && "code" in error && typeof error.code === "string" ? error.code : undefined;
}

export function isNoRoom(error: unknown): error is Error {
  return ["ENOSPC", "EDQUOT"].includes(codeOf(error) ?? "");
}

/** What there is to be had, or `undefined` if there is no such file. */
export function unlessMissing<T>(look: () => T): T | undefined {
  try {
    return look();
  } catch (error) {
    if (codeOf(error) === "ENOENT") return undefined;
    throw error;
  }
}

export async function unlessAbsent<T>(looking: Promise<T>): Promise<T | undefined> {
  try {
    return await looking;
  } catch (error) {
    if (codeOf(error) === "ENOENT") return undefined;
    throw error;
  }
}
