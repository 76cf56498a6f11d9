import type { EngineFactory } from "../core/engine.ts";
import { InvalidOption } from "../core/errors.ts";
import { check, type Rule } from "../core/options.ts";
import { storeEngine } from "../core/store-engine.ts";
import type { SessionStore } from "../core/store.ts";
import { movingEngine } from "./migrating/moving-engine.ts";
import { MovingStore } from "./migrating/moving-store.ts";
import { type Powers, powersOf } from "./migrating/powers.ts";

export interface MigratingOptions<From, To> {
  /** The engine that sessions live in so far. */
  from: From;
  /** The one they are to live in. */
  to: To;
}

/** Told apart below, where one that is missing is refused too. */
const either: Rule = [() => true, "an engine"];

/** Two stores as one, with the powers that both have. */
export type MigratingStore = SessionStore & Powers;

/**
 * Moves to another engine without signing anybody out: sessions begin in `to`; those in `from` are read there, and move
 * with their first write or renewal. When the idle timeout has passed once (or the longest `setExpiry` in use, if that is
 * longer), whatever is left in `from` has expired: put `to` in its place and drop the old engine.
 *
 * Between two stores the token stays as it is and every promise holds while sessions move; a read of a session that has
 * not moved costs two store operations, its first write six. All processes of the app have to run with `migrating` before
 * the first session moves: one that knows only `from` would not find it.
 *
 * Where one of the two is `signedCookies`, the visitor gets a cookie of the new kind with the first write or renewal, and
 * what holds for the cookie engine holds for sessions that have it: see its page. `forUser` and `revokeUser` are
 * `NotSupported` meanwhile. Leaving a store, a session is looked for there once more: what was ended stays ended.
 *
 * @throws InvalidOption unless both are engines: stores such as `db()`, called, or `signedCookies()`.
 */
export function migrating(options: MigratingOptions<SessionStore, SessionStore>): MigratingStore;
export function migrating(
  options: MigratingOptions<SessionStore | EngineFactory, SessionStore | EngineFactory>,
): EngineFactory;
export function migrating(
  options: MigratingOptions<SessionStore | EngineFactory, SessionStore | EngineFactory>,
): MigratingStore | EngineFactory {
  check("migrating", options, { from: either, to: either });
  const { from, to } = options;
  for (const [name, engine] of Object.entries({ from, to })) {
    if (typeof engine === "function" || typeof (engine as Partial<SessionStore> | undefined)?.update === "function")
      continue;
    throw new InvalidOption(
      `migrating({ ${name} }): expected an engine: a store such as db(), called, or signedCookies(); got ${typeof engine}.`,
    );
  }
  if (from === to) throw new InvalidOption("migrating({ from, to }): expected two engines, got one and the same.");
  if (typeof from !== "function" && typeof to !== "function") {
    return Object.assign(new MovingStore(from, to), powersOf(from, to));
  }
  return movingEngine(factoryOf(from), factoryOf(to));
}

function factoryOf(engine: SessionStore | EngineFactory): EngineFactory {
  return typeof engine === "function" ? engine : storeEngine(engine);
}
