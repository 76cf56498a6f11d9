import { StoreUnavailable } from "../../core/errors.ts";
import { recordFromText, recordToText } from "../../core/record-text.ts";
import type { Instant, Revision, SessionRecord, SessionStore } from "../../core/store.ts";
import type { Keeper, Replacement } from "./keeper.ts";

/** @see cache */
export interface CacheStore extends SessionStore {
  readonly name: "cache";
  /** Whether the cache can add and compare and set. Otherwise only a process that has it to itself loses nothing. */
  readonly atomic: boolean;
}

/** In seconds, added to every lifetime: the record says when it ends, and the cache only has to keep it so long. */
const SLACK = 60;

export function storeOn(keeper: Keeper, prefix: string): CacheStore {
  const replacementBy = (record: SessionRecord, now: Instant): Replacement => ({
    value: recordToText(record),
    ttl: Math.max(0, Math.ceil((record.expiresAt - now) / 1000)) + SLACK,
  });

  function recordIn(id: string, value: unknown): SessionRecord | undefined {
    if (value === undefined || value === null) return undefined;
    const record = recordFromText(id, value);
    if (record !== undefined) return record;
    throw new StoreUnavailable(
      `The cache engine: under the key "${prefix}${id}" is something that it did not write, or not all of it. ` +
        "Give it a prefix of its own, and see that the cache gives texts back as they were.",
      { cause: new TypeError("expected the text of a record, found something else") },
    );
  }

  function replaceLive(
    id: string,
    expected: Revision,
    now: Instant,
    next: (current: SessionRecord) => SessionRecord | undefined,
  ): Promise<boolean> {
    return keeper.replace(prefix + id, (value) => {
      const current = recordIn(id, value);
      if (current === undefined || current.expiresAt <= now || current.revision !== expected) return false;
      const record = next(current);
      return record === undefined ? true : replacementBy(record, now);
    });
  }

  return {
    name: "cache",
    atomic: keeper.atomic,

    async read(id, now) {
      const record = recordIn(id, await keeper.get(prefix + id));
      return record !== undefined && record.expiresAt > now ? record : undefined;
    },

    create(record, now) {
      const { value, ttl } = replacementBy(record, now);
      return keeper.add(prefix + record.id, value, ttl);
    },

    update: (record, expected, now) =>
      replaceLive(record.id, expected, now, ({ createdAt }) => ({ ...record, createdAt })),

    touch: (id, expected, expiresAt, now) =>
      replaceLive(id, expected, now, (current) =>
        current.expiresAt < expiresAt ? { ...current, expiresAt, renewedAt: now } : undefined,
      ),

    delete: (id) => keeper.delete(prefix + id),
  };
}
