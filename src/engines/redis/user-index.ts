import { randomBytes } from "node:crypto";
import type { Instant } from "../../core/store.ts";
import { listOf, textOf } from "./commands.ts";
import type { Connection } from "./connection.ts";
import type { Entry } from "./record.ts";
import { addToIndex, membersOfIndex } from "./scripts.ts";

/**
 * In milliseconds: what a key outlives its end by. The clocks of two machines differ, and an answer that is late finds
 * what it answers about.
 */
const SLACK = 60_000;

/** A native time-to-live, in milliseconds. */
export function timeToLive(expiresAt: Instant, now: Instant): string {
  return String(Math.ceil(Math.max(expiresAt - now, 0)) + SLACK);
}

export interface Member {
  readonly entry: string;
  readonly id: string;
}

/**
 * Which records a user has: one sorted set per user, of entries that each name one record, scored by the instant until
 * which they are kept. It is another key than the record's, on another node of a Cluster perhaps, so the two are never
 * written in one step. What keeps the index from missing anybody all the same:
 *
 * - an entry is added before the record is written that holds it (`entry`, `covered`), and covers all of its life;
 * - each has a name of its own, and only who replaced or removed the record that held it, or failed to write one, removes
 *   it: never somebody who looked and found the record gone, since it may be on its way;
 * - whoever was refused has not failed before the record is seen to hold another entry: clients that get no answer send
 *   a command again, and the second is refused because the first was done;
 * - entries cover twice the record's life, so that a renewal needs no new one before that has passed.
 *
 * So the index may name the dead, and whoever uses it asks the records.
 */
export class UserIndex {
  readonly #connection: Connection;
  readonly #prefix: string;

  constructor(connection: Connection, prefix: string) {
    this.#connection = connection;
    // No id has a colon, so no record is called like an index.
    this.#prefix = `${prefix}user:`;
  }

  async add(userId: string, id: string, expiresAt: Instant, now: Instant): Promise<Entry> {
    const name = randomBytes(6).toString("base64url");
    const covered = Math.min(expiresAt + Math.max(expiresAt - now, 0), Number.MAX_SAFE_INTEGER);
    const dead = String(now - SLACK);
    const key = this.#prefix + userId;
    await this.#connection.script(addToIndex, key, name + id, String(covered), dead, timeToLive(covered, now));
    return { name, covered };
  }

  /** Of what is done already: failing would call it undone, and an entry too many misleads nobody. */
  async remove(userId: string, ...members: Member[]): Promise<void> {
    if (members.length === 0) return;
    const names = members.map(({ entry, id }) => entry + id);
    await this.#connection.write(this.#prefix + userId, "ZREM", this.#prefix + userId, ...names).catch(() => undefined);
  }

  /** Each once. */
  async ids(userId: string): Promise<string[]> {
    const reply = await this.#connection.script(membersOfIndex, this.#prefix + userId);
    return [...new Set(listOf(reply).map((member) => (textOf(member) ?? "").slice(8)))];
  }
}
