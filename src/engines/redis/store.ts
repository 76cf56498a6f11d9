import type {
  Instant,
  ListableStore,
  ReadOptions,
  RecordSummary,
  Revision,
  SessionRecord,
  UserIndexedStore,
} from "../../core/store.ts";
import { listOf, textOf } from "./commands.ts";
import type { Connection } from "./connection.ts";
import { listPage } from "./list.ts";
import type { Entry, Stored } from "./record.ts";
import { digits, NO_ENTRY, parse, summary, userOf, userText, write } from "./record.ts";
import { deleteOfUser, DONE, DONE_REPLACING, INDEX_FIRST, readOfPrimary, REFUSED, touch, update } from "./scripts.ts";
import { timeToLive, UserIndex } from "./user-index.ts";

/** What `redis()` returns. Records go by themselves when their time is over; there is nothing to sweep. */
export interface RedisStore extends ListableStore, UserIndexedStore, AsyncDisposable {
  readonly name: "redis";
  readonly atomic: true;
  /**
   * Closes what this store opened. Nothing may be under way; a store on a URL refuses whatever is asked of it
   * afterwards with `StoreUnavailable`. Disposing twice, or of a store that was never used, does nothing.
   */
  [Symbol.asyncDispose](): Promise<void>;
}

/** How many commands are on their way at once for one call about many records. */
const AT_ONCE = 100;

export class ScriptedStore implements RedisStore {
  readonly name = "redis";
  readonly atomic = true;
  readonly #connection: Connection;
  readonly #prefix: string;
  readonly #index: UserIndex;

  constructor(connection: Connection, prefix: string) {
    this.#connection = connection;
    this.#prefix = prefix;
    this.#index = new UserIndex(connection, prefix);
  }

  async read(id: string, now: Instant, options?: ReadOptions): Promise<SessionRecord | undefined> {
    const stored = await this.#get(id, options);
    return stored !== undefined && stored.record.expiresAt > now ? stored.record : undefined;
  }

  async create(record: SessionRecord, now: Instant): Promise<boolean> {
    const { id, userId, expiresAt } = record;
    const entry = userId === undefined ? NO_ENTRY : await this.#index.add(userId, id, expiresAt, now);
    const key = this.#prefix + id;
    const ttl = timeToLive(expiresAt, now);
    const reply = await this.#connection.write(key, "SET", key, write(record, entry), "PX", ttl, "NX");
    const created = textOf(reply) === "OK";
    if (!created && userId !== undefined) {
      const there = await this.#get(id, { fresh: true }).catch(() => undefined);
      if (there !== undefined && there.entry !== entry.name)
        await this.#index.remove(userId, { id, entry: entry.name });
    }
    return created;
  }

  update(record: SessionRecord, expected: Revision, now: Instant): Promise<boolean> {
    const { id, expiresAt, renewedAt, userId, revision, secretHash, payload } = record;
    return this.#change(id, expiresAt, now, ({ name, covered }) =>
      this.#connection.script(
        update,
        this.#prefix + id,
        expected,
        String(now),
        timeToLive(expiresAt, now),
        digits(expiresAt),
        digits(renewedAt),
        name,
        digits(covered),
        userText(userId),
        `${revision} ${secretHash}`,
        payload,
      ),
    );
  }

  touch(id: string, expected: Revision, expiresAt: Instant, now: Instant): Promise<boolean> {
    return this.#change(id, expiresAt, now, ({ name, covered }) =>
      this.#connection.script(
        touch,
        this.#prefix + id,
        expected,
        String(now),
        timeToLive(expiresAt, now),
        digits(expiresAt),
        digits(now),
        name,
        digits(covered),
      ),
    );
  }

  async delete(id: string): Promise<boolean> {
    const key = this.#prefix + id;
    const text = textOf(await this.#connection.write(key, "GETDEL", key));
    if (text === undefined) return false;
    const { record, entry } = parse(id, text) ?? {};
    if (record?.userId !== undefined && entry !== undefined) await this.#index.remove(record.userId, { id, entry });
    return true;
  }

  list(cursor: string | undefined, limit: number): Promise<{ records: RecordSummary[]; cursor: string | undefined }> {
    const show = async (ids: readonly string[]) => (await this.#getAll(ids)).map(summary);
    return listPage(this.#connection, this.#prefix, show, cursor, limit);
  }

  async listByUser(userId: string, now: Instant): Promise<RecordSummary[]> {
    const records = await this.#getAll(await this.#index.ids(userId));
    return records
      .filter((record) => record.userId === userId && record.expiresAt > now)
      .sort((a, b) => a.createdAt - b.createdAt)
      .map(summary);
  }

  async deleteByUser(userId: string, exceptId?: string): Promise<number> {
    const ids = (await this.#index.ids(userId)).filter((id) => id !== exceptId);
    const user = userText(userId);
    const removed = await inSlices(ids, async (id) => {
      const entry = textOf(await this.#connection.script(deleteOfUser, this.#prefix + id, user));
      // A refusal is a number, which a client may give as a text.
      return entry === undefined || entry === String(REFUSED) ? [] : [{ id, entry }];
    });
    await this.#index.remove(userId, ...removed);
    return removed.length;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#connection.close();
  }

  /**
   * One script, unless it answers that the user's index has to name the record first: for a new user, and when the entry
   * there would end before the record. The rest is about entries that are of no use any more.
   */
  async #change(
    id: string,
    expiresAt: Instant,
    now: Instant,
    run: (offered: Entry) => Promise<unknown>,
  ): Promise<boolean> {
    const answer = codeAndTexts(await run(NO_ENTRY));
    if (answer.code !== INDEX_FIRST) return this.#changed(id, answer);
    const userId = userOf(answer.texts[0] ?? "") ?? "";
    const offered = await this.#index.add(userId, id, expiresAt, now);
    const second = codeAndTexts(await run(offered));
    const unused = second.code === REFUSED && second.texts[0] !== offered.name;
    if (unused) await this.#index.remove(userId, { id, entry: offered.name });
    return this.#changed(id, second);
  }

  async #changed(id: string, { code, texts: [entry = "", user = ""] }: Answer): Promise<boolean> {
    if (code === DONE_REPLACING) await this.#index.remove(userOf(user) ?? "", { id, entry });
    return code === DONE || code === DONE_REPLACING;
  }

  async #get(id: string, options?: ReadOptions): Promise<Stored | undefined> {
    const key = this.#prefix + id;
    const { fresh = false } = options ?? {};
    const reply = fresh
      ? await this.#connection.script(readOfPrimary, key)
      : await this.#connection.read(key, "GET", key);
    const text = textOf(reply);
    if (text === undefined) return undefined;
    const stored = parse(id, text);
    if (stored === undefined) throw this.#connection.unexpected("WRONGTYPE");
    return stored;
  }

  /** From the primary, and without those that are gone. */
  async #getAll(ids: readonly string[]): Promise<SessionRecord[]> {
    return inSlices(ids, async (id) => {
      const stored = await this.#get(id, { fresh: true });
      return stored === undefined ? [] : [stored.record];
    });
  }
}

interface Answer {
  readonly code: number;
  readonly texts: readonly string[];
}

/** Numbers may come as texts: a client can be set up so. */
function codeAndTexts(reply: unknown): Answer {
  const [code, ...texts] = Array.isArray(reply) ? listOf(reply) : [reply];
  return { code: Number(textOf(code) ?? code), texts: texts.map((text) => textOf(text) ?? "") };
}

async function inSlices<T>(ids: readonly string[], work: (id: string) => Promise<T[]>): Promise<T[]> {
  const results: T[] = [];
  for (let start = 0; start < ids.length; start += AT_ONCE) {
    results.push(...(await Promise.all(ids.slice(start, start + AT_ONCE).map(work))).flat());
  }
  return results;
}
