import { createSessions, type EngineFactory, type SessionStore } from "coatcheck";
import { cache } from "coatcheck/cache";
import { cachedDb } from "coatcheck/cached-db";
import { db } from "coatcheck/db";
import { file } from "coatcheck/file";
import { memcached } from "coatcheck/memcached";
import { memory } from "coatcheck/memory";
import { redis } from "coatcheck/redis";
import { signedCookies } from "coatcheck/signed-cookies";

export type Theme = "light" | "dark";

/** All that this shop keeps of a visitor. */
export interface Data {
  visits: number;
  theme: Theme;
  /** How many of which product. */
  cart: Record<string, number>;
  /** What twenty requests at once counted together; beside it, each leaves a key of its own. */
  rushCount: number;
  [ticket: `request-${number}`]: true;
}

/**
 * The engines to choose from, by COATCHECK_ENGINE: a name, or the URL of a server. The rest of the shop does not know
 * which one it has. A real application runs `npx coatcheck migrate` when it is deployed; a demo makes its own table.
 */
const engines: Record<string, (choice: string) => SessionStore | EngineFactory> = {
  db: () => db(),
  memory: () => memory(),
  file: () => file({ path: ".coatcheck/files" }),
  cache: () => cache(),
  cachedDb: () => cachedDb({ cache: memory(), db: db() }),
  signedCookies: () => signedCookies(),
  postgres: (url) => db(url, { migrate: true }),
  postgresql: (url) => db(url, { migrate: true }),
  mysql: (url) => db(url, { migrate: true }),
  mariadb: (url) => db(url, { migrate: true }),
  redis: (url) => redis(serverOf(url)),
  rediss: (url) => redis(url),
  memcached: (url) => memcached(serverOf(url)),
};

/** `COATCHECK_ENGINE=redis` is the server on this machine. */
function serverOf(choice: string): string | undefined {
  return choice.includes("://") ? choice : undefined;
}

const engine = chosenEngine(process.env["COATCHECK_ENGINE"] || "db");

/** An app rarely needs its store. This one shows what is in it. */
export const store: SessionStore | undefined = typeof engine === "function" ? undefined : engine;

export const sessions = createSessions<Data>({
  engine,
  // Whoever reads this can make such cookies. `npx coatcheck secret` makes a secret of your own.
  ...(store === undefined && { secrets: ["a secret that is no secret, for a demo only"] }),
});

function chosenEngine(choice: string): SessionStore | EngineFactory {
  const [name = ""] = choice.split(":", 1);
  const make = Object.hasOwn(engines, name) ? engines[name] : undefined;
  if (make !== undefined) return make(choice);
  // Not the choice itself: a URL may hold a password.
  throw new Error(`COATCHECK_ENGINE: expected one of ${Object.keys(engines).join(", ")}; got "${name}".`);
}
