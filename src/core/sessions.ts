import { type Backstage, backstage } from "./backstage.ts";
import { payloadFormat } from "./codec.ts";
import { accept, type Context, deadlineOf, type Opened } from "./context.ts";
import { cookieRoom } from "./cookie-room.ts";
import type { Engine, UserIndex } from "./engine.ts";
import { InvalidOption, NotMounted, NotSupported } from "./errors.ts";
import { emitter, type Listener, reportFailures, type SessionEvents } from "./events.ts";
import { valuesOf } from "./operations.ts";
import type { ResolvedOptions } from "./options.ts";
import { isUserId, type Session, UnitSession } from "./session.ts";
import { sealedEngine } from "./sealed-engine.ts";
import type { RecordSummary } from "./store.ts";
import { Unit } from "./unit.ts";
import { Watcher } from "./watch.ts";

/** The sessions of one app: what `createSessions` returns, and what an adapter is given. */
export interface Sessions<D> extends AsyncDisposable {
  /**
   * The session of the request that this object belongs to: whatever the framework hands to the handler, be it the request
   * itself, a context, or an event that has the request as its `request`. Loaded on the first call, the same promise ever after.
   * @throws NotMounted when no adapter of these sessions has seen the object.
   * @throws StoreUnavailable when the store fails or is late; the visitor's cookie is left alone.
   * @throws CorruptPayload when what is stored cannot be decoded.
   */
  get(carrier: object): Promise<Session<D>>;
  /** A session outside HTTP, by the token a cookie carried; a new one without, or when it opens nothing. Then `save()`. */
  open(token?: string): Promise<Session<D>>;
  /** A live session by its id, for jobs and administration; it survives a cycled key. Then `save()`. */
  byId(id: string): Promise<Session<D> | undefined>;
  /** Ends a session from outside, by its id; whether there was one. Requests that are using it are interrupted. */
  revoke(id: string): Promise<boolean>;
  /**
   * The live sessions of a user, oldest first: what a page of "your devices" shows. Instants in ms since the epoch.
   * @throws NotSupported where the engine has no user index.
   */
  forUser(userId: string): Promise<RecordSummary[]>;
  /**
   * Ends a user's sessions, all of them or all but the one with the id `except`; answers how many. Every session that
   * was acknowledged before the call is gone when it resolves.
   * @throws NotSupported where the engine has no user index.
   */
  revokeUser(userId: string, options?: { except?: string | undefined }): Promise<number>;
  /** The token of a stored session that was opened by token or created here: the cookie's value, a credential. */
  token(session: Session<D>): string | undefined;
  /** Listens to what happens to sessions; returns what stops it. */
  on<K extends keyof SessionEvents>(event: K, listener: Listener<SessionEvents[K]>): () => void;
  /** The settings as they hold, defaults filled in. */
  readonly options: ResolvedOptions;
}

/** What an adapter needs beyond what users see. */
export interface Mount<D> {
  /** Says which request an object belongs to. Returns what says that this request is over. */
  bind(carriers: readonly object[], load: () => Promise<Session<D>>): () => void;
  /**
   * Whether a request that is not over owns the object: mounted twice, only the first one acts. A web-standard `Request`
   * can be sent twice, and is then two requests.
   */
  isBound(carrier: object): boolean;
  /** Further objects that belong to the request of one that is bound, and to it no longer than that one. */
  join(carriers: readonly object[], bound: object): void;
  /** A request's session and what drives it. The cookie values are tried in order. */
  openUnit(cookies: readonly string[], carried: boolean): Promise<{ unit: Unit; session: Session<D> }>;
  /**
   * Tells when sessions end, for what outlives requests. One for each interval, however often it is asked for.
   * @param interval Milliseconds between looks at the store.
   */
  watcher(interval: number): Watcher;
}

/** Several cookies of our name may come (another path, another domain); more than these are somebody's mischief. */
const mostCookies = 3;
const mounts = new WeakMap<object, unknown>();

/**
 * For frameworks that hand out copies of their event: what an adapter keeps in it under this name is copied along, and leads
 * from any copy to the carrier that is bound.
 */
export const original: unique symbol = Symbol("coatcheck");

export function mountOf<D>(sessions: Sessions<D>): Mount<D> {
  const mount = mounts.get(sessions);
  if (mount === undefined) {
    throw new InvalidOption("coatcheck: expected `sessions` to be what createSessions() returned.");
  }
  return mount as Mount<D>;
}

export function sessionsFrom<D>(options: ResolvedOptions): Sessions<D> {
  const shared = contextFrom(options);
  const carriers = new WeakMap<object, { readonly load: () => Promise<Session<D>>; over: boolean }>();
  const watchers = new Map<number, Watcher>();

  const bindingOf = (carrier: unknown) =>
    typeof carrier === "object" && carrier !== null ? carriers.get(carrier) : undefined;

  const face = (unit: Unit): Session<D> => new UnitSession<D>(unit, shared.timeouts);

  const reporting = <T>(work: () => Promise<T>): Promise<T> => reportFailures(shared.events, work);

  const openFirst = async (cookies: readonly string[], now: number): Promise<Opened | undefined> => {
    if (cookies.length === 0) return undefined;
    const deadline = deadlineOf(shared);
    // Junk is free for whoever can set cookies, and must not crowd out the one that is ours.
    const ours = cookies.filter((cookie) => shared.engine.recognizes(cookie));
    for (const cookie of ours.slice(0, mostCookies)) {
      const snapshot = await deadline.run(() => shared.engine.open(cookie, now));
      const opened = snapshot && accept(shared, snapshot, now);
      if (opened !== undefined) return opened;
    }
    return undefined;
  };

  const sessions: Sessions<D> = {
    options,
    get(carrier) {
      const bound = bindingOf(carrier) ?? bindingOf(within(carrier, original)) ?? bindingOf(within(carrier, "request"));
      if (bound !== undefined) return bound.load();
      return Promise.reject(
        new NotMounted(
          "sessions.get: no adapter of these sessions has seen this object. Mount one before the handler, as in " +
            "app.use(coatcheck(sessions)), and pass what the framework gave the handler: the request or its context.",
        ),
      );
    },

    async open(token) {
      const opened = await reporting(() => openFirst(token === undefined ? [] : [token], shared.clock()));
      return face(new Unit(shared, opened, false));
    },

    async byId(id) {
      const { engine } = shared;
      if (engine.find === undefined) throw noRecords("byId", engine);
      if (!isId(id)) return undefined;
      const now = shared.clock();
      const opened = await reporting(async () => {
        const snapshot = await deadlineOf(shared).run(() => engine.find?.(id, now) ?? Promise.resolve(undefined));
        return snapshot && accept(shared, snapshot, now);
      });
      return opened && face(new Unit(shared, opened, false));
    },

    async revoke(id) {
      const { engine } = shared;
      if (engine.revoke === undefined) throw noRecords("revoke", engine);
      if (!isId(id)) return false;
      const revoked = await reporting(() => deadlineOf(shared).run(async () => engine.revoke?.(id) ?? false));
      if (revoked) shared.events.emit("revoked", { id, count: 1 });
      return revoked;
    },

    async forUser(userId) {
      const users = userIndexOf(shared.engine, "forUser");
      if (!isUserId(userId)) return [];
      return reporting(() => deadlineOf(shared).run(() => users.list(userId, shared.clock())));
    },

    async revokeUser(userId, { except } = {}) {
      const users = userIndexOf(shared.engine, "revokeUser");
      if (!isUserId(userId)) return 0;
      const { ids, count } = await reporting(async () => {
        const deadline = deadlineOf(shared);
        // Asked before they are gone, and only for whom there is somebody to tell.
        const live = watchers.size === 0 ? [] : await deadline.run(() => users.list(userId, shared.clock()));
        return { ids: live.map(({ id }) => id), count: await deadline.run(() => users.revoke(userId, except)) };
      });
      shared.events.emit("revoked", { userId, count });
      for (const watcher of watchers.values()) watcher.revoked(userId, new Set(ids));
      return count;
    },

    token: (session) => UnitSession.unitOf(session)?.snapshot?.cookie,
    on: (event, listener) => shared.events.on(event, listener),
    async [Symbol.asyncDispose]() {
      for (const watcher of watchers.values()) watcher.stop();
      await shared.engine[Symbol.asyncDispose]?.();
    },
  };

  const mount: Mount<D> = {
    bind(objects, load) {
      const binding = { load, over: false };
      for (const object of objects) carriers.set(object, binding);
      return () => {
        binding.over = true;
      };
    },
    isBound: (object) => carriers.get(object)?.over === false,
    join(objects, bound) {
      const binding = carriers.get(bound);
      if (binding !== undefined) for (const object of objects) carriers.set(object, binding);
    },
    openUnit: (cookies, carried) =>
      reporting(async () => {
        const unit = new Unit(shared, await openFirst(cookies, shared.clock()), carried);
        return { unit, session: face(unit) };
      }),
    watcher(interval) {
      const watcher = watchers.get(interval) ?? new Watcher(shared, interval);
      watchers.set(interval, watcher);
      return watcher;
    },
  };
  mounts.set(sessions, mount);
  const { name, store } = shared.engine;
  const behind: Backstage = Object.freeze({ engine: name, store, clock: shared.clock });
  Object.defineProperty(sessions, backstage, { value: behind });
  return Object.freeze(sessions);
}

/**
 * Events are known by their request too: Kit's hooks before ours, and `handleError`, have copies that we never saw. A carrier
 * is anybody's object, and some refuse a property by throwing: Next's request has a `request` of that kind.
 */
function within(carrier: unknown, key: PropertyKey): unknown {
  try {
    return Reflect.get(Object(carrier) as object, key);
  } catch {
    return undefined;
  }
}

function isId(id: unknown): id is string {
  return typeof id === "string" && /^[0-9a-f]{32}$/.test(id);
}

function noRecords(method: string, engine: Engine): NotSupported {
  return new NotSupported(
    `sessions.${method}: the engine "${engine.name}" keeps no records. Engines with a store do, such as db or memory.`,
  );
}

function userIndexOf(engine: Engine, method: string): UserIndex {
  if (engine.users !== undefined) return engine.users;
  throw new NotSupported(
    `sessions.${method}: the engine "${engine.name}" has no user index. Engines that have one: cachedDb, db, memory, redis.`,
  );
}

function contextFrom(options: ResolvedOptions): Context {
  const { codec, limits, secrets, namespace } = options;
  return {
    engine: sealedEngine(options.engine({ secrets, namespace, cookieRoom: cookieRoom(options.cookie) }), codec, limits),
    payloads: payloadFormat(codec, limits),
    values: valuesOf(codec, limits),
    timeouts: {
      idle: options.idleTimeout * 1000,
      absolute: options.absoluteTimeout === undefined ? undefined : options.absoluteTimeout * 1000,
      atBrowserClose: options.expireAtBrowserClose,
    },
    renewal: options.renew,
    deadline: options.deadline * 1000,
    clock: options.clock,
    events: emitter(),
  };
}
