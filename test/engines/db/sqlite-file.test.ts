import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { InvalidOption, StoreUnavailable } from "../../../src/core/errors.ts";
import type { SessionRecord } from "../../../src/core/store.ts";
import { db } from "../../../src/engines/db.ts";
import type { DbStore, DbTarget } from "../../../src/engines/db.ts";
import { spawnChild } from "./child.ts";
import type { Child } from "./child.ts";

const DAY = 86_400_000;
const NOW = 20_000 * DAY + 12_345_678;

let folder: string;
let path: string;
let cleanups: (() => unknown)[];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "coatcheck-db-"));
  path = join(folder, "sessions.sqlite");
  cleanups = [];
});

afterEach(async () => {
  vi.useRealTimers();
  for (const cleanup of cleanups.toReversed()) await cleanup();
  rmSync(folder, { recursive: true, force: true });
});

function open(target: DbTarget = { path }): DbStore {
  const store = db(target);
  cleanups.push(() => store[Symbol.asyncDispose]());
  return store;
}

/** Another program's connection to the same file. */
function openRaw(): DatabaseSync {
  const database = new DatabaseSync(path);
  cleanups.push(() => database.isOpen && database.close());
  return database;
}

function record(id: string, changes: Partial<SessionRecord> = {}): SessionRecord {
  return {
    id,
    secretHash: "h".repeat(43),
    payload: '{"v":1}',
    revision: "r1",
    createdAt: NOW,
    renewedAt: NOW,
    expiresAt: NOW + 14 * DAY,
    ...changes,
  };
}

async function failureOf(work: Promise<unknown>): Promise<StoreUnavailable> {
  const error = await work.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (error instanceof StoreUnavailable) return error;
  throw new Error(`Expected StoreUnavailable, got ${String(error)}`);
}

describe("a target", () => {
  test.each<[string, unknown, RegExp]>([
    ["another database's URL", "mongodb://ann:pa55@host/shop", /given a URL of mongodb:, which it does not support/],
    ["such a URL as an object", new URL("redis://ann:pa55@host/0"), /given a URL of redis:, which it does not/],
    ["a bare path", "pa55.sqlite", /given a string that is not a URL \(a file is given as \{ path \}\)/],
    ["an empty string", "", /given an empty string/],
    ["null", null, /given null/],
    ["a number", 5, /given a number/],
    ["an array", [path], /given an array/],
    ["no path", {}, /given an object with the keys \(none\)/],
    ["an empty path", { path: "" }, /given an empty path/],
    ["a path that is no string", { path: 5 }, /given a path of type number/],
    ["a misspelt option", { path: "x", fsync: true }, /given an object with the keys path, fsync/],
    ["a foreign object", new Map(), /given an instance of Map/],
  ])("that is %s is refused at once, saying what was expected and what was given", (_, target, given) => {
    // @ts-expect-error: what a settings file in JavaScript may hold
    const call = () => db(target);
    expect(call).toThrow(InvalidOption);
    expect(call).toThrow(given);
    expect(call).toThrow(".coatcheck/sessions.sqlite");
    expect(call).not.toThrow("pa55");
  });
});

describe("the file", () => {
  test("is .coatcheck/sessions.sqlite under the current directory, for the owner's eyes only", async () => {
    vi.spyOn(process, "cwd").mockReturnValue(folder);
    const store = db();
    cleanups.push(() => store[Symbol.asyncDispose]());
    await store.create(record("a"), NOW);

    const made = join(folder, ".coatcheck");
    expect(readdirSync(made)).toContain("sessions.sqlite");
    if (process.platform === "win32") return;
    expect(statSync(made).mode & 0o777).toBe(0o700);
    for (const file of readdirSync(made))
      expect([file, statSync(join(made, file)).mode & 0o777]).toEqual([file, 0o600]);
  });

  test("is not touched before the first use, nor by disposing of a store that was never used", async () => {
    const store = open({ path: join(folder, "new", "sessions.sqlite") });
    await store[Symbol.asyncDispose]();
    expect(readdirSync(folder)).toEqual([]);
  });

  test("keeps everything for the next process, users and any Unicode included", async () => {
    const first = open();
    const kept = record("a", { payload: '{"v":"é 😀 \' \\" ؀"}', userId: "ann", renewedAt: NOW + 1 });
    await first.create(kept, NOW);
    await first[Symbol.asyncDispose]();

    const second = open();
    expect(await second.read("a", NOW)).toStrictEqual(kept);
    expect(await second.listByUser("ann", NOW)).toHaveLength(1);
    expect(await second.create(record("a"), NOW)).toBe(false);
  });

  test("is replaced by this process's memory for :memory:, each store its own", async () => {
    vi.spyOn(process, "cwd").mockReturnValue(folder);
    const [one, other] = [open({ path: ":memory:" }), open({ path: ":memory:" })];
    expect(await one.create(record("a"), NOW)).toBe(true);
    expect(await one.read("a", NOW)).toStrictEqual(record("a"));
    expect(await other.read("a", NOW)).toBeUndefined();
    expect(readdirSync(folder)).toEqual([]);
  });

  test("has a write-ahead log, so that readers and a writer never wait for one another", async () => {
    const store = open();
    const texts = preparedTexts();
    await store.migrate();
    expect(texts).toContain("pragma synchronous = normal");
    expect(openRaw().prepare("pragma journal_mode").get()).toEqual({ journal_mode: "wal" });
  });

  test("holds instants as integers, in a table with row ids", async () => {
    await open().create(record("a", { expiresAt: NOW + DAY }), NOW);
    const row = openRaw().prepare(
      "select rowid, typeof(created_at) a, typeof(renewed_at) b, typeof(expires_at) c, typeof(expires_day) d, expires_day from coatcheck_session",
    );
    expect(row.get()).toEqual({
      rowid: 1,
      a: "integer",
      b: "integer",
      c: "integer",
      d: "integer",
      expires_day: 20_002,
    });
  });

  test("stays as it was, and is let go of, when it holds something else", async () => {
    writeFileSync(path, "Dear diary, ".repeat(100));
    const closed = vi.spyOn(DatabaseSync.prototype, "close");
    const error = await failureOf(open().read("a", NOW));
    expect(error.message).toContain(path);
    expect(error.message).toMatch(/not a database\. Something else is in that file: move it away/);
    expect(error.cause).toMatchObject({ code: "ERR_SQLITE_ERROR" });
    expect(readFileSync(path, "utf8")).toBe("Dear diary, ".repeat(100));
    // The database by which it is tried whether there can be any, and the file.
    expect(closed).toHaveBeenCalledTimes(2);
  });

  test("that turns out to be a folder is an outage that names it and the way out", async () => {
    mkdirSync(path);
    const error = await failureOf(open().read("a", NOW));
    expect(error.message).toContain(`${path}: unable to open database file. db({ path }) wants a file, not a folder`);
    expect(error.cause).toBeInstanceOf(Error);
  });

  test("whose folder cannot be made is an outage until it can: failures are not remembered", async () => {
    const obstacle = join(folder, "obstacle");
    writeFileSync(obstacle, "");
    const below = join(obstacle, "deep", "sessions.sqlite");
    const store = open({ path: below });
    for (const attempt of [() => store.migrate(), () => store.create(record("a"), NOW)]) {
      const error = await failureOf(attempt());
      expect(error.message).toContain(below);
      expect(error.message).toMatch(/ENOTDIR|EEXIST/);
      expect(error.message).toContain("in a folder it can write");
      expect(error.cause).toHaveProperty("code");
    }

    rmSync(obstacle);
    expect(await store.create(record("a"), NOW)).toBe(true);
  });

  test("that fails later is an outage whose message holds neither payload nor secret hash", async () => {
    const store = open();
    await store.migrate();
    openRaw().exec("drop table coatcheck_session");
    const unsayable = record("a", { payload: "my-payload", secretHash: "my-hash" });
    for (const work of [store.create(unsayable, NOW), store.update(unsayable, "r1", NOW), store.read("a", NOW)]) {
      const error = await failureOf(work);
      expect(error.message).toContain(`cannot use the SQLite database ${path}: no such table`);
      expect(`${error.stack} ${String(error.cause)}`).not.toMatch(/my-payload|my-hash/);
    }
  });
});

describe("the schema", () => {
  test("is brought up to date once, however often that is asked for", async () => {
    const store = open();
    await Promise.all([store.migrate(), store.migrate(), open().migrate()]);
    await store.migrate();
    const names = openRaw().prepare("select name from coatcheck_session_migration").all();
    expect(names).toEqual([{ name: "0001_session" }]);
  });

  test("arrives whole or not at all", async () => {
    const raw = openRaw();
    raw.exec("create table theirs (a); create index coatcheck_session_user_id on theirs (a)");
    const store = open();
    const error = await failureOf(store.migrate());
    expect(error.message).toContain("coatcheck_session_user_id already exists");
    expect(raw.prepare("select name from sqlite_schema where name like 'coatcheck%'").all()).toEqual([
      { name: "coatcheck_session_user_id" },
    ]);

    raw.exec("drop table theirs");
    expect(await store.create(record("a"), NOW)).toBe(true);
  });

  test("arrives also where there is no write-ahead log and a reader stands in the way of the commit", async () => {
    const raw = openRaw();
    raw.exec("create table theirs (a); begin; select * from theirs");
    interceptPrepare((text) => {
      if (text === "rollback") raw.exec("commit");
      return text.replace("pragma journal_mode = wal", "pragma journal_mode");
    });
    const store = open();
    expect(await store.create(record("a"), NOW)).toBe(true);
    expect(raw.isTransaction).toBe(false);
  });

  test("of a newer release still serves this one", async () => {
    await open().migrate();
    openRaw().exec("insert into coatcheck_session_migration values ('9999_future', '2030-01-01T00:00:00.000Z')");
    expect(await open().create(record("a"), NOW)).toBe(true);
  });
});

describe("expiry by the day", () => {
  test.each([-1, 0, 1])("sweeps on the instant, %i ms from midnight", async (offset) => {
    const store = open();
    const expiresAt = 20_000 * DAY + offset;
    await store.create(record("a", { expiresAt }), 0);
    expect(await store.deleteExpired(expiresAt - 1, 10)).toBe(0);
    expect(await store.deleteExpired(expiresAt, 10)).toBe(1);
  });

  test("changes the indexed value only when a touch crosses midnight", async () => {
    const store = open();
    await store.create(record("a", { expiresAt: NOW + DAY }), NOW);
    const raw = openRaw();
    const day = () => raw.prepare("select expires_day from coatcheck_session").get()?.["expires_day"];
    const before = day();

    expect(await store.touch("a", "r1", NOW + DAY + 3_600_000, NOW)).toBe(true);
    expect(day()).toBe(before);
    expect(await store.touch("a", "r1", NOW + 2 * DAY, NOW)).toBe(true);
    expect(day()).toBe(Number(before) + 1);
    expect(await store.touch("a", "r1", NOW + 1, NOW)).toBe(true);
    expect(day()).toBe(Number(before) + 1);
  });
});

test("a sweep is made of small ones, and lets others have their turn in between", async () => {
  const store = open();
  await store.create(record("alive"), NOW);
  for (let n = 0; n < 500; n += 1) await store.create(record(`r${n}`, { expiresAt: NOW - 1 }), NOW - DAY);
  const order: string[] = [];
  const sweep = store.deleteExpired(NOW, 400).finally(() => order.push("swept"));
  for (let turn = 0; turn < 5; turn += 1) {
    await new Promise((resolve) => setImmediate(resolve));
    order.push("a turn");
  }
  expect(await sweep).toBe(400);
  expect(order).toEqual([...Array.from({ length: 5 }, () => "a turn"), "swept"]);
  expect(await store.deleteExpired(NOW, 400)).toBe(100);
});

describe("statements", () => {
  test("are prepared once each, and are nine", async () => {
    const store = open();
    await store.migrate();
    const texts = preparedTexts();
    for (let round = 0; round < 3; round++) await everyVerb(store);
    expect(new Set(texts).size).toBe(9);
    expect(texts).toHaveLength(9);
  });

  test("find their rows by an index, every one of them", async () => {
    const store = open();
    await store.migrate();
    const texts = preparedTexts();
    await everyVerb(store);

    const raw = openRaw();
    const plans = texts.map((text) => {
      const steps = raw.prepare(`explain query plan ${text}`).all();
      return [text, steps.map((step) => String(step["detail"])).join("; ")] as const;
    });
    for (const [, plan] of plans) expect(plan).not.toMatch(/\bSCAN\b/);

    const planOf = (start: RegExp) => plans.filter(([text]) => start.test(text)).map(([, plan]) => plan);
    const primaryKey = /^SEARCH coatcheck_session USING INDEX sqlite_autoindex_coatcheck_session_1 \(id(=|>)\?\)$/;
    const byId = planOf(/^update|"id" = \?|"id" > \?/);
    expect(byId).toHaveLength(5);
    for (const plan of byId) expect(plan).toMatch(primaryKey);

    expect(planOf(/limit \?\)$/)).toEqual([
      expect.stringMatching(
        /SEARCH coatcheck_session USING INTEGER PRIMARY KEY \(rowid=\?\).*USING INDEX coatcheck_session_expires_day \(expires_day<\?\)/,
      ),
    ]);
    const byUser = planOf(/"user_id" = \? and/);
    expect(byUser).toHaveLength(2);
    for (const plan of byUser) expect(plan).toContain("USING INDEX coatcheck_session_user_id (user_id=?)");
  });
});

describe("a file that somebody else has locked", () => {
  test("is waited for, while this process goes on: another process's transaction ends, the write succeeds", async () => {
    const store = open();
    await store.migrate();
    const other = startChild(LOCKER);
    await other.heard("locked");

    let settled = false;
    const write = store.create(record("a"), NOW).finally(() => (settled = true));
    other.say("ping");
    await other.heard("pong");
    expect(await store.read("a", NOW)).toBeUndefined();
    expect(settled).toBe(false);

    other.say("release");
    expect(await write).toBe(true);
  });

  test("is free again when the process that locked it is killed", async () => {
    const store = open();
    await store.migrate();
    const other = startChild(LOCKER);
    await other.heard("locked");
    const write = store.create(record("a"), NOW);
    other.process.kill("SIGKILL");
    expect(await write).toBe(true);
    expect(await store.list(undefined, 10)).toMatchObject({ records: [{ id: "a" }] });
  });

  test("is an outage after two seconds and not before, and every verb takes part", async () => {
    const store = open();
    await store.create(record("a"), NOW);
    openRaw().exec("begin immediate");
    vi.useFakeTimers({ toFake: ["setTimeout", "performance"] });

    const writes = [
      store.create(record("b"), NOW),
      store.update(record("a"), "r1", NOW),
      store.touch("a", "r1", NOW + 20 * DAY, NOW),
      store.delete("a"),
      store.deleteExpired(NOW, 10),
      store.deleteByUser("ann"),
    ];
    let settled = 0;
    for (const write of writes) write.catch(() => settled++);
    await vi.advanceTimersByTimeAsync(1_950);
    expect(settled).toBe(0);
    await vi.advanceTimersByTimeAsync(150);
    for (const write of writes) {
      const error = await failureOf(write);
      expect(error.message).toMatch(/locked\. Another connection kept it locked for two seconds/);
      expect(error.message).toContain(path);
      expect(error.cause).toMatchObject({ errcode: 5 });
    }
    expect(await store.read("a", NOW)).toStrictEqual(record("a"));
  });

  test("can be opened and read all the same once its schema is up to date", async () => {
    await open().create(record("a"), NOW);
    openRaw().exec("begin immediate");
    vi.useFakeTimers({ toFake: ["setTimeout"] });
    expect(await open().read("a", NOW)).toStrictEqual(record("a"));
  });

  test("no other error is tried again", async () => {
    const store = open();
    await store.migrate();
    const raw = openRaw();
    raw.exec(
      "create trigger refuse before insert on coatcheck_session begin insert into attempts values (1); select raise(abort, 'refused'); end; create table attempts (n)",
    );
    const prepared = vi.spyOn(DatabaseSync.prototype, "prepare");
    await failureOf(store.create(record("a"), NOW));
    expect(prepared).toHaveBeenCalledOnce();
    vi.useFakeTimers({ toFake: ["setTimeout"] });
    await failureOf(store.create(record("a"), NOW));
    expect(vi.getTimerCount()).toBe(0);
  });
});

describe("several processes at once", () => {
  test("open and migrate the same new file, and lose nothing in it", { timeout: 60_000 }, async () => {
    const processes = Array.from({ length: 6 }, () => startChild(WORKER));
    await Promise.all(processes.map((worker) => worker.heard("ready")));

    for (let round = 0; round < 8; round++) {
      path = join(folder, `round-${round}`, "sessions.sqlite");
      processes.forEach((worker, index) => worker.say({ path, own: `own-${index}` }));
      const results = await Promise.all(processes.map((worker) => worker.next()));

      expect(results.filter((created) => created === true)).toHaveLength(1);
      expect(results.filter((created) => created === false)).toHaveLength(5);
      const store = open();
      const { records } = await store.list(undefined, 100);
      expect(records.map(({ id }) => id)).toEqual([...processes.map((_, index) => `own-${index}`), "shared"]);
      expect((await store.read("shared", NOW))?.payload).toBe(String(6 * 20));
      expect(openRaw().prepare("pragma integrity_check").get()).toEqual({ integrity_check: "ok" });
    }
  });
});

describe("disposal", () => {
  test("closes the file, leaves nothing beside it, and may be done twice", async () => {
    const store = open();
    await store.create(record("a"), NOW);
    expect(existsSync(`${path}-wal`)).toBe(true);
    await Promise.all([store[Symbol.asyncDispose](), store[Symbol.asyncDispose]()]);
    await store[Symbol.asyncDispose]();
    expect(readdirSync(folder)).toEqual(["sessions.sqlite"]);
  });

  test("waits for an opening under way, and closes that too", async () => {
    const store = open();
    const opening = store.migrate();
    await store[Symbol.asyncDispose]();
    await opening;
    expect(readdirSync(folder)).toEqual(["sessions.sqlite"]);
  });

  test("is final", async () => {
    const store = open();
    await store.create(record("a"), NOW);
    await store[Symbol.asyncDispose]();
    for (const work of [store.read("a", NOW), store.migrate()]) {
      expect((await failureOf(work)).message).toMatch(/disposed of/);
    }
  });
});

describe("packages", () => {
  test("are loaded on first use only", async () => {
    const child = startChild(`
      const loaded = [];
      registerHooks({ resolve(specifier, context, next) { loaded.push(specifier); return next(specifier, context); } });
      const { db } = await import(ENGINE);
      const store = db({ path: ":memory:" });
      const packages = () => loaded.filter((specifier) => !/^(\\.|file:|node:crypto$)/.test(specifier));
      const before = packages();
      await store.migrate();
      process.send({ before, after: packages().filter((name) => name === "kysely" || name === "node:sqlite") });
    `);
    expect(await child.next()).toEqual({ before: [], after: expect.arrayContaining(["kysely", "node:sqlite"]) });
  });

  test.each([
    ["kysely", /npm install kysely/],
    ["node:sqlite", /node:sqlite, which this runtime does not have/],
  ])("that are missing are named: %s", async (name, message) => {
    const child = startChild(`
      registerHooks({ resolve(specifier, context, next) {
        if (specifier === ${JSON.stringify(name)}) throw new Error("Cannot find " + specifier);
        return next(specifier, context);
      } });
      const { db } = await import(ENGINE);
      await db({ path: ":memory:" }).migrate().catch(({ code, message, cause }) => process.send({ code, message, cause: cause.message }));
    `);
    expect(await child.next()).toEqual({
      code: "STORE_UNAVAILABLE",
      message: expect.stringMatching(message),
      cause: `Cannot find ${name}`,
    });
  });
});

async function everyVerb(store: DbStore): Promise<void> {
  await store.create(record("a"), NOW);
  await store.read("a", NOW);
  await store.update(record("a", { revision: "r2" }), "r1", NOW);
  await store.touch("a", "r2", NOW + 15 * DAY, NOW);
  await store.list(undefined, 10);
  await store.list("a", 10);
  await store.listByUser("ann", NOW);
  await store.deleteByUser("ann");
  await store.deleteByUser("ann", "a");
  await store.deleteExpired(NOW, 10);
  await store.delete("a");
}

/** Every SQL text prepared from now on, by any connection of this process. */
function preparedTexts(): string[] {
  const texts: string[] = [];
  interceptPrepare((text) => {
    texts.push(text);
    return text;
  });
  return texts;
}

/** Sees, and may change, every SQL text before any connection of this process prepares it. */
function interceptPrepare(change: (text: string) => string): void {
  const original = Object.getOwnPropertyDescriptor(DatabaseSync.prototype, "prepare")?.value;
  vi.spyOn(DatabaseSync.prototype, "prepare").mockImplementation(function (this: DatabaseSync, text) {
    return original.call(this, change(text));
  });
}

/** Writes something it never commits, and holds on to the lock. */
const LOCKER = `
  const { DatabaseSync } = await import("node:sqlite");
  const database = new DatabaseSync(PATH);
  database.exec("begin immediate; insert into coatcheck_session values ('half', '', '', null, 0, 0, 1e15, 0, '')");
  process.on("message", (message) => {
    if (message === "ping") process.send("pong");
    if (message === "release") database.exec("rollback");
  });
  process.send("locked");
`;

/** One record of its own, one that all want to create, and twenty increments of that one. */
const WORKER = `
  const { db } = await import(ENGINE);
  await import("kysely");
  await import("node:sqlite");
  const record = (id, payload, revision) =>
    ({ id, secretHash: "h", payload, revision, createdAt: NOW, renewedAt: NOW, expiresAt: NOW + 1000 });
  process.on("message", async ({ path, own }) => {
    const store = db({ path });
    const created = await store.create(record("shared", "0", "r"), NOW);
    await store.create(record(own, "", "r"), NOW);
    for (let done = 0; done < 20; ) {
      const { payload, revision } = await store.read("shared", NOW);
      const next = record("shared", String(Number(payload) + 1), own + "-" + done);
      if (await store.update(next, revision, NOW)) done++;
    }
    await store[Symbol.asyncDispose]();
    process.send(created);
  });
  process.send("ready");
`;

function startChild(code: string): Child {
  const child = spawnChild(code, { PATH: path, NOW });
  cleanups.push(() => child.end());
  return child;
}
