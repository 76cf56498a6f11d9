// The default export, so that tests can stop the world between two calls.
import fs from "node:fs";
import { basename, dirname, join } from "node:path";
import { StoreUnavailable } from "../../core/errors.ts";
import { codeOf, unlessMissing } from "./failure.ts";
import { breakerNameOf } from "./layout.ts";
import { ourselves, verdictOn } from "./owner.ts";
import type { Owner } from "./owner.ts";

/** In milliseconds. A lock is held for microseconds; a request waits about this long. */
const LONGEST_WAIT = 2_000;
const LONGEST_PAUSE = 32;

/**
 * In milliseconds. Whoever cannot be looked up, because it ran in another container or before the machine was started
 * anew, is taken for dead when its lock is this old: ten thousand times as long as a lock is held.
 */
const ABANDONED_AFTER = 30_000;

/**
 * Does the work while nobody else, in any process, does any under the same lock.
 *
 * The work is synchronous so that a lock is never held across turns: this process cannot meet its own, and one that is
 * slow, or stopped in a debugger, is not slow with a lock in its hands.
 *
 * @throws StoreUnavailable when somebody has held the lock for two seconds.
 */
export async function whileLocked<T>(path: string, work: () => T): Promise<T> {
  const giveUpAt = performance.now() + LONGEST_WAIT;
  for (let pause = 1; ; pause = Math.min(pause * 2, LONGEST_PAUSE)) {
    if (take(path)) {
      try {
        return work();
      } finally {
        fs.unlinkSync(path);
      }
    }
    if (performance.now() >= giveUpAt) throw stuck(path);
    // Jittered, so that those who were refused together do not come back together.
    await new Promise((resolve) => setTimeout(resolve, pause * (0.5 + Math.random() / 2)));
  }
}

/**
 * A symbolic link is made in one step, only if there is nothing of that name, and with its owner written in it: there is
 * no moment at which a lock exists and does not say whose it is.
 *
 * @returns whether it is ours now. An abandoned one is removed and taken.
 */
export function take(path: string, owner: Owner = ourselves()): boolean {
  return link(path, owner) || (breakAbandoned(path, owner) && link(path, owner));
}

/**
 * Removes the lock if its owner is gone; whether it did.
 *
 * Judging and removing are two steps, and between them another may have removed the lock and taken a new one, which must
 * not be removed in its place. So whoever wants to remove the lock of one dead owner takes a lock for doing that, named
 * after both, and then judges again: from here on nobody else removes this one, and the dead take no new one. Who ends
 * in between leaves that second lock, which is then broken the same way, by a third.
 */
export function breakAbandoned(path: string, owner: Owner = ourselves()): boolean {
  const gone = abandonedBy(path, owner);
  if (gone === undefined) return false;
  const breaker = join(dirname(path), breakerNameOf(basename(path), gone));
  if (!take(breaker, owner)) return false;
  try {
    if (abandonedBy(path, owner) !== gone) return false;
    fs.unlinkSync(path);
    return true;
  } finally {
    fs.unlinkSync(breaker);
  }
}

/** Whether what this owner made, a lock or a temporary file, belongs to nobody any more. */
export function isAbandoned(owner: Owner, path: string): boolean {
  const verdict = verdictOn(owner);
  if (verdict !== "unknown") return verdict === "dead";
  const made = unlessMissing(() => fs.lstatSync(path).ctimeMs);
  return made !== undefined && Date.now() - made > ABANDONED_AFTER;
}

function link(path: string, owner: Owner): boolean {
  try {
    fs.symlinkSync(owner, path);
    return true;
  } catch (error) {
    if (codeOf(error) === "EEXIST") return false;
    throw error;
  }
}

/** Whose lock it is, if nobody will remove it. */
function abandonedBy(path: string, us: Owner): Owner | undefined {
  const owner = holderOf(path);
  if (owner === undefined) return undefined;
  // What a thread does under a lock it does in one turn. So one of its own that it sees at all is one that it could not
  // remove when it should have.
  return owner === us || isAbandoned(owner, path) ? owner : undefined;
}

function holderOf(path: string): Owner | undefined {
  return unlessMissing(() => fs.readlinkSync(path));
}

function stuck(path: string): StoreUnavailable {
  const owner = holderOf(path) ?? "somebody";
  return new StoreUnavailable(
    `The file engine waited two seconds for the lock ${path}, held by ${owner} (process-start-machine-thread). If that ` +
      "process is stopped, let it go on or end it; if no such process uses the folder any more, remove the lock.",
    { cause: new Error(`EEXIST: the lock is held by ${owner}`) },
  );
}
