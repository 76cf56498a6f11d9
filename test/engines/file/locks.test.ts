import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import fs from "node:fs";
import { tmpdir } from "node:os";
import { basename, dirname, join } from "node:path";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { StoreUnavailable } from "../../../src/core/errors.ts";
import { file } from "../../../src/engines/file.ts";
import { breakerNameOf, lockNameOf, nameOf, shardOf } from "../../../src/engines/file/layout.ts";
import { take } from "../../../src/engines/file/lock.ts";
import { ourselves, ownerOf } from "../../../src/engines/file/owner.ts";
import { START } from "../../../src/testing.ts";

const record = {
  id: "a",
  secretHash: "h".repeat(43),
  payload: "{}",
  revision: "r1",
  createdAt: START,
  renewedAt: START,
  expiresAt: START + 1000,
};
const next = { ...record, revision: "r2", payload: '{"n":1}' };

/** Of this machine, and over: its process has been waited for. */
const ended = ourselves().replace(/^\d+/, String(spawnSync("true").pid));
/** At work, and not us. */
const parent = ownerOf(process.ppid);
/** As a container's that is gone, or this machine's before it was started anew. */
const elsewhere = ourselves().replace(/-[0-9a-f]{16}-/, `-${"0".repeat(16)}-`);

let folder: string;
let lock: string;
let store: ReturnType<typeof file>;

beforeEach(async () => {
  folder = fs.mkdtempSync(join(tmpdir(), "coatcheck-file-"));
  store = file({ path: folder });
  await store.create(record, START);
  lock = join(folder, shardOf(nameOf("a")), lockNameOf(nameOf("a")));
});

afterEach(() => {
  vi.useRealTimers();
  fs.rmSync(folder, { recursive: true, force: true });
});

const filesLeft = (): string[] => fs.readdirSync(dirname(lock)).filter((name) => name !== nameOf("a"));

describe("a lock", () => {
  test.each([
    ["a process that has ended", ended],
    ["a process whose id another has now", parent.replace(/^(\d+)-\d+/, "$1-1")],
    ["this thread, which could not remove it", ourselves()],
  ])("of %s is broken at once", async (_, owner) => {
    fs.symlinkSync(owner, lock);
    expect(await store.update(next, "r1", START)).toBe(true);
    expect(filesLeft()).toEqual([]);
  });

  test.skipIf(process.platform !== "linux")("of a zombie is broken at once", async () => {
    // The shell becomes a program that does not ask for its child.
    const shell = spawn("sh", ["-c", "tail -f /dev/null & echo $!; exec tail -f /dev/null"], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    const [line] = await once(shell.stdout, "data");
    const pid = Number(line);
    // The system's own time: it says when the one has begun, and the other has ended.
    const seen = (what: string): string => fs.readFileSync(`/proc/${what}`, "latin1");
    await vi.waitFor(() => expect(seen(`${shell.pid}/comm`)).toBe("tail\n"), 10_000);
    process.kill(pid, "SIGKILL");
    await vi.waitFor(() => expect(seen(`${pid}/stat`)).toMatch(/\) Z /), 10_000);
    fs.symlinkSync(ownerOf(pid), lock);
    expect(await store.update(next, "r1", START)).toBe(true);
    shell.kill("SIGKILL");
  });

  test.each([
    ["of a process at work", parent],
    ["of another container's process, while it is young", elsewhere],
    ["that says nothing we know", "somebody"],
  ])("%s is waited for, and then named", async (_, owner) => {
    fs.symlinkSync(owner, lock);
    const error = await store.update(next, "r1", START).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(StoreUnavailable);
    expect(error).toHaveProperty("message", expect.stringContaining(lock));
    expect(error).toHaveProperty("message", expect.stringContaining(owner));
    expect(error).toHaveProperty("cause", expect.any(Error));
    expect(fs.readlinkSync(lock)).toBe(owner);
    expect(filesLeft()).toEqual([basename(lock)]);
    expect(await store.read("a", START)).toEqual(record);
  });

  test("that is given back is taken by whoever waits, and the process goes on meanwhile", async () => {
    fs.symlinkSync(parent, lock);
    const refused = vi.spyOn(fs, "symlinkSync");
    const updating = store.update(next, "r1", START);
    await vi.waitFor(() => expect(refused).toHaveBeenCalled());
    expect(await store.read("a", START)).toEqual(record);
    fs.unlinkSync(lock);
    expect(await updating).toBe(true);
  });

  test("of another container's process is broken when it is thirty seconds old", async () => {
    fs.symlinkSync(elsewhere, lock);
    vi.useFakeTimers({ toFake: ["Date"], now: Date.now() + 29_000 });
    expect(take(lock)).toBe(false);
    vi.setSystemTime(Date.now() + 2_000);
    expect(await store.update(next, "r1", START)).toBe(true);
    expect(filesLeft()).toEqual([]);
  });

  test("is given back when the work under it fails", async () => {
    fs.writeFileSync(join(dirname(lock), nameOf("a")), "garbage");
    await expect(store.update(next, "r1", START)).rejects.toThrow(StoreUnavailable);
    expect(filesLeft()).toEqual([]);
  });
});

describe("two who break the same lock", () => {
  /** Runs `meanwhile` right after the nth time that somebody has looked whose lock it is. */
  function afterLook(nth: number, meanwhile: () => void): void {
    const look = fs.readlinkSync;
    let looks = 0;
    const spy = vi.spyOn(fs, "readlinkSync").mockImplementation(((path: string) => {
      const found = look(path);
      looks += path === lock ? 1 : 0;
      if (path === lock && looks === nth) {
        spy.mockRestore();
        meanwhile();
      }
      return found;
    }) as typeof fs.readlinkSync);
  }

  test("never remove what the other has taken since", () => {
    fs.symlinkSync(ended, lock);
    // We judge it dead; before we do anything about it the other breaks it, and has the lock.
    afterLook(1, () => expect(take(lock, parent)).toBe(true));
    expect(take(lock)).toBe(false);
    expect(fs.readlinkSync(lock)).toBe(parent);
  });

  test("take turns at it: while one is at it, the other leaves it alone", () => {
    fs.symlinkSync(ended, lock);
    let other: boolean | undefined;
    afterLook(2, () => (other = take(lock, parent)));
    expect(take(lock)).toBe(true);
    expect(other).toBe(false);
    expect(fs.readlinkSync(lock)).toBe(ourselves());
    expect(filesLeft()).toEqual([basename(lock)]);
  });

  test("may themselves be killed at it, one after the other, and a third one clears up", async () => {
    fs.symlinkSync(ended, lock);
    let path = lock;
    for (let killed = 0; killed < 5; killed += 1) {
      path = join(dirname(lock), breakerNameOf(basename(path), ended));
      fs.symlinkSync(ended, path);
    }
    expect(await store.update(next, "r1", START)).toBe(true);
    expect(filesLeft()).toEqual([]);
  });
});
