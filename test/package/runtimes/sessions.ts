import { createSessions, type Sessions, type SessionsOptions } from "coatcheck";
import { cache } from "coatcheck/cache";
import { db } from "coatcheck/db";
import { encrypted } from "coatcheck/encrypted";
import { file } from "coatcheck/file";
import { memcached } from "coatcheck/memcached";
import { memory } from "coatcheck/memory";
import { redis } from "coatcheck/redis";
import { signedCookies } from "coatcheck/signed-cookies";

export interface Data {
  visits: number;
  cart: { sku: string; quantity: number }[];
  theme: "light" | "dark";
  [own: `own${number}`]: number;
}

const secrets = ["a secret of the tests, for no other use"];

/** The settings by name: with the same ones an app runs on every runtime. @param url Of the server, for those that have one. */
export function sessionsOn(engine: string, url: string): Sessions<Data> {
  const settings: Record<string, () => SessionsOptions> = {
    "the default": () => ({}),
    memory: () => ({ engine: memory() }),
    signedCookies: () => ({ engine: signedCookies() }),
    cache: () => ({ engine: cache(new Map()) }),
    file: () => ({ engine: file({ path: "sessions" }) }),
    redis: () => ({ engine: redis(url) }),
    memcached: () => ({ engine: memcached(url) }),
    db: () => ({ engine: db(url, { migrate: true }) }),
    "db with disableEval": () => ({ engine: db(url, { migrate: true, pool: { disableEval: true } }) }),
  };
  const chosen = settings[engine];
  if (chosen === undefined) throw new Error(`Expected one of ${Object.keys(settings).join(", ")}. Found ${engine}.`);
  // Patient: what is measured here is not how busy the machine is.
  return createSessions<Data>({ ...chosen(), codec: encrypted(secrets), secrets, deadline: 20 });
}
