import type { Codec } from "./codec.ts";
import type { Change, Engine, Outcome, Snapshot } from "./engine.ts";
import type { DataLimits } from "./json.ts";
import { sealedText } from "./sealed-text.ts";

/** A snapshot with its payload opened, and the engine's own one. Only this file looks at the extra field. */
interface Unsealed extends Snapshot {
  readonly sealed: Snapshot;
}

/** A payload of which both texts are known, so that nobody has to unseal it. */
interface Known {
  readonly plain: string;
  readonly sealed: string;
}

/**
 * An engine whose records hold sealed payloads, for those above it plain ones. Not in `stringify`, because changes are
 * found by comparing texts, and what is encrypted twice is never equal; not in the store, because an engine that keeps
 * its records in cookies has none.
 */
export function sealedEngine(engine: Engine, codec: Codec, limits: DataLimits): Engine {
  if (codec.sealing === undefined) return engine;
  const texts = sealedText(codec, codec.sealing, limits);

  const unsealed = (sealed: Snapshot, known?: Known): Unsealed => {
    const payload =
      sealed.payload === known?.sealed ? known.plain : texts.unseal(sealed.payload, sealed.sealedFor ?? sealed.id);
    return { ...sealed, payload, sealed };
  };

  const isCurrent = ({ sealed }: Unsealed): boolean =>
    sealed.sealedFor === undefined && texts.isCurrent(sealed.payload, sealed.id);

  const commit = async (change: Change, known: Known | undefined, now: number): Promise<Outcome> => {
    const outcome = await engine.commit(change, now);
    return outcome.kind === "saved" ? { kind: "saved", snapshot: unsealed(outcome.snapshot, known) } : outcome;
  };

  // Each member of `Engine` by name: a new one must not be forgotten, and an engine may be an instance of a class.
  const members: { [Member in keyof Required<Engine>]: Engine[Member] | undefined } = {
    name: engine.name,
    atomic: engine.atomic,
    inCookie: engine.inCookie,
    store: engine.store,
    users: engine.users,
    recognizes: (cookie) => engine.recognizes(cookie),
    revoke: engine.revoke && (async (id) => engine.revoke?.(id) ?? false),
    [Symbol.asyncDispose]: async () => engine[Symbol.asyncDispose]?.(),

    async open(cookie, now) {
      const opened = await engine.open(cookie, now);
      return opened && unsealed(opened);
    },

    find:
      engine.find &&
      (async (id, now) => {
        const found = await engine.find?.(id, now);
        return found && unsealed(found);
      }),

    async refresh(from: Unsealed, now) {
      const refreshed = await engine.refresh(from.sealed, now);
      return refreshed && unsealed(refreshed, knownOf(from));
    },

    async commit(change, now) {
      switch (change.kind) {
        case "create": {
          const { id, payload: plain } = change.draft;
          const payload = texts.seal(plain, id);
          const known = { plain, sealed: payload };
          return commit({ kind: "create", draft: { ...change.draft, payload } }, known, now);
        }
        case "update": {
          const from = change.from as Unsealed;
          const { id, payload: plain } = change.draft;
          const payload = plain === from.payload && isCurrent(from) ? from.sealed.payload : texts.seal(plain, id);
          const known = { plain, sealed: payload };
          return commit({ ...change, from: from.sealed, draft: { ...change.draft, payload } }, known, now);
        }
        case "touch": {
          const from = change.from as Unsealed;
          const { sealed, id, payload: plain } = from;
          const { expiresAt } = change;
          if (isCurrent(from)) return commit({ kind: "touch", from: sealed, expiresAt }, knownOf(from), now);
          // As one write in place of another: once an idle timeout has passed, nothing is sealed as it was before.
          const payload = texts.seal(plain, id);
          const { createdAt, userId } = sealed;
          const draft = { id, payload, createdAt, userId, renewedAt: now, expiresAt };
          const known = { plain, sealed: payload };
          return commit({ kind: "update", from: sealed, draft, cycle: false }, known, now);
        }
        case "delete": {
          const from = change.from as Unsealed;
          return commit({ kind: "delete", from: from.sealed }, knownOf(from), now);
        }
      }
    },

    async explain(refusal, now) {
      const reason = await engine.explain(refusal, now);
      return reason.kind === "gone" ? reason : { ...reason, snapshot: unsealed(reason.snapshot) };
    },
  };
  return members as Engine;
}

function knownOf({ payload, sealed }: Unsealed): Known {
  return { plain: payload, sealed: sealed.payload };
}
