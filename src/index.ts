import type { Codec } from "./core/codec.ts";
import type { JsonSafe, JsonValue } from "./core/json.ts";
import { resolveOptions, type SessionsOptions } from "./core/options.ts";
import { type Sessions, sessionsFrom } from "./core/sessions.ts";
import { db } from "./engines/db.ts";

/**
 * The sessions of one app. `Data` says what they hold: any interface whose values JSON carries unchanged.
 *
 * @throws InvalidOption at once, for any option that could not work.
 * @example
 * interface Data { visits: number; theme: "light" | "dark" }
 * export default createSessions<Data>();
 */
export function createSessions<Data extends { [K in keyof Data]: JsonSafe<Data[K]> } = Record<string, JsonValue>>(
  options?: SessionsOptions,
): Sessions<Data>;
/**
 * With a codec that carries more than JSON: `Rich` is the union of the types it adds.
 *
 * @example
 * import { devalue, type Rich } from "coatcheck/devalue";
 * interface Data { seen: Date; votes: Map<string, bigint> }
 * export default createSessions<Data, Rich>({ codec: devalue() });
 */
export function createSessions<Data extends { [K in keyof Data]: JsonSafe<Data[K], Rich> }, Rich>(
  options: SessionsOptions & { codec: Codec<Rich> },
): Sessions<Data>;
export function createSessions<Data>(options: SessionsOptions = {}): Sessions<Data> {
  return sessionsFrom(resolveOptions(options, db));
}

export type { Codec, Sealing } from "./core/codec.ts";
export type {
  Change,
  Draft,
  Engine,
  EngineFactory,
  EngineSettings,
  Outcome,
  Snapshot,
  UserIndex,
} from "./core/engine.ts";
export {
  type AnySessionError,
  CorruptPayload,
  HeadersSent,
  InvalidData,
  InvalidOption,
  NotMounted,
  NotSupported,
  ReadOnly,
  SessionConflict,
  SessionError,
  type SessionErrorCode,
  SessionInterrupted,
  StoreUnavailable,
} from "./core/errors.ts";
export type { Listener, SessionEvents } from "./core/events.ts";
export type { DataLimits, JsonSafe, JsonValue, NotJson } from "./core/json.ts";
export type { CookieOptions, ResolvedOptions, SessionsOptions } from "./core/options.ts";
export type { KeyOf, Session } from "./core/session.ts";
export type { Sessions } from "./core/sessions.ts";
export { storeEngine } from "./core/store-engine.ts";
export type {
  Instant,
  ListableStore,
  MigratableStore,
  Migrated,
  MigrateOptions,
  ReadOptions,
  RecordSummary,
  Revision,
  SessionRecord,
  SessionStore,
  SweepableStore,
  UserIndexedStore,
} from "./core/store.ts";
