import { createHash } from "node:crypto";
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { unlessAbsent } from "./failure.ts";
import { ourselves } from "./owner.ts";
import type { Owner } from "./owner.ts";

/*
 * <folder>/<2 hex>/<1 hex>/<hash>                       a record; its time of modification is its `expiresAt`
 *                          <hash>.lock                  a link that points nowhere but says whose lock it is
 *                          <hash>.<owner>.<n>.temp      a record on its way
 *
 * By a hash of the id and never by the id: ids that differ in case stay apart where file names do not, no id can be a
 * path, and the folders fill evenly whatever ids look like. 4,096 of them hold some 250 files each at a million
 * records, which every file system finds its way in, and a sweep of a small store has few to look into.
 */

/** What a record's file is called, wherever it is. */
export function nameOf(id: string): string {
  return createHash("sha256").update(id).digest("hex");
}

export function shardOf(name: string): string {
  return join(name.slice(0, 2), name.slice(2, 3));
}

/** The folders that records are in, relative to the store's, in the order of the names in them, from that one on. */
export async function* shardsIn(folder: string, from = ""): AsyncGenerator<string> {
  for (const first of await foldersIn(folder, /^[0-9a-f]{2}$/)) {
    // Every shard in it is behind, too: do not look.
    if (first < from.slice(0, 2)) continue;
    for (const second of await foldersIn(join(folder, first), /^[0-9a-f]$/)) {
      const shard = join(first, second);
      if (shard >= from) yield shard;
    }
  }
}

async function foldersIn(folder: string, shape: RegExp): Promise<string[]> {
  const names = (await unlessAbsent(readdir(folder))) ?? [];
  return names.filter((name) => shape.test(name)).sort();
}

export function lockNameOf(record: string): string {
  return `${record}.lock`;
}

/** The lock whose holder may remove that one: of this dead owner, under this name. */
export function breakerNameOf(lock: string, owner: Owner): string {
  return lockNameOf(nameOf(`${lock} ${owner}`));
}

let temps = 0;

export function tempNameFor(record: string): string {
  temps += 1;
  return `${record}.${ourselves()}.${temps}.temp`;
}

export type Entry =
  | { readonly kind: "record"; readonly name: string }
  | { readonly kind: "lock"; readonly name: string }
  | { readonly kind: "temp"; readonly name: string; readonly owner: Owner };

/** What is none of ours is nothing: it is neither read nor removed. */
export function entryOf(name: string): Entry | undefined {
  const { rest = "-" } = /^[0-9a-f]{64}(?<rest>.*)$/.exec(name)?.groups ?? {};
  if (rest === "") return { kind: "record", name };
  if (rest === ".lock") return { kind: "lock", name };
  const { owner } = /^\.(?<owner>[0-9a-f-]+)\.\d+\.temp$/.exec(rest)?.groups ?? {};
  return owner === undefined ? undefined : { kind: "temp", name, owner };
}
