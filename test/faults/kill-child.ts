// An application that does nothing but write, until it is killed. It says what it is about to do where that may leave
// something undone, and what the store has acknowledged, each by one system call: what it said before it died is heard.
import { writeSync } from "node:fs";
import { flushCompileCache } from "node:module";
import { randomFrom } from "./random.ts";

const { engine, path, shared, name, seed, START } = JSON.parse(process.argv[2] ?? "") as {
  engine: "file" | "SQLite";
  path: string;
  shared: string[];
  name: string;
  seed: number;
  START: number;
};
// Only what is needed: it is started hundreds of times.
const store =
  engine === "file"
    ? (await import("../../src/engines/file.ts")).file({ path })
    : (await import("../../src/engines/db.ts")).db({ path });
const random = randomFrom(seed);
const HOUR = 3_600_000;
// Some long: a record that is written in pieces can be cut in pieces.
const payloads = ["", "x".repeat(500), "y".repeat(50_000)];
const own: string[] = [];

const say = (...words: (string | number)[]): void => void writeSync(1, `${words.join(" ")}\n`);
const pick = <T>(list: readonly [T, ...T[]] | readonly T[]): T => list[Math.floor(random() * list.length)] as T;
const record = (id: string, payload: string, expiresAt = START + HOUR) => ({
  id,
  payload,
  expiresAt,
  secretHash: "h".repeat(43),
  revision: `${name}-${random()}`,
  createdAt: START,
  renewedAt: START,
});

const steps: (() => Promise<void>)[] = [
  count,
  count,
  count,
  create,
  async function touch() {
    const id = own.at(-1);
    const found = id === undefined ? undefined : await store.read(id, START);
    if (found === undefined) return;
    const expiresAt = found.expiresAt + 1;
    if (await store.touch(found.id, found.revision, expiresAt, START)) say("touched", found.id, expiresAt);
  },
  async function remove() {
    const id = own.length > 1 ? own.shift() : undefined;
    if (id === undefined) return;
    say("deleting", id);
    if (await store.delete(id)) say("deleted", id);
  },
  async function sweep() {
    for (let n = 0; n < 3; n += 1)
      await store.create(record(`expired-${name}-${random()}`.replace(".", "_"), "", START), 0);
    await store.deleteExpired(START, 3);
  },
];

await store.read("warm", START);
// Node would write it when it ends by itself, which this one never does.
flushCompileCache();
say("ready");
for (;;) await pick(steps)();

/** What all write to: each number is acknowledged to one process, once, unless a write is lost. */
async function count(): Promise<void> {
  const id = pick(shared);
  const { payload, revision } = (await store.read(id, START)) ?? {};
  const next = Number.parseInt(payload ?? "0", 10) + 1;
  const updated = record(id, `${next} ${pick(payloads)}`);
  const isDone = revision === undefined ? false : await store.update(updated, revision, START);
  if (isDone) say("counted", id, next);
}

async function create(): Promise<void> {
  const id = `${name}-${own.length}-${random()}`.replace(".", "_");
  if (!(await store.create(record(id, pick(payloads)), START))) return;
  own.push(id);
  say("created", id, START + HOUR);
}
