import type { Draft, Engine, EngineFactory, Outcome, Snapshot } from "../../core/engine.ts";
import { InvalidOption } from "../../core/errors.ts";
import type { Instant } from "../../core/store.ts";
import { newId } from "../../core/token.ts";

/** A session of the old engine, under the id it would have in the new one. */
interface OldSnapshot extends Snapshot {
  readonly origin: Snapshot;
}

/**
 * Two engines as one, where one of them keeps the session in the cookie. Cookies of both kinds open; what is written goes
 * to the new engine, and the visitor gets its cookie.
 *
 * A cookie that holds a session can be sent again by whoever kept it, and after the move begins a session of its own in
 * the new store: under a new id, never the one it had. Were it the same, an old cookie from before a sign-in would lead
 * into the session that signed in.
 */
export function movingEngine(fromFactory: EngineFactory, toFactory: EngineFactory): EngineFactory {
  return (settings) => {
    const from = fromFactory(settings);
    const to = toFactory(settings);
    if (!from.inCookie && !to.inCookie) {
      throw new InvalidOption(
        `migrating({ from, to }): expected the two stores themselves, got engines made of ${from.name} and ${to.name}. ` +
          "Stores move without a new cookie.",
      );
    }

    const aged = (origin: Snapshot): OldSnapshot => ({
      ...origin,
      origin,
      ...(from.inCookie && !to.inCookie && { id: newId(), sealedFor: origin.id, inCookie: true }),
    });

    const begin = (origin: Snapshot, wanted: Draft, now: Instant): Promise<Outcome> => {
      const { id, payload, createdAt, renewedAt, expiresAt, userId } = wanted;
      const draft = { id, payload, createdAt, renewedAt, expiresAt, userId };
      // From cookie to cookie it is no new sign-in: the user's epoch must stay the one that the old cookie has.
      if (from.inCookie && to.inCookie) return to.commit({ kind: "update", from: origin, draft, cycle: false }, now);
      return to.commit({ kind: "create", draft }, now);
    };

    /** The record that the old store may still hold of a session that now is in the cookie. */
    const endOld = async (id: string): Promise<boolean> => (await from.revoke?.(id)) ?? false;

    const engine: Engine = {
      name: `migrating from ${from.name} to ${to.name}`,
      atomic: from.atomic && to.atomic,
      ...(to.inCookie && { inCookie: to.inCookie }),

      recognizes: (cookie) => to.recognizes(cookie) || from.recognizes(cookie),

      async open(cookie, now) {
        if (to.recognizes(cookie)) return to.open(cookie, now);
        const opened = await from.open(cookie, now);
        return opened && aged(opened);
      },

      async refresh(snapshot, now) {
        if (!isOld(snapshot)) return to.refresh(snapshot, now);
        const origin = await from.refresh(snapshot.origin, now);
        return origin && { ...snapshot, ...origin, id: snapshot.id, origin };
      },

      async commit(change, now) {
        if (change.kind === "create") return to.commit(change, now);
        const { from: snapshot } = change;
        if (!isOld(snapshot)) {
          const outcome = await to.commit(change, now);
          if (to.inCookie && (change.kind === "delete" || (change.kind === "update" && change.cycle))) {
            await endOld(snapshot.id);
          }
          return outcome;
        }
        const { origin } = snapshot;
        if (change.kind === "delete") return from.commit({ kind: "delete", from: origin }, now);
        const wanted = change.kind === "touch" ? { expiresAt: change.expiresAt, renewedAt: now } : change.draft;
        const outcome = await begin(origin, { ...snapshot, ...wanted }, now);
        if (from.inCookie || outcome.kind !== "saved") return outcome;
        // The old store decides, and last: a session that was ended meanwhile must not live on in a cookie, nor under an
        // epoch that came after its end. What was to become unusable must, before the new cookie is sent.
        const ends = change.kind === "update" && change.cycle;
        const isLive = ends ? await endOld(origin.id) : (await from.refresh(origin, now)) !== undefined;
        return isLive ? outcome : { kind: "gone" };
      },

      explain: (refusal, now) => to.explain(refusal, now),
    };
    return { ...engine, ...outside(from, to) };
  };
}

function isOld(snapshot: Snapshot): snapshot is OldSnapshot {
  return "origin" in snapshot;
}

/**
 * What acts on sessions from outside. By their user there is nothing, although the new store may have an index: those
 * still in a cookie would be overlooked, and "signed out everywhere" has to be true.
 */
function outside(from: Engine, to: Engine): Partial<Engine> {
  const recorded = to.inCookie ? from : to;
  const { find, revoke, store } = recorded;
  const dispose = recorded[Symbol.asyncDispose];
  return {
    ...(recorded === to && { ...(find && { find }), ...(revoke && { revoke }) }),
    // To sweep and to migrate; when the new engine has none, the old one's records still have to go.
    ...(store && { store }),
    ...(dispose && { [Symbol.asyncDispose]: dispose }),
  };
}
