import { spawnSync } from "node:child_process";
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { StoreUnavailable } from "../../src/core/errors.ts";
import { file } from "../../src/engines/file.ts";
import type { FileStore } from "../../src/engines/file.ts";
import { START } from "../../src/testing.ts";
import { runChild } from "../engines/file/run.ts";

const secretHash = "h".repeat(43);
const times = { createdAt: START, renewedAt: START, expiresAt: START + 1000 };
const record = { id: "a", secretHash, payload: "small", revision: "r1", ...times };

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "coatcheck-file-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** Every verb that writes, and what they leave: the old record, and no other file. */
const WRITES = `
  const BIG = { ...RECORD, revision: "r2", payload: "big".repeat(200_000) };
  const store = file({ path: FOLDER });
  await store.create(RECORD, NOW);
  const errors = [await caught(store.update(BIG, "r1", NOW)), await caught(store.create({ ...BIG, id: "b" }, NOW))];
  say({ errors, read: await store.read("a", NOW), files: filesIn(FOLDER).length });
`;
const values = (path: string) => ({ FOLDER: path, RECORD: record, NOW: START });

function assertOutages(answer: unknown, cause: string, advice: string): void {
  const error = { code: "STORE_UNAVAILABLE", cause, message: expect.stringContaining(advice) };
  expect(answer).toEqual({ errors: [error, error], read: record, files: 1 });
  expect(JSON.stringify((answer as { errors: unknown }).errors)).not.toMatch(/big|hhhh/);
}

// A file system of 256 kB that only the child sees; where that is not allowed, this has to show.
const namespaces: [string, ...string[]] = ["unshare", "--user", "--map-root-user", "--mount"];
const mount = (path: string): string => `mount -t tmpfs -o size=256k,mode=700 none ${path}`;
const [unshare, ...flags] = namespaces;
const canMount = spawnSync(unshare, [...flags, "sh", "-c", mount("/mnt")]).status === 0;

describe("a full disk", () => {
  test.skipIf(!canMount)("is an outage with a way out, and leaves the old record whole and nothing else", () => {
    assertOutages(runChild(WRITES, values(folder), mount(folder), namespaces), "ENOSPC", "Make room on the disk");
  });

  test.skipIf(!canMount)("that has no file left to give, not even for a lock, can be swept, which makes room", () => {
    const code = `
      const store = file({ path: FOLDER });
      await store.create(RECORD, NOW);
      await store.create({ ...RECORD, id: "b", expiresAt: NOW + 3_600_001 }, NOW);
      for (let n = 0; ; n++) try { fs.writeFileSync(join(FOLDER, "other" + n), ""); } catch { break; }
      const young = await caught(store.deleteExpired(NOW + 1000, 10));
      const deleted = await caught(store.delete("b"));
      let swept = 0;
      for (let count; (count = await store.deleteExpired(NOW + 3_601_000, 10)) > 0; ) swept += count;
      say({ young, deleted, swept, read: await store.read("a", NOW), other: await store.read("b", NOW) });
    `;
    const answer = runChild(code, values(folder), mount(folder).replace("size=256k", "nr_inodes=40"), namespaces);
    const error = { code: "STORE_UNAVAILABLE", cause: "ENOSPC", message: expect.stringContaining("Make room") };
    expect(answer).toEqual({ young: error, deleted: error, swept: 2 });
  });

  test("or a limit on the size of files, likewise", () => {
    assertOutages(runChild(WRITES, values(folder), "ulimit -f 200"), "EFBIG", "ulimit -f");
  });

  test("or too many open files, likewise", () => {
    const code = `
      const store = file({ path: FOLDER });
      await store.create(RECORD, NOW);
      const taken = [];
      try { for (;;) taken.push(fs.openSync("/dev/null")); } catch {}
      const errors = [
        await caught(store.update({ ...RECORD, revision: "r2" }, "r1", NOW)),
        await caught(store.create({ ...RECORD, id: "b" }, NOW)),
      ];
      const misread = await caught(store.read("a", NOW));
      for (const each of taken) fs.closeSync(each);
      if (misread.cause !== "EMFILE") throw new Error(JSON.stringify(misread));
      say({ errors, read: await store.read("a", NOW), files: filesIn(FOLDER).length });
    `;
    assertOutages(runChild(code, values(folder), "ulimit -n 100"), "EMFILE", "ulimit -n");
  });
});

test("a permission that is lost is an outage of every verb until it is back", () => {
  chmodSync(folder, 0o777);
  // Root may do everything; nobody may not.
  const code = `
    if (process.getuid() === 0) process.setuid(65534);
    const path = join(FOLDER, "nobody");
    const store = file({ path });
    await store.create(RECORD, NOW);
    const [first] = fs.readdirSync(path);
    const [second] = fs.readdirSync(join(path, first));
    const shard = join(path, first, second);
    fs.chmodSync(shard, 0o500);
    const errors = [];
    for (const call of [
      () => store.update({ ...RECORD, revision: "r2" }, "r1", NOW),
      () => store.touch("a", "r1", NOW + 5000, NOW),
      () => store.delete("a"),
      () => store.deleteExpired(NOW + 5000, 10),
    ]) errors.push(await caught(call()));
    const read = await store.read("a", NOW);
    fs.chmodSync(shard, 0o000);
    for (const call of [() => store.read("a", NOW), () => store.list(undefined, 10)]) errors.push(await caught(call()));
    fs.chmodSync(shard, 0o700);
    say({ errors, read, files: filesIn(path).length, updated: await store.update({ ...RECORD, revision: "r2" }, "r1", NOW) });
  `;
  const answer = runChild(code, values(folder));
  const error = { code: "STORE_UNAVAILABLE", cause: "EACCES", message: expect.stringContaining("this user can write") };
  expect(answer).toEqual({ errors: Array.from({ length: 6 }, () => error), read: record, files: 1, updated: true });
});

describe("the folder", () => {
  const calls = (store: FileStore): (() => Promise<unknown>)[] => [
    () => store.read("a", START),
    () => store.create({ ...record, id: "b" }, START),
    () => store.update({ ...record, revision: "r2" }, "r1", START),
    () => store.touch("a", "r1", START + 5000, START),
    () => store.delete("a"),
    () => store.deleteExpired(START, 10),
    () => store.list(undefined, 10),
  ];

  test.each([
    ["is deleted", () => undefined, "it is gone"],
    ["is another one, as when a disk is no longer mounted", (path: string) => mkdirSync(path), "another folder"],
  ])("that %s midway signs nobody out and takes no sessions, until it is back", async (_, replace, reason) => {
    const path = join(folder, "sessions");
    const store = file({ path });
    await store.create(record, START);
    renameSync(path, `${path}-away`);
    replace(path);
    for (const call of calls(store)) {
      const error = await call().catch((thrown: unknown) => thrown);
      expect(error).toBeInstanceOf(StoreUnavailable);
      expect(error).toHaveProperty("message", expect.stringContaining(`${path}: ${reason}`));
      expect(error).toHaveProperty("cause", expect.any(Error));
    }
    expect(existsSync(path) ? readdirSync(path) : []).toEqual([]);
    rmSync(path, { recursive: true, force: true });
    renameSync(`${path}-away`, path);
    expect(await store.read("a", START)).toEqual(record);
  });
});
