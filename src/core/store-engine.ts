import type { Draft, Engine, EngineFactory, Gone, Snapshot } from "./engine.ts";
import { namespaced } from "./namespace.ts";
import { hasArrived, nextRevision } from "./revision.ts";
import type { SessionRecord, SessionStore } from "./store.ts";
import { hashSecret, newSecret, sameText, tokenFormat } from "./token.ts";

/** A snapshot that remembers what compare-and-set needs. Only this file looks at the two extra fields. */
interface StoreSnapshot extends Snapshot {
  readonly secretHash: string;
  readonly revision: string;
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

      async open(cookie, now) {
        const token = tokens.parse(cookie);
        if (token === undefined) return undefined;
        const record = await store.read(token.id, now);
        if (record === undefined || !sameText(record.secretHash, hashSecret(token.secret))) return undefined;
        return snapshot(record, cookie);
      },

      async find(id, now) {
        const record = await store.read(id, now);
        return record && snapshot(record, undefined);
      },

      async refresh(from: StoreSnapshot, now) {
        const record = await store.read(from.id, now, { fresh: true });
        return record && stillOpens(from, record) ? snapshot(record, from.cookie) : undefined;
      },

      async commit(change, now) {
        switch (change.kind) {
          case "create": {
            const secret = newSecret();
            const cookie = tokens.write({ id: change.draft.id, secret });
            const attempted = toSnapshot(change.draft, hashSecret(secret), nextRevision(), cookie);
            const created = await store.create(toRecord(attempted), now);
            return created ? { kind: "saved", snapshot: attempted } : { kind: "refused", attempted, from: undefined };
          }
          case "update": {
            const from = change.from as StoreSnapshot;
            const secret = change.cycle ? newSecret() : undefined;
            const secretHash = secret === undefined ? from.secretHash : hashSecret(secret);
            const cookie =
              secret === undefined ? from.cookie && tokens.retag(from.cookie) : tokens.write({ id: from.id, secret });
            const attempted = toSnapshot(change.draft, secretHash, nextRevision(from.revision), cookie);
            const updated = await store.update(toRecord(attempted), from.revision, now);
            return updated ? { kind: "saved", snapshot: attempted } : { kind: "refused", attempted, from };
          }
          case "touch": {
            const { from, expiresAt } = change;
            if (!(await store.touch(from.id, expiresAt, now))) return gone;
            const cookie = from.cookie && tokens.retag(from.cookie);
            return { kind: "saved", snapshot: { ...from, cookie, expiresAt, renewedAt: now } };
          }
          case "delete":
            return (await store.delete(change.from.id)) ? { kind: "saved", snapshot: change.from } : gone;
        }
      },

      async explain({ attempted, from }, now) {
        const ours = attempted as StoreSnapshot;
        const record = await store.read(ours.id, now, { fresh: true });
        if (record === undefined) return gone;
        if (hasArrived(ours.revision, record.revision))
          return { kind: "saved", snapshot: snapshot(record, ours.cookie) };
        if (from === undefined || !stillOpens(from as StoreSnapshot, record)) return gone;
        return { kind: "newer", snapshot: snapshot(record, from.cookie) };
      },
    };

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

/** A session found by id was never opened by its secret, so a cycled key does not end it. */
function stillOpens(from: StoreSnapshot, record: SessionRecord): boolean {
  return from.cookie === undefined || from.secretHash === record.secretHash;
}

function snapshot(record: SessionRecord, cookie: string | undefined): StoreSnapshot {
  return { ...record, cookie };
}

function toSnapshot(draft: Draft, secretHash: string, revision: string, cookie: string | undefined): StoreSnapshot {
  return { ...draft, secretHash, revision, cookie };
}

function toRecord({ cookie: _, ...record }: StoreSnapshot): SessionRecord {
  return record;
}
