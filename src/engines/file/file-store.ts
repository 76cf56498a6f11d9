import { lstatSync, readFileSync, unlinkSync } from "node:fs";
import { readdir, readFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import type {
  Instant,
  ListableStore,
  RecordSummary,
  Revision,
  SessionRecord,
  SweepableStore,
} from "../../core/store.ts";
import { codeOf, unavailable, unlessAbsent, unlessMissing } from "./failure.ts";
import type { Folder } from "./folder.ts";
import { entryOf, lockNameOf, nameOf, shardOf, shardsIn } from "./layout.ts";
import { whileLocked } from "./lock.ts";
import { encode, RecordFile } from "./record-file.ts";
import { Sweep } from "./sweep.ts";
import { makeShard, syncFolder, writeTemp } from "./temp.ts";
import type { Temp } from "./temp.ts";

/** What `file()` returns. There is nothing to close. */
export interface FileStore extends SweepableStore, ListableStore {
  readonly name: "file";
  readonly atomic: true;
}

/**
 * Whatever may have to wait for the disk is asynchronous: reading a record, writing its next file, walking through folders.
 * What decides (look at the record, rename, unlink) is done under the record's lock in one synchronous turn.
 */
export class FolderStore implements FileStore {
  readonly name = "file";
  readonly atomic = true;
  readonly #folder: Folder;
  readonly #fsync: boolean;
  readonly #sweep: Sweep;

  constructor(folder: Folder, fsync: boolean) {
    this.#folder = folder;
    this.#fsync = fsync;
    this.#sweep = new Sweep(folder.path, (path) => this.#synced(path));
  }

  read(id: string, now: Instant): Promise<SessionRecord | undefined> {
    return this.#doing("read", this.#pathOf(id), async (path) => {
      const found = await this.#find(path, id);
      return found !== undefined && found.header.expiresAt > now ? found.record : undefined;
    });
  }

  create(record: SessionRecord): Promise<boolean> {
    return this.#doing("write", this.#pathOf(record.id), (path) =>
      this.#put(path, record, () => lstatSync(path, { throwIfNoEntry: false }) === undefined),
    );
  }

  update(record: SessionRecord, expected: Revision, now: Instant): Promise<boolean> {
    return this.#doing("write", this.#pathOf(record.id), async (path) => {
      // Written once, unless the caller is wrong about it.
      for (let { createdAt } = record; ;) {
        let stored = createdAt;
        const isUpdated = await this.#put(path, { ...record, createdAt }, () => {
          const current = liveAt(path, record.id, expected, now);
          stored = current?.createdAt ?? createdAt;
          return current?.createdAt === createdAt;
        });
        if (isUpdated || stored === createdAt) return isUpdated;
        createdAt = stored;
      }
    });
  }

  touch(id: string, expected: Revision, expiresAt: Instant, now: Instant): Promise<boolean> {
    return this.#doing("write", this.#pathOf(id), async (path) => {
      const found = await this.#find(path, id);
      if (found === undefined || !isLive(found.header, expected, now)) return false;
      if (found.header.expiresAt >= expiresAt) return true;
      let isStillLive = false;
      // Under one revision payload and all else stay, so what was read is what is there, but for the end.
      await this.#put(path, { ...found.record, expiresAt, renewedAt: now }, () => {
        const current = liveAt(path, id, expected, now);
        isStillLive = current !== undefined;
        return current !== undefined && current.expiresAt < expiresAt;
      });
      return isStillLive;
    });
  }

  delete(id: string): Promise<boolean> {
    return this.#doing("delete", this.#pathOf(id), async (path) => {
      const isDeleted = await unlessAbsent(
        whileLocked(lockNameOf(path), () => unlessMissing(() => unlinkSync(path) ?? true)),
      );
      if (isDeleted) await this.#synced(dirname(path));
      else await this.#folder.check();
      return isDeleted ?? false;
    });
  }

  deleteExpired(now: Instant, limit: number): Promise<number> {
    return this.#doing("sweep", this.#folder.path, async () => {
      await this.#folder.check();
      return this.#sweep.batch(now, limit);
    });
  }

  list(cursor: string | undefined, limit: number): Promise<{ records: RecordSummary[]; cursor: string | undefined }> {
    return this.#doing("list", this.#folder.path, async (folder) => {
      await this.#folder.check();
      const records: RecordSummary[] = [];
      for await (const shard of shardsIn(folder, cursor && shardOf(cursor))) {
        const names = (await unlessAbsent(readdir(join(folder, shard)))) ?? [];
        for (const name of names.sort()) {
          if (entryOf(name)?.kind !== "record" || (cursor !== undefined && name <= cursor)) continue;
          const path = join(folder, shard, name);
          const content = await unlessAbsent(readFile(path));
          if (content !== undefined) records.push(new RecordFile(content, path).summary);
          if (records.length >= limit) return { records, cursor: name };
        }
      }
      return { records, cursor: undefined };
    });
  }

  /** Puts the record in its place if, under its lock, `decide` says so. */
  async #put(path: string, record: SessionRecord, decide: () => boolean): Promise<boolean> {
    await using temp = await this.#temp(path, record);
    const isPut = await whileLocked(lockNameOf(path), () => {
      if (!decide()) return false;
      temp.renameTo(path);
      return true;
    });
    if (isPut) await this.#synced(dirname(path));
    return isPut;
  }

  async #temp(path: string, record: SessionRecord): Promise<Temp> {
    const write = (): Promise<Temp> => writeTemp(path, encode(record), record.expiresAt, this.#fsync);
    try {
      return await write();
    } catch (error) {
      if (codeOf(error) !== "ENOENT") throw error;
      await this.#folder.check();
      await makeShard(this.#folder.path, shardOf(nameOf(record.id)), this.#fsync);
      return write();
    }
  }

  async #find(path: string, id: string): Promise<RecordFile | undefined> {
    const content = await unlessAbsent(readFile(path));
    if (content !== undefined) return new RecordFile(content, path, id);
    await this.#folder.check();
    return undefined;
  }

  async #synced(shard: string): Promise<void> {
    if (this.#fsync) await syncFolder(shard);
  }

  #pathOf(id: string): string {
    const name = nameOf(id);
    return join(this.#folder.path, shardOf(name), name);
  }

  async #doing<T>(what: string, path: string, work: (path: string) => Promise<T>): Promise<T> {
    try {
      return await work(path);
    } catch (error) {
      throw unavailable(what, path, error);
    }
  }
}

function isLive(header: RecordFile["header"], expected: Revision, now: Instant): boolean {
  return header.revision === expected && header.expiresAt > now;
}

/** What is there, if it is what the caller knows. Only under the lock. */
function liveAt(path: string, id: string, expected: Revision, now: Instant): RecordFile["header"] | undefined {
  const content = unlessMissing(() => readFileSync(path));
  const header = content && new RecordFile(content, path, id).header;
  return header !== undefined && isLive(header, expected, now) ? header : undefined;
}
