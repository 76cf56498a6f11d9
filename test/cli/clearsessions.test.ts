import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { db } from "../../src/engines/db.ts";
import type { CountableStore } from "../../src/core/store.ts";
import { caseContext } from "../../src/testing.ts";
import { Project, sqliteSettings, sweepingWith } from "./project.ts";

const HOUR = 3_600_000;

function sqliteProject(): { project: Project; store: CountableStore } {
  const project = new Project({ "sessions.ts": sqliteSettings });
  const store = db({ path: join(project.folder, "sessions.sqlite") });
  onTestFinished(() => store[Symbol.asyncDispose]());
  return { project, store: store as CountableStore };
}

async function fill(store: CountableStore, expired: number): Promise<{ id: string }> {
  const begin = Date.now() - 2 * HOUR;
  const { record } = caseContext(begin);
  for (let count = 0; count < expired; count += 1) await store.create(record(), begin);
  const alive = record({ expiresAt: Date.now() + HOUR });
  await store.create(alive, begin);
  return alive;
}

test("removes what has expired, in batches, and nothing else", async () => {
  const { project, store } = sqliteProject();
  const alive = await fill(store, 25);
  const { code, stdout, stderr } = await project.run(["clearsessions", "--batch", "10"]);
  expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
  expect(stdout).toMatch(/^25 expired sessions removed in [\d.]+ s\.\n$/);
  expect(await store.countExpired(Date.now())).toBe(0);
  expect(await store.read(alive.id, Date.now())).toBeDefined();
});

test("--json prints one object and nothing else", async () => {
  const { project, store } = sqliteProject();
  await fill(store, 25);
  expect(await project.json(["clearsessions", "--batch", "10"])).toEqual({
    command: "clearsessions",
    ok: true,
    engine: "db",
    config: join(project.folder, "sessions.ts"),
    dryRun: false,
    removed: 25,
    batches: 3,
    seconds: expect.any(Number),
    stopped: null,
  });
});

test("--dry-run counts and removes nothing", async () => {
  const { project, store } = sqliteProject();
  await fill(store, 12);
  expect((await project.run(["clearsessions", "--dry-run"])).stdout).toBe("12 expired sessions would be removed.\n");
  expect(await project.json(["clearsessions", "--dry-run"])).toMatchObject({ ok: true, dryRun: true, expired: 12 });
  expect(await store.countExpired(Date.now())).toBe(12);
});

test("sweeps the whole store, past the namespace of these sessions", async () => {
  const { project, store } = sqliteProject();
  project.write({ "sessions.ts": sqliteSettings.replace("engine:", 'namespace: "shop", engine:') });
  await fill(store, 3);
  expect(await project.json(["clearsessions"])).toMatchObject({ removed: 3 });
});

test("goes on after a batch that was not full: another sweeper may have taken the rest of it", async () => {
  const project = new Project({ "sessions.js": sweepingWith("return [3, 1, 2][calls - 1] ?? 0;") });
  expect(await project.json(["clearsessions", "--batch", "3"])).toMatchObject({ removed: 6, batches: 3 });
});

test("two at once share the work, and an app that writes meanwhile loses nothing", { timeout: 60_000 }, async () => {
  const { project, store } = sqliteProject();
  const alive = await fill(store, 20_000);
  const sweeps = [project.run(["clearsessions", "--json"]), project.run(["clearsessions", "--json"])];
  const sweeping = new AbortController();
  const ended = Promise.all(sweeps).finally(() => sweeping.abort());

  const { revise } = caseContext(Date.now());
  const expiresAt = Date.now() + HOUR;
  let record = await store.read(alive.id, Date.now());
  let writes = 0;
  for (; !sweeping.signal.aborted && record !== undefined; writes += 1) {
    const next = revise(record, { expiresAt, revision: `app-${writes}` });
    expect(await store.update(next, record.revision, Date.now())).toBe(true);
    record = next;
    await new Promise(setImmediate);
  }

  const removed = (await ended).map(({ stdout }) => (JSON.parse(stdout) as { removed: number }).removed);
  expect(removed.reduce((sum, each) => sum + each, 0)).toBe(20_000);
  expect(writes).toBeGreaterThan(10);
  expect((await store.read(alive.id, Date.now()))?.revision).toBe(record?.revision);
});

test("--max-time stops after the batch in progress, and that is a success", async () => {
  const project = new Project({ "sessions.js": sweepingWith("return limit;") });
  const { code, stdout } = await project.run(["clearsessions", "--max-time", "0.05"]);
  expect(code).toBe(0);
  expect(stdout).toMatch(/000 expired sessions removed in .* Stopped by --max-time; there may be more\.\n$/);
});

test.each([
  ["SIGINT", 130],
  ["SIGTERM", 143],
] as const)("%s lets the batch finish, sums up, and ends with %i", async (signal, exitCode) => {
  // The batch is under way when the signal comes, and ends because of it.
  const body = `console.error("batch " + calls); if (calls === 2) setInterval(() => {}, 1000), await once(process, "${signal}"); return limit;`;
  const project = new Project({ "sessions.js": sweepingWith(body) });
  const running = project.start(["clearsessions", "--batch", "10", "--json"]);
  await running.said("batch 2");
  running.kill(signal);
  const { code, stdout, stderr } = await running.ended;
  expect(code).toBe(exitCode);
  expect(JSON.parse(stdout)).toMatchObject({ ok: true, removed: 20, batches: 2, stopped: signal });
  expect(stderr).not.toContain("batch 3");
});

test("a second SIGINT ends it at once", async () => {
  const body = `console.error("batch"); setInterval(() => {}, 1000); return new Promise(() => {});`;
  const project = new Project({ "sessions.js": sweepingWith(body) });
  const running = project.start(["clearsessions"]);
  await running.said("batch");
  running.kill("SIGINT");
  await running.said("Once more to stop at once.");
  running.kill("SIGINT");
  expect(await running.ended).toMatchObject({ code: null, signal: "SIGINT" });
});

test("a store that fails on the way: what was removed is told, the exit is 1", async () => {
  const body = `if (calls === 2) throw new Error("connection lost: postgres://app:s3cr/et@db.internal/shop"); return 5;`;
  const project = new Project({ "sessions.js": sweepingWith(body) });
  const { code, stdout, stderr } = await project.run(["clearsessions", "--json"]);
  expect(code).toBe(1);
  expect(JSON.parse(stdout)).toMatchObject({ ok: false, removed: 5, error: { message: expect.any(String) } });
  expect(stdout + stderr).toContain("postgres://***@db.internal/shop");
  expect(stdout + stderr).not.toContain("s3cr");
});
