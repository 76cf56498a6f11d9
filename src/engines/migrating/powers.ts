import { NotSupported } from "../../core/errors.ts";
import {
  isCountable,
  isListable,
  isMigratable,
  isSweepable,
  isUserIndexed,
  type ListableStore,
  type MigratableStore,
  type SessionStore,
  type SweepableStore,
  type UserIndexedStore,
} from "../../core/store.ts";

/** What two stores can do beyond the five verbs, when they are one. */
export type Powers = Partial<
  Omit<SweepableStore & ListableStore & UserIndexedStore & MigratableStore & AsyncDisposable, keyof SessionStore>
>;

/** Always the old store before the new: a session that moves meanwhile is then seen in one of them, or in both. */
export function powersOf(from: SessionStore, to: SessionStore): Powers {
  return { ...sweeping(from, to), ...listing(from, to), ...byUser(from, to), ...migrations(to), ...disposal(from, to) };
}

function sweeping(from: SessionStore, to: SessionStore): Powers {
  const sweepable = [from, to].filter(isSweepable);
  const countable = sweepable.filter(isCountable);
  if (sweepable.length === 0) return {};
  return {
    async deleteExpired(now, limit) {
      let deleted = 0;
      for (const store of sweepable) if (deleted < limit) deleted += await store.deleteExpired(now, limit - deleted);
      return deleted;
    },
    ...(countable.length === sweepable.length && {
      async countExpired(now: number) {
        const counts = await Promise.all(countable.map((store) => store.countExpired(now)));
        return counts.reduce((sum, count) => sum + count, 0);
      },
    }),
  };
}

function listing(from: SessionStore, to: SessionStore): Powers {
  if (!isListable(from) || !isListable(to)) return {};
  return {
    async list(cursor, limit) {
      const [where, rest] = cursor?.split(/:(.*)/s) ?? ["from", ""];
      const old = where === "from" ? await from.list(rest || undefined, limit) : { records: [], cursor: undefined };
      if (old.cursor !== undefined) return { records: old.records, cursor: `from:${old.cursor}` };
      const room = limit - old.records.length;
      if (room === 0) return { records: old.records, cursor: "to:" };
      const moved = await to.list(where === "to" ? rest || undefined : undefined, room);
      return {
        records: [...old.records, ...moved.records],
        cursor: moved.cursor === undefined ? undefined : `to:${moved.cursor}`,
      };
    },
  };
}

function byUser(from: SessionStore, to: SessionStore): Powers {
  if (!isUserIndexed(to)) return {};
  if (!isUserIndexed(from)) {
    // Half of the user's sessions would be worse than none: "signed out everywhere" has to be true.
    const refuse = (): never => {
      throw new NotSupported(
        `migrating: ${to.name} has a user index, but ${from.name}, which still holds sessions, has none.`,
      );
    };
    return { listByUser: async () => refuse(), deleteByUser: async () => refuse() };
  }
  return {
    async listByUser(userId, now) {
      const old = await from.listByUser(userId, now);
      const moved = await to.listByUser(userId, now);
      const all = new Map([...old, ...moved].map((summary) => [summary.id, summary]));
      return [...all.values()].sort((a, b) => a.createdAt - b.createdAt);
    },
    async deleteByUser(userId, exceptId) {
      const deleted = await from.deleteByUser(userId, exceptId);
      return deleted + (await to.deleteByUser(userId, exceptId));
    },
  };
}

/** The old store has its schema. */
function migrations(to: SessionStore): Powers {
  return isMigratable(to) ? { migrate: (options) => to.migrate(options) } : {};
}

function disposal(from: SessionStore, to: SessionStore): Powers {
  return {
    async [Symbol.asyncDispose]() {
      for (const store of [from, to] as Partial<AsyncDisposable>[]) await store[Symbol.asyncDispose]?.();
    },
  };
}
