import { recordFromText, recordToText } from "../../core/record-text.ts";
import type { Instant, Revision, SessionRecord, SessionStore } from "../../core/store.ts";
import { itemOf, type MemcachedClient, wordOf } from "./client.ts";
import { failure, unusable } from "./failure.ts";
import { lifetimeOf } from "./lifetime.ts";
import type { Source } from "./target.ts";

/** @see memcached */
export interface MemcachedStore extends SessionStore, AsyncDisposable {
  readonly name: "memcached";
  readonly atomic: true;
  /**
   * Shuts down the client this store made. Nothing may be under way; whatever is asked of the store afterwards is
   * refused with `StoreUnavailable`. Disposing twice, or of a store that was never used, does nothing.
   */
  [Symbol.asyncDispose](): Promise<void>;
}

/** Each one lost is somebody else's gained, so this many in a row are no contention any more. */
const MOST_TRIES = 100;
/** What every item has for a token where the server was started with `-C`. */
const NO_TOKEN = "0";

export function storeOn({ where, open, close }: Source, prefix: string): MemcachedStore {
  let opening: Promise<MemcachedClient> | undefined;
  let disposed = false;

  function client(): Promise<MemcachedClient> {
    if (disposed) throw unusable(where, "the store was disposed of.");
    if (opening === undefined) {
      const started = open();
      opening = started;
      // Only success is remembered: a package can be installed while the process runs.
      started.catch(() => (opening = undefined));
    }
    return opening;
  }

  async function run<T>(id: string, work: (client: MemcachedClient, key: string) => Promise<T>, size?: number) {
    try {
      return await work(await client(), prefix + id);
    } catch (error) {
      throw failure(where, error, id, size);
    }
  }

  async function find(id: string): Promise<{ record: SessionRecord; token: string } | undefined> {
    const item = await run(id, (on, key) => itemOf(on.gets(key)));
    if (item === undefined) return undefined;
    const record = recordFromText(id, item.value);
    if (record !== undefined) return { record, token: item.casUniq };
    const why = `under the key "${prefix}${id}" is something that this engine did not write. Give it a prefix of its own.`;
    throw unusable(where, why, new TypeError("expected the text of a record, found something else"));
  }

  /**
   * Writes `next` of the live record at that revision. A token is new with every write, a revision with writes of data
   * only: where a touch came in between, the record is still at that revision, and this has to be tried again.
   *
   * @param next what to write; `undefined` for a record that may stay as it is.
   */
  async function compareAndSet(
    id: string,
    expected: Revision,
    now: Instant,
    next: (current: SessionRecord) => SessionRecord | undefined,
  ): Promise<boolean> {
    for (let tries = 0; tries < MOST_TRIES; tries += 1) {
      const found = await find(id);
      if (found === undefined || found.record.expiresAt <= now || found.record.revision !== expected) return false;
      const record = next(found.record);
      if (record === undefined) return true;
      if (found.token === NO_TOKEN) {
        throw unusable(where, "it was started with -C, so it cannot compare and set. Start it without.");
      }
      const text = recordToText(record);
      const options = { lifetime: lifetimeOf(record.expiresAt, now), casUniq: found.token };
      const word = await run(
        id,
        (on, key) => wordOf(["STORED", "EXISTS", "NOT_FOUND"], on.cas(key, text, options)),
        Buffer.byteLength(text),
      );
      if (word !== "EXISTS") return word === "STORED";
    }
    throw unusable(
      where,
      `others wrote to session ${id} ${MOST_TRIES} times while this tried to. Nothing was written.`,
    );
  }

  return {
    name: "memcached",
    atomic: true,

    async read(id, now) {
      const found = await find(id);
      return found !== undefined && found.record.expiresAt > now ? found.record : undefined;
    },

    async create(record, now) {
      const text = recordToText(record);
      const options = { lifetime: lifetimeOf(record.expiresAt, now) };
      const word = await run(
        record.id,
        (on, key) => wordOf(["STORED", "NOT_STORED"], on.add(key, text, options)),
        Buffer.byteLength(text),
      );
      return word === "STORED";
    },

    update: (record, expected, now) =>
      compareAndSet(record.id, expected, now, ({ createdAt }) => ({ ...record, createdAt })),

    touch: (id, expected, expiresAt, now) =>
      compareAndSet(id, expected, now, (current) =>
        current.expiresAt < expiresAt ? { ...current, expiresAt, renewedAt: now } : undefined,
      ),

    async delete(id) {
      const word = await run(id, (on, key) => wordOf(["DELETED", "NOT_FOUND"], on.delete(key)));
      return word === "DELETED";
    },

    async [Symbol.asyncDispose]() {
      if (disposed) return;
      disposed = true;
      const opened = await opening?.catch(() => undefined);
      if (opened !== undefined) close?.(opened);
    },
  };
}
