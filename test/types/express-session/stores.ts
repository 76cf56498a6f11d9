// Stores of the registry, typed by their packages or by DefinitelyTyped, are taken as they are.
import { EventEmitter } from "node:events";
import connectPgSimple from "connect-pg-simple";
import { RedisStore } from "connect-redis";
import { createSessions } from "coatcheck";
import { expressStore, type ExpressSessionStore } from "coatcheck/express-store";
import session from "express-session";
import createMemoryStore from "memorystore";
import pg from "pg";
import connectFile from "session-file-store";

declare const client: object;
const pool = new pg.Pool();

createSessions({ engine: expressStore(new session.MemoryStore()) });
createSessions({ engine: expressStore(new RedisStore({ client })) });
createSessions({ engine: expressStore(new (connectPgSimple(session))({ pool }), { prefix: "shop:" }) });
createSessions({ engine: expressStore(new (createMemoryStore(session))({ checkPeriod: 60_000 })) });
createSessions({ engine: expressStore(new (connectFile(session))()) });

// What a function is given fits wherever a package wants express-session, which then need not be imported.
expressStore((expressSession) => new (connectPgSimple(expressSession))({ pool }));
expressStore((expressSession) => new (createMemoryStore(expressSession))({}), { prefix: "shop:" });
// With the option it is that.
expressStore((expressSession) => new expressSession.MemoryStore(), { expressSession: session });
expressStore((expressSession) => Object.assign(new expressSession.Store(), own), {
  expressSession: { Store: EventEmitter },
});

const own: ExpressSessionStore = {
  get: (sid, callback) => callback(null, { cookie: {}, sid }),
  set: (_sid, _session, callback) => callback?.(),
  destroy: (_sid, callback) => callback?.(),
};

// @ts-expect-error a client is no store
expressStore({ get: (key: string) => key, set: (key: string) => key });
// @ts-expect-error a class is no store
expressStore(RedisStore);
// @ts-expect-error what a package exports makes a class
expressStore(connectFile);
// @ts-expect-error an unknown option
expressStore(own, { ttl: 60 });
// @ts-expect-error not what the function wants
expressStore((expressSession: typeof session) => new expressSession.MemoryStore(), { expressSession: 1 });
