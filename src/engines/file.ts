import { FolderStore } from "./file/file-store.ts";
import type { FileStore } from "./file/file-store.ts";
import { openFolder } from "./file/folder.ts";
import { checkOptions } from "./file/options.ts";
import type { FileOptions } from "./file/options.ts";

export type { FileOptions, FileStore };

/**
 * Sessions in files, one each, in a folder that any number of processes on one host may share.
 *
 * The folder is made, and tried out, at this call and not on first use: what is wrong with it is found when the
 * application starts. A reader sees a record's old file or its new one, whole; writers take turns by a lock that a killed
 * process cannot keep. An acknowledged write is there after `kill -9`, and after a power failure with `fsync: true`.
 *
 * The trap: a file's time of modification is its session's end, and what a sweep goes by. Copy the folder with its times
 * (`cp -a`, `rsync -a`), and leave the files unedited. Nor is a folder on a network drive a way to share sessions
 * between machines; and the default folder goes when the system empties its temporary files.
 *
 * @throws InvalidOption at once if an option is wrong, or the folder cannot be made, is not ours, or cannot be written;
 *   the message names it and the cause.
 * @throws StoreUnavailable from any method while the folder cannot be used; the message names the file, the reason and
 *   the way out. The next call tries again.
 *
 * @example
 * ```ts
 * import { createSessions } from "coatcheck";
 * import { file } from "coatcheck/file";
 *
 * export default createSessions({ engine: file({ path: "/var/lib/shop/sessions" }) });
 * ```
 */
export function file(options?: FileOptions): FileStore {
  const settings = checkOptions(options);
  return new FolderStore(openFolder(settings), settings.fsync);
}
