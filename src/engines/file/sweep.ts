import { randomUUID } from "node:crypto";
import { lstatSync, rmSync, unlinkSync } from "node:fs";
import { lstat, readdir } from "node:fs/promises";
import { join } from "node:path";
import type { Instant } from "../../core/store.ts";
import { isNoRoom, unlessAbsent, unlessMissing } from "./failure.ts";
import { entryOf, lockNameOf, nameOf, shardOf, shardsIn } from "./layout.ts";
import { breakAbandoned, isAbandoned, whileLocked } from "./lock.ts";
import { expiryOf } from "./record-file.ts";

/** As many as Node has threads for the file system; more would only stand in the way of requests. */
const AT_ONCE = 4;

/** In milliseconds; then it is the turn of whoever waits. By the clock: a busy disk makes a removal many times as long. */
const LONGEST_TURN = 1;

/**
 * In milliseconds. A full disk has no room for a lock either, and sweeping is what makes room. What ended so long ago needs
 * no lock: nobody who can still renew it has so old a time in his hands.
 */
const LONG_OVER = 3_600_000;

/**
 * Removes what has expired, and what those who were killed have left behind. Looks at names and times only.
 *
 * It walks in rounds and remembers where it is, so that the next batch does not begin with all those folders that were
 * swept already. A batch ends when it is full, or when it has come around: one that answers 0 has looked everywhere.
 */
export class Sweep {
  readonly #folder: string;
  readonly #synced: (path: string) => Promise<void>;
  /** The first is anywhere, so that several who sweep at once begin in different places. */
  #next = shardOf(nameOf(randomUUID()));

  /** @param synced called with each folder from which records were removed. */
  constructor(folder: string, synced: (path: string) => Promise<void>) {
    this.#folder = folder;
    this.#synced = synced;
  }

  async batch(now: Instant, limit: number): Promise<number> {
    let removed = 0;
    let noRoom: Error | undefined;
    await this.#tidy(this.#folder, await readdir(this.#folder), now);
    for await (const shard of this.#round(this.#next)) {
      if (removed >= limit) break;
      // Not the one behind it: this one may have more than there is room for.
      this.#next = shard;
      removed += await this.#sweepShard(join(this.#folder, shard), now, limit - removed, (error) => (noRoom = error));
    }
    // Something was left, and "0" would say that there is nothing.
    if (removed === 0 && noRoom !== undefined) throw noRoom;
    return removed;
  }

  async *#round(start: string): AsyncGenerator<string> {
    yield* shardsIn(this.#folder, start);
    for await (const shard of shardsIn(this.#folder)) {
      if (shard >= start) return;
      yield shard;
    }
  }

  async #sweepShard(shard: string, now: Instant, limit: number, onNoRoom: (error: Error) => void): Promise<number> {
    const names = (await unlessAbsent(readdir(shard))) ?? [];
    const expired = await this.#tidy(shard, names, now);
    let removed = 0;
    let begun = performance.now();
    for (const name of expired.slice(0, limit)) {
      if (performance.now() - begun > LONGEST_TURN) {
        await new Promise((resolve) => setImmediate(resolve));
        begun = performance.now();
      }
      const path = join(shard, name);
      try {
        if (await whileLocked(lockNameOf(path), () => removeIfExpired(path, now))) removed += 1;
      } catch (error) {
        if (!isNoRoom(error)) throw error;
        if (removeIfExpired(path, now - LONG_OVER)) removed += 1;
        else onNoRoom(error);
      }
    }
    if (removed > 0) await this.#synced(shard);
    return removed;
  }

  /** Removes what belongs to nobody; answers which records seem to have expired. */
  async #tidy(shard: string, names: readonly string[], now: Instant): Promise<string[]> {
    const expired: string[] = [];
    const waiting = names.values();
    const look = async (): Promise<void> => {
      for (const name of waiting) {
        const entry = entryOf(name);
        const path = join(shard, name);
        if (entry?.kind === "lock") breakIfThereIsRoom(path);
        if (entry?.kind === "temp" && isAbandoned(entry.owner, path)) rmSync(path, { force: true });
        if (entry?.kind !== "record") continue;
        const found = await unlessAbsent(lstat(path));
        if (found !== undefined && expiryOf(found) <= now) expired.push(name);
      }
    };
    await Promise.all(Array.from({ length: AT_ONCE }, look));
    return expired;
  }
}

function breakIfThereIsRoom(lock: string): void {
  try {
    breakAbandoned(lock);
  } catch (error) {
    if (!isNoRoom(error)) throw error;
  }
}

/** Under its lock, because meanwhile it may have been renewed. */
function removeIfExpired(path: string, now: Instant): boolean {
  const found = unlessMissing(() => lstatSync(path));
  if (found === undefined || expiryOf(found) > now) return false;
  unlinkSync(path);
  return true;
}
