import { cachedDb } from "../../../src/engines/cached-db.ts";
import { memory } from "../../../src/engines/memory.ts";
import type { Instant, SessionRecord, SessionStore } from "../../../src/core/store.ts";
import { caseContext } from "../../../src/testing.ts";
import { faultyStore } from "../../../src/testing/faulty-store.ts";
import { type Choose, Scheduler } from "../../../src/testing/interleavings/scheduler.ts";

const { now, record } = caseContext();
const hour = 3_600_000;
const original = record({ payload: "0", revision: "r0" });

/** What an actor does with a cachedDb of its own, as in a process of its own. */
export type Actor = "reader" | "updater" | "incrementer" | "toucher" | "deleter";

/** What the cache holds when they begin. */
export const starts = [
  "nothing",
  "an entry",
  "an old entry",
  "what a crashed reader left",
  "what has expired",
] as const;
export type Start = (typeof starts)[number];

/** How far a session has come: each write takes it further, and nothing ever takes it back. */
function rank(found: SessionRecord | undefined): number {
  if (found === undefined) return Number.POSITIVE_INFINITY;
  return Number(found.payload) + (found.expiresAt > original.expiresAt ? 0.5 : 0);
}

/**
 * These actors at once on one session, one operation on the cache or on the database at a time, in the order that
 * `choose` gives. Answers what is wrong with what they were told, and with what is left.
 */
export async function runOrder(
  actors: readonly Actor[],
  start: Start,
  choose: Choose,
  cache: SessionStore = memory(),
): Promise<string | undefined> {
  const database = memory();
  await database.create(original, now);
  await prepare(start, cache, database);

  const scheduler = new Scheduler();
  /** The furthest that somebody was told is written. */
  let acknowledged = 0;
  const wrong: string[] = [];
  for (const [index, actor] of actors.entries()) {
    const who = index + 1;
    const stepwise = (store: SessionStore, name: string): SessionStore =>
      faultyStore(store, ({ verb }, proceed) => scheduler.step(who, `${name} ${verb}`, proceed));
    const own = on(stepwise(cache, "cache"), stepwise(database, "db"));
    scheduler.start(async () => {
      const before = acknowledged;
      const seen = await act(own, actor);
      if (actor !== "reader") acknowledged = Math.max(acknowledged, seen);
      else if (seen < before) wrong.push(`${who} read ${seen} after ${before} was acknowledged`);
    });
  }
  await scheduler.run(choose);

  const stored = rank(await database.read(original.id, now));
  const read = rank(await on(cache, database).read(original.id, now));
  if (stored < acknowledged) wrong.push(`${acknowledged} was acknowledged, and ${stored} is stored`);
  if (read !== stored) wrong.push(`at the end ${read} is read, and ${stored} is stored`);
  return wrong.length === 0 ? undefined : [...wrong, `from ${start}:`, ...scheduler.trace].join("\n");
}

// A parked step may wait for long, in real time.
function on(cache: SessionStore, db: SessionStore): SessionStore {
  return cachedDb({ cache, db, maxStale: 60, cacheTimeout: 600 });
}

/** Answers how far the session had come when it read, or has come by its write; 0 for a write that was refused. */
async function act(store: SessionStore, actor: Actor): Promise<number> {
  const { id } = original;
  switch (actor) {
    case "reader":
      return rank(await store.read(id, now));
    case "updater":
      return (await store.update({ ...original, payload: "1", revision: "r1" }, "r0", now)) ? 1 : 0;
    case "incrementer": {
      const found = await store.read(id, now);
      if (found === undefined) return 0;
      const count = Number(found.payload) + 1;
      return (await store.update({ ...found, payload: `${count}`, revision: `r${count}` }, found.revision, now))
        ? count
        : 0;
    }
    case "toucher":
      return (await store.touch(id, "r0", original.expiresAt + hour, now)) ? 0.5 : 0;
    case "deleter":
      return (await store.delete(id)) ? Number.POSITIVE_INFINITY : 0;
  }
}

async function prepare(start: Start, cache: SessionStore, database: SessionStore): Promise<void> {
  const before = (milliseconds: number): Promise<unknown> => read(database, now - milliseconds);
  const read = (db: SessionStore, at: Instant): Promise<unknown> => on(cache, db).read(original.id, at);
  const failing = faultyStore(database, () => Promise.reject(new Error("crashed")));
  if (start === "an entry") await before(1000);
  if (start === "an old entry") await before(61_000);
  if (start === "what has expired") await before(121_000);
  if (start === "what a crashed reader left") await read(failing, now).catch(() => undefined);
}
