import {
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  realpathSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import type { Stats } from "node:fs";
import { stat } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import { InvalidOption, StoreUnavailable } from "../../core/errors.ts";
import { codeOf, reasonOf, unlessAbsent } from "./failure.ts";
import { nameOf, tempNameFor } from "./layout.ts";
import type { Settings } from "./options.ts";
import { ourselves, ourUserId } from "./owner.ts";
import { expiryOf } from "./record-file.ts";

/** A folder that was found fit. */
export interface Folder {
  readonly path: string;
  /**
   * A file that is missing is a session that has ended, unless the whole folder is gone or something else is in its
   * place, such as the empty folder that a disk is mounted on.
   *
   * @throws StoreUnavailable when this is not the folder it was at the start.
   */
  check(): Promise<void>;
}

/**
 * Makes the folder if need be and tries it out. At once and not at the first request: a wrong path is found when the
 * application starts, by whoever starts it.
 *
 * @throws InvalidOption that names the path and the cause.
 */
export function openFolder({ path: given, isPrivate }: Settings): Folder {
  const path = resolve(given);
  try {
    makeFolder(path);
    // Below /tmp anybody may have been first, with a link to where we would then keep, and delete, files.
    if (isPrivate && !lstatSync(path).isDirectory()) throw new Error("it is a link, or no folder");
    const real = realpathSync(path);
    const found = statSync(real);
    refuseForeign(found, isPrivate);
    tryOut(real);
    return { path: real, check: () => checkStill(real, found) };
  } catch (error) {
    throw new InvalidOption(
      `file({ path }): expected a folder, there or to be created, that is ours and that we can read and write; got ` +
        `${path}: ${reasonOf(error)}.`,
      { cause: error },
    );
  }
}

/** Not by Node's `recursive`, which never ends where the system says ENOENT below a folder that exists, as in /proc. */
function makeFolder(path: string): void {
  try {
    mkdirSync(path, 0o700);
  } catch (error) {
    const parent = dirname(path);
    if (codeOf(error) === "ENOENT" && !existsSync(parent)) {
      makeFolder(parent);
      makeFolder(path);
    } else if (!statSync(path, { throwIfNoEntry: false })?.isDirectory()) throw error;
  }
}

function refuseForeign({ uid, mode }: Stats, isPrivate: boolean): void {
  const us = ourUserId();
  if (us === undefined) return;
  if (uid !== us) {
    throw new Error(
      `it belongs to user ${uid} and this process runs as user ${us}; run it as that user, or give it another`,
    );
  }
  const open = mode & (isPrivate ? 0o077 : 0o022);
  if (open !== 0) {
    const others = isPrivate ? "other users can use it" : "other users can write in it";
    throw new Error(`its mode is ${(mode & 0o777).toString(8)}, so ${others}; chmod 700 it`);
  }
}

/** Everything the engine needs of a file system, once. Asking for permissions would not tell of a read-only disk. */
function tryOut(path: string): void {
  readdirSync(path);
  // Named so that a sweep removes it, should we be killed here.
  const trial = join(path, tempNameFor(nameOf("trial")));
  const instant = 2_000_000_000_123;
  try {
    rmSync(trial, { force: true });
    symlinkSync(ourselves(), trial);
    rmSync(trial);
    writeFileSync(trial, "", { mode: 0o600, flag: "wx" });
    utimesSync(trial, instant / 1000, instant / 1000);
    // A sweep that went by the second would end sessions early.
    if (expiryOf(statSync(trial)) !== instant)
      throw new Error("its file system does not keep times to the millisecond");
  } finally {
    rmSync(trial, { force: true });
  }
}

async function checkStill(path: string, { dev, ino }: Stats): Promise<void> {
  const now = await unlessAbsent(stat(path));
  if (now?.dev === dev && now.ino === ino) return;
  const what = now === undefined ? "it is gone" : "another folder is in its place";
  throw new StoreUnavailable(
    `The file engine cannot use ${path}: ${what}. If a disk is mounted there, mount it again; otherwise restart the ` +
      "application, which then begins anew.",
    { cause: new Error(`ENOENT: ${path} is not the folder it was at the start`) },
  );
}
