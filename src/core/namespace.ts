import {
  isUserIndexed,
  type RecordSummary,
  type SessionRecord,
  type SessionStore,
  type UserIndexedStore,
} from "./store.ts";

/**
 * Lets several apps share one store without seeing one another's sessions: ids, and user ids, get a prefix on the way
 * in and lose it on the way out.
 */
export function namespaced(store: SessionStore, namespace: string): SessionStore | UserIndexedStore {
  const prefix = `${namespace}-`;
  // No user id has this character, so no user of an app without a namespace can be called like one of ours.
  const userPrefix = `${namespace}\u0001`;
  const inside = (record: SessionRecord): SessionRecord => ({
    ...record,
    id: prefix + record.id,
    userId: record.userId === undefined ? undefined : userPrefix + record.userId,
  });
  const outside = <R extends RecordSummary>(record: R): R => ({
    ...record,
    id: record.id.slice(prefix.length),
    userId: record.userId?.slice(userPrefix.length),
  });

  const verbs: SessionStore = {
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
  if (!isUserIndexed(store)) return verbs;
  return {
    ...verbs,
    listByUser: async (userId, now) => (await store.listByUser(userPrefix + userId, now)).map(outside),
    deleteByUser: (userId, exceptId) =>
      store.deleteByUser(userPrefix + userId, exceptId === undefined ? undefined : prefix + exceptId),
  };
}
