import {
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { StoreUnavailable } from "../../../src/core/errors.ts";
import type { SessionRecord } from "../../../src/core/store.ts";
import { file } from "../../../src/engines/file.ts";
import { nameOf, shardOf } from "../../../src/engines/file/layout.ts";
import { encode, RecordFile } from "../../../src/engines/file/record-file.ts";
import { START } from "../../../src/testing.ts";

const secretHash = "secret".padEnd(43, "h");
const times = { createdAt: START, renewedAt: START, expiresAt: START + 1001 };
const record = { id: "a", secretHash, payload: '{"canary":"é"}', revision: "r1", ...times };

let folder: string;
let path: string;
let store: ReturnType<typeof file>;
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), "coatcheck-file-"));
  store = file({ path: folder });
  await store.create(record, START);
  path = pathOf("a");
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const pathOf = (id: string): string => join(folder, shardOf(nameOf(id)), nameOf(id));

test("whatever goes in comes out, and no shorter file is taken for it", () => {
  const text = fc.string({ unit: "binary" }).map((raw) => Buffer.from(raw).toString().replaceAll("\0", ""));
  const instant = fc.integer({ min: 0, max: 8_640_000_000_000_000 });
  const records: fc.Arbitrary<SessionRecord> = fc.record(
    {
      id: fc.stringMatching(/^[A-Za-z0-9_-]{1,96}$/),
      secretHash: text,
      payload: text,
      revision: text,
      createdAt: instant,
      renewedAt: instant,
      expiresAt: instant,
      userId: text,
    },
    { requiredKeys: ["id", "secretHash", "payload", "revision", "createdAt", "renewedAt", "expiresAt"] },
  );
  fc.assert(
    fc.property(records, fc.nat(), (given, cut) => {
      const content = encode(given);
      expect(new RecordFile(content, "path", given.id).record).toEqual(given);
      const shorter = content.subarray(0, cut % content.length);
      expect(() => new RecordFile(shorter, "path", given.id)).toThrow(StoreUnavailable);
    }),
  );
});

test("a file's time of modification is its record's end, to the millisecond, from the first write to the last", async () => {
  const end = (): number => Math.round(statSync(path).mtimeMs);
  expect(end()).toBe(START + 1001);
  await store.touch("a", "r1", START + 5003, START);
  expect(end()).toBe(START + 5003);
  await store.update({ ...record, revision: "r2", expiresAt: START + 2007 }, "r1", START);
  expect(end()).toBe(START + 2007);
});

test("the creation of a record is not what an update says it is", async () => {
  await store.update({ ...record, revision: "r2", createdAt: START + 5 }, "r1", START);
  expect(await store.read("a", START)).toEqual({ ...record, revision: "r2" });
});

describe.each<[string, () => void]>([
  ["is empty", () => truncateSync(path)],
  ["was cut off", () => truncateSync(path, statSync(path).size - 1)],
  ["was added to", () => writeFileSync(path, `${readFileSync(path, "utf8")}\n`)],
  ["has no header", () => writeFileSync(path, "canary")],
  [
    "is of another format",
    () => writeFileSync(path, readFileSync(path, "utf8").replace('"coatcheck":1', '"coatcheck":2')),
  ],
  ["lacks a field", () => writeFileSync(path, readFileSync(path, "utf8").replace('"revision"', '"Revision"'))],
])("a file that %s", (_, spoil) => {
  test("is an outage that names it and shows nothing of it; it is neither adopted nor written over", async () => {
    spoil();
    const spoilt = readFileSync(path, "utf8");
    const calls = [
      () => store.read("a", START),
      () => store.update({ ...record, revision: "r2" }, "r1", START),
      () => store.touch("a", "r1", START + 5000, START),
      () => store.list(undefined, 10),
    ];
    for (const call of calls) {
      const error = await call().catch((thrown: unknown) => thrown);
      expect(error).toBeInstanceOf(StoreUnavailable);
      expect(error).toHaveProperty("message", expect.stringContaining(path));
      expect(error).toHaveProperty("cause", expect.any(Error));
      expect(`${String(error)} ${String((error as Error).cause)}`).not.toMatch(/canary|secret/);
    }
    expect(await store.create(record, START)).toBe(false);
    expect(readFileSync(path, "utf8")).toBe(spoilt);
    expect(await store.delete("a")).toBe(true);
  });
});

test("a record under another's name opens no session", async () => {
  mkdirSync(dirname(pathOf("b")), { recursive: true });
  copyFileSync(path, pathOf("b"));
  await expect(store.read("b", START)).rejects.toThrow("the record of another session");
});
