import type { SessionRecord, SessionStore } from "./store.ts";

/**
 * Lets several apps share one store without seeing one another's sessions: ids, and user ids, get a prefix on the way
 * in and lose it on the way out.
 */
export function namespaced(store: SessionStore, namespace: string): SessionStore {
  const prefix = `${namespace}-`;
  const inside = (record: SessionRecord): SessionRecord => ({
    ...record,
    id: prefix + record.id,
    userId: record.userId === undefined ? undefined : prefix + record.userId,
  });
  const outside = (record: SessionRecord): SessionRecord => ({
    ...record,
    id: record.id.slice(prefix.length),
    userId: record.userId?.slice(prefix.length),
  });

  return {
    name: store.name,
    atomic: store.atomic,
    async read(id, now, options) {
      const record = await store.read(prefix + id, now, options);
      return record && outside(record);
    },
    create: (record, now) => store.create(inside(record), now),
    update: (record, expected, now) => store.update(inside(record), expected, now),
    touch: (id, expected, expiresAt, now) => store.touch(prefix + id, expected, expiresAt, now),
    delete: (id) => store.delete(prefix + id),
  };
}
