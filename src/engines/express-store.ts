import { turnsOf } from "../core/keyed-turns.ts";
import { callsOf } from "./express-store/calls.ts";
import type { ExpressSessionStore } from "./express-store/contract.ts";
import { checkOptions, type ExpressStoreOptions } from "./express-store/options.ts";
import { type ExpressStore, storeOn } from "./express-store/store.ts";
import { storeFrom } from "./express-store/target.ts";

export type { ExpressSessionStore, ExpressStore, ExpressStoreOptions };

/**
 * Sessions in any store written for express-session: connect-redis, connect-pg-simple, session-file-store and the other
 * sixty. For moving to Coatcheck without moving the data's place; on every framework.
 *
 * The store is not `atomic`: express-session's contract has no compare and set. This process does one thing at a time
 * for each session, so a process alone loses nothing; **two processes may overwrite each other's writes, and bring back
 * a session that the other has just ended**. For several processes take the engine of the same backend: `redis`, `db`,
 * `memcached`, `file`.
 *
 * The trap: it reads its own sessions only. Those that express-session itself has written stay where they are, unread.
 *
 * @param store An instance, which stays yours to close; or a function that makes one of what it is given, as packages
 *   want it that export a function. It is called at once.
 * @throws InvalidOption at once if it is given no such store, or an option could not work.
 * @throws StoreUnavailable from any method whose call to the store fails, is not called back within five seconds or
 *   gives an answer that makes no sense. An outage is never taken for a missing session.
 *
 * @example
 * ```ts
 * import connectPgSimple from "connect-pg-simple";
 * import { createSessions } from "coatcheck";
 * import { expressStore } from "coatcheck/express-store";
 *
 * const store = expressStore((expressSession) => new (connectPgSimple(expressSession))({ pool }));
 * export default createSessions({ engine: store });
 * ```
 */
export function expressStore<ExpressSession = never>(
  store: ExpressSessionStore | ((expressSession: ExpressSession) => ExpressSessionStore),
  options?: ExpressStoreOptions<ExpressSession>,
): ExpressStore {
  const { expressSession, prefix = "cc_" } = checkOptions(options);
  const target = storeFrom(store, expressSession);
  return storeOn(callsOf(target), turnsOf(target), prefix);
}
