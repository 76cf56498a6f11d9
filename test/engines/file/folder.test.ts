import {
  chmodSync,
  chownSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { InvalidOption } from "../../../src/core/errors.ts";
import { file } from "../../../src/engines/file.ts";
import { START } from "../../../src/testing.ts";
import { runChild } from "./run.ts";

const us = process.getuid?.() ?? 0;
const times = { createdAt: START, renewedAt: START, expiresAt: START + 1000 };
const record = { id: "a", secretHash: "h".repeat(43), payload: "{}", revision: "r1", ...times };

let folder: string;
let path: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "coatcheck-file-"));
  path = join(folder, "sessions");
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function refusalOf(call: () => unknown): InvalidOption {
  try {
    call();
  } catch (error) {
    if (error instanceof InvalidOption) return error;
    throw error;
  }
  throw new Error("Expected InvalidOption, got a store");
}

describe("an option", () => {
  test.each<[string, unknown, RegExp]>([
    ["a bare path", "/srv/sessions", /expected options like \{ path: "…" \}, got a string/],
    ["null", null, /got null/],
    ["a misspelt name", { folder: "x" }, /expected the options path, fsync, got "folder"/],
    ["an empty path", { path: "" }, /path: expected the path of a folder, got ""/],
    ["a URL", { path: "redis://host/1" }, /path: expected the path of a folder/],
    ["a path that no system has", { path: "a\0b" }, /path: expected the path of a folder/],
    ["a path that is no string", { path: 5 }, /path: expected the path of a folder, got a number/],
    ["fsync that is no boolean", { path: "x", fsync: "yes" }, /fsync: expected true or false, got "yes"/],
  ])("that is %s is refused at once", (_, options, message) => {
    // @ts-expect-error: what a settings file in JavaScript may hold
    const call = () => file(options);
    expect(call).toThrow(InvalidOption);
    expect(call).toThrow(message);
  });
});

describe("the folder is refused at the call, by its path and the cause, if it", () => {
  test("is a file, or below one", () => {
    writeFileSync(path, "");
    expect(refusalOf(() => file({ path })).message).toMatch(`${path}: EEXIST`);
    expect(refusalOf(() => file({ path: join(path, "below") })).message).toMatch(`${path}/below: ENOTDIR`);
    expect(refusalOf(() => file({ path })).cause).toBeInstanceOf(Error);
  });

  test("belongs to somebody else", () => {
    mkdirSync(path);
    if (us === 0) chownSync(path, 65_534, 65_534);
    const foreign = us === 0 ? path : "/";
    expect(refusalOf(() => file({ path: foreign })).message).toMatch(/it belongs to user \d+ and this process runs as/);
  });

  test.each([
    ["others can write in it", 0o722],
    ["its group can write in it", 0o770],
  ])("is one where %s", (_, mode) => {
    mkdirSync(path);
    chmodSync(path, mode);
    expect(refusalOf(() => file({ path })).message).toMatch(
      `its mode is ${mode.toString(8)}, so other users can write`,
    );
    expect(readdirSync(path)).toEqual([]);
  });

  // Of these even root can write in none.
  test.skipIf(process.platform !== "linux")("cannot be written", () => {
    expect(refusalOf(() => file({ path: `/proc/${process.pid}/task` })).message).toMatch(/: E[A-Z]+: .*, symlink/);
    expect(refusalOf(() => file({ path: "/proc/new" })).message).toMatch(/: E[A-Z]+: .*, mkdir '\/proc\/new'/);
  });

  test("leads in circles", () => {
    symlinkSync(path, path);
    expect(refusalOf(() => file({ path })).message).toMatch(path);
  });
});

describe("the default folder, below the temporary one that all users share,", () => {
  beforeEach(() => vi.stubEnv("TMPDIR", folder));

  test("is ours, and named after us", async () => {
    await file().create(record, START);
    expect(readdirSync(folder)).toEqual([`coatcheck-${us}`]);
    expect(statSync(join(folder, `coatcheck-${us}`)).mode & 0o777).toBe(0o700);
    expect(await file().read("a", START)).toEqual(record);
  });

  test("is refused if somebody was there first: with a link, or so that others can look in", () => {
    const place = join(folder, `coatcheck-${us}`);
    mkdirSync(path, { mode: 0o700 });
    symlinkSync(path, place);
    expect(refusalOf(() => file()).message).toMatch(`${place}: it is a link, or no folder`);
    expect(readdirSync(path)).toEqual([]);
    rmSync(place);
    mkdirSync(place);
    chmodSync(place, 0o755);
    expect(refusalOf(() => file()).message).toMatch("its mode is 755, so other users can use it; chmod 700 it");
  });
});

test("the folder is made with its parents, and a link to it is followed", async () => {
  const deep = join(path, "a", "b");
  await file({ path: deep }).create(record, START);
  symlinkSync(deep, join(folder, "link"));
  expect(await file({ path: join(folder, "link") }).read("a", START)).toEqual(record);
});

test("trying the folder out leaves nothing behind", () => {
  file({ path });
  expect(readdirSync(path)).toEqual([]);
});

test("folders are 0700 and files 0600, whatever the umask", () => {
  const code = `
    process.umask(0);
    const store = file({ path: join(FOLDER, "parent", "sessions") });
    await store.create(RECORD, NOW);
    await store.update({ ...RECORD, revision: "r2" }, "r1", NOW);
    say(fs.readdirSync(FOLDER, { recursive: true }).map((name) => (fs.statSync(join(FOLDER, name)).mode & 0o777).toString(8)));
  `;
  expect(runChild(code, { FOLDER: folder, RECORD: record, NOW: START })).toEqual(["700", "700", "700", "700", "600"]);
});
