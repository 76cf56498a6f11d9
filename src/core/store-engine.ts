import type { Engine, EngineFactory, Gone, Snapshot, UserIndex } from "./engine.ts";
import { namespaced } from "./namespace.ts";
import { hasArrived, nextRevision } from "./revision.ts";
import { isUserIndexed, type SessionRecord, type SessionStore } from "./store.ts";
import { hashSecret, newSecret, sameText, tokenFormat } from "./token.ts";

/** A snapshot that remembers what compare-and-set needs. Only this file looks at the three extra fields. */
interface StoreSnapshot extends Snapshot {
  readonly secretHash: string;
  readonly revision: string;
  /** Found by its id and not opened by its secret, so that a cycled key does not end it. */
  readonly foundById: boolean;
}

const gone: Gone = { kind: "gone" };

/** The engine of every server-side store: the token in the cookie, the record in the store. */
export function storeEngine(keeper: SessionStore): EngineFactory {
  return ({ secrets, namespace }) => {
    const store = namespace === undefined ? keeper : namespaced(keeper, namespace);
    const tokens = tokenFormat(secrets);

    const engine: Engine = {
      name: store.name,
      atomic: store.atomic,
      store: keeper,

      recognizes: (cookie) => tokens.parse(cookie) !== undefined,

      async open(cookie, now) {
        const token = tokens.parse(cookie);
        if (token === undefined) return undefined;
        const record = await store.read(token.id, now);
        if (record === undefined || !sameText(record.secretHash, hashSecret(token.secret))) return undefined;
        const opened: StoreSnapshot = { ...record, cookie, foundById: false };
        return opened;
      },

      async find(id, now) {
        const record = await store.read(id, now);
        const found: StoreSnapshot | undefined = record && { ...record, cookie: undefined, foundById: true };
        return found;
      },

      async refresh(from: StoreSnapshot, now) {
        const record = await store.read(from.id, now, { fresh: true });
        return record && stillOpens(from, record) ? { ...from, ...record } : undefined;
      },

      async commit(change, now) {
        switch (change.kind) {
          case "create": {
            const { draft } = change;
            const revision = nextRevision();
            const attempted: StoreSnapshot = { ...draft, ...newKey(draft.id), revision, foundById: false };
            const created = await store.create(toRecord(attempted), now);
            return created ? { kind: "saved", snapshot: attempted } : { kind: "refused", attempted, from: undefined };
          }
          case "update": {
            const from = change.from as StoreSnapshot;
            const key = change.cycle ? newKey(from.id) : { secretHash: from.secretHash, cookie: retagged(from) };
            const revision = nextRevision(from.revision);
            const attempted: StoreSnapshot = { ...from, ...change.draft, ...key, revision };
            const updated = await store.update(toRecord(attempted), from.revision, now);
            return updated ? { kind: "saved", snapshot: attempted } : { kind: "refused", attempted, from };
          }
          case "touch": {
            const { expiresAt } = change;
            const from = change.from as StoreSnapshot;
            if (!(await store.touch(from.id, from.revision, expiresAt, now))) return gone;
            const touched: StoreSnapshot = { ...from, cookie: retagged(from), expiresAt, renewedAt: now };
            return { kind: "saved", snapshot: touched };
          }
          case "delete":
            return (await store.delete(change.from.id)) ? { kind: "saved", snapshot: change.from } : gone;
        }
      },

      revoke: (id) => store.delete(id),

      async explain({ attempted, from }, now) {
        const ours = attempted as StoreSnapshot;
        const record = await store.read(ours.id, now, { fresh: true });
        if (record === undefined) return gone;
        if (hasArrived(ours.revision, record.revision)) return { kind: "saved", snapshot: arrived(ours, record) };
        if (from === undefined || !stillOpens(from as StoreSnapshot, record)) return gone;
        return { kind: "newer", snapshot: { ...from, ...record } };
      },
    };

    function newKey(id: string): { secretHash: string; cookie: string } {
      const secret = newSecret();
      return { secretHash: hashSecret(secret), cookie: tokens.write({ id, secret }) };
    }

    /** A token tagged by an older secret goes out with the newest one's tag. */
    function retagged({ cookie }: Snapshot): string | undefined {
      return cookie && tokens.retag(cookie);
    }

    if (isUserIndexed(store)) {
      const users: UserIndex = {
        list: (userId, now) => store.listByUser(userId, now),
        revoke: (userId, exceptId) => store.deleteByUser(userId, exceptId),
      };
      Object.assign(engine, { users });
    }
    const dispose = (keeper as Partial<AsyncDisposable>)[Symbol.asyncDispose];
    if (dispose === undefined) return engine;
    return {
      ...engine,
      async [Symbol.asyncDispose]() {
        await dispose.call(keeper);
      },
    };
  };
}

function stillOpens(from: StoreSnapshot, record: SessionRecord): boolean {
  return from.foundById || from.secretHash === record.secretHash;
}

/** Our write was made, and perhaps others after it. If one of those cycled the key, our token is dead and must not be sent. */
function arrived(ours: StoreSnapshot, record: SessionRecord): StoreSnapshot {
  if (stillOpens(ours, record)) return { ...ours, ...record };
  return { ...ours, ...record, secretHash: ours.secretHash, cookie: undefined };
}

function toRecord({ cookie: _, foundById: __, ...record }: StoreSnapshot): SessionRecord {
  return record;
}
