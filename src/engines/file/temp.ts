import { renameSync } from "node:fs";
import { mkdir, open, rm } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { Instant } from "../../core/store.ts";
import { codeOf } from "./failure.ts";
import { tempNameFor } from "./layout.ts";

/** A record's next file, complete but for its name. Disposing of it removes it, unless it was renamed. */
export interface Temp extends AsyncDisposable {
  renameTo(path: string): void;
}

/** Done before any lock is taken: this is what may have to wait for the disk. */
export async function writeTemp(path: string, content: Buffer, expiresAt: Instant, fsync: boolean): Promise<Temp> {
  const temp = join(dirname(path), tempNameFor(path.slice(dirname(path).length + 1)));
  const file = await open(temp, "wx", 0o600);
  const remove = (): Promise<void> => rm(temp, { force: true });
  try {
    try {
      await file.writeFile(content);
      await file.utimes(expiresAt / 1000, expiresAt / 1000);
      if (fsync) await file.sync();
    } finally {
      await file.close();
    }
  } catch (error) {
    await remove();
    throw error;
  }
  let isThere = true;
  return {
    renameTo(target) {
      renameSync(temp, target);
      isThere = false;
    },
    // Looking for what is gone would be a third of what a write waits for.
    [Symbol.asyncDispose]: async () => (isThere ? remove() : undefined),
  };
}

/** Makes a shard, and the folder it is in, where they are missing. @throws ENOENT when the store's folder is. */
export async function makeShard(folder: string, shard: string, fsync: boolean): Promise<void> {
  const first = join(folder, dirname(shard));
  for (const path of [first, join(folder, shard)]) {
    await mkdir(path, { mode: 0o700 }).catch((error: unknown) => {
      if (codeOf(error) !== "EEXIST") throw error;
    });
    if (fsync) await syncFolder(dirname(path));
  }
}

/** So that a name, and not only what it names, is there after a power failure. */
export async function syncFolder(path: string): Promise<void> {
  // Windows cannot, and keeps names safe by itself.
  if (process.platform === "win32") return;
  const folder = await open(path, "r");
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}
