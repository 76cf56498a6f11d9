import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { basename, dirname, join } from "node:path";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { file } from "../../../src/engines/file.ts";
import { breakerNameOf, lockNameOf, nameOf, shardOf, tempNameFor } from "../../../src/engines/file/layout.ts";
import { ourselves, ownerOf } from "../../../src/engines/file/owner.ts";
import { START } from "../../../src/testing.ts";

const record = (id: string, expiresAt = START + 1000) => ({
  id,
  secretHash: "h".repeat(43),
  payload: "{}",
  revision: "r1",
  createdAt: START,
  renewedAt: START,
  expiresAt,
});

const here = ourselves();
const dead = here.replace(/^(\d+)-\d+/, "$1-1");
const elsewhere = here.replace(/-[0-9a-f]{16}-/, `-${"0".repeat(16)}-`);

let folder: string;
let store: ReturnType<typeof file>;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "coatcheck-file-"));
  store = file({ path: folder });
});
afterEach(() => {
  vi.useRealTimers();
  rmSync(folder, { recursive: true, force: true });
});

const pathOf = (id: string): string => join(folder, shardOf(nameOf(id)), nameOf(id));
const filesLeft = (): string[] =>
  readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => !entry.isDirectory())
    .map(({ name }) => name);

test("goes by names and times and never reads a record", async () => {
  await store.create(record("a"), START);
  await store.create(record("b", START + 2001), START);
  for (const [id, end] of [
    ["a", START + 1000],
    ["b", START + 2001],
  ] as const) {
    writeFileSync(pathOf(id), "no record at all");
    utimesSync(pathOf(id), end / 1000, end / 1000);
  }
  expect(await store.deleteExpired(START + 2000, 10)).toBe(1);
  expect(filesLeft()).toEqual([nameOf("b")]);
  expect(await store.deleteExpired(START + 2001, 10)).toBe(1);
});

test("removes what the killed have left, in one round, and counts none of it", async () => {
  await store.create(record("a"), START);
  const [path, shard] = [pathOf("a"), dirname(pathOf("a"))];
  // On its way, and while the folder was being tried out.
  for (const place of [shard, folder]) writeFileSync(join(place, tempNameFor(nameOf("a")).replace(here, dead)), "half");
  symlinkSync(dead, lockNameOf(path));
  const lock = basename(lockNameOf(path));
  symlinkSync(dead, join(shard, breakerNameOf(lock, dead)));
  expect(await store.deleteExpired(START, 10)).toBe(0);
  expect(filesLeft()).toEqual([nameOf("a")]);
});

test("leaves alone what somebody may be at work on, and what is none of ours", async () => {
  await store.create(record("a"), START);
  const shard = dirname(pathOf("a"));
  const young = [tempNameFor(nameOf("a")), tempNameFor(nameOf("a")).replace(here, elsewhere)];
  const foreign = ["README", `${nameOf("x")}.bak`, "abc.lock"];
  for (const name of [...young, ...foreign]) {
    writeFileSync(join(shard, name), "");
    utimesSync(join(shard, name), 0, 0);
  }
  symlinkSync(ownerOf(process.ppid), lockNameOf(pathOf("x")).replace(dirname(pathOf("x")), shard));
  writeFileSync(join(folder, "README"), "");
  mkdirSync(join(folder, "zz", "z"), { recursive: true });
  const before = filesLeft().sort();
  expect(await store.deleteExpired(START + 500, 10)).toBe(0);
  expect(filesLeft().sort()).toEqual(before);

  vi.useFakeTimers({ toFake: ["Date"], now: Date.now() + 31_000 });
  expect(await store.deleteExpired(START + 500, 10)).toBe(0);
  expect(filesLeft().sort()).toEqual(before.filter((name) => name !== young[1]));
});

test("works in batches, and one that answers 0 has looked everywhere, wherever it began", async () => {
  const ids = Array.from({ length: 60 }, (_, n) => `x${n}`);
  for (const id of ids) await store.create(record(id), START);
  const batches: number[] = [];
  for (let count = 1; count > 0; batches.push(count)) count = await store.deleteExpired(START + 1000, 10);
  expect(batches).toEqual([10, 10, 10, 10, 10, 10, 0]);
  expect(ids.filter((id) => existsSync(pathOf(id)))).toEqual([]);
});
