import { InvalidOption, StoreUnavailable } from "../../core/errors.ts";
import type { MysqlPool, MysqlSource } from "./mysql.ts";
import type { PgSource } from "./postgres.ts";

/** In milliseconds: shorter than a request's patience, so that the message can say what was not reached. */
const LONGEST_CONNECT = 1_500;

const kindByProtocol: Readonly<Record<string, "postgres" | "mysql">> = {
  "postgres:": "postgres",
  "postgresql:": "postgres",
  "mysql:": "mysql",
  "mariadb:": "mysql",
};

/** A database server, as a URL names it. */
export interface ServerUrl {
  readonly kind: "postgres" | "mysql";
  readonly href: string;
  /** For messages: without user, password or options. */
  readonly where: string;
}

/**
 * The URL's protocol, if the text is one at all. Of a URL no more than this may appear in a message: the rest holds a
 * password.
 */
export function protocolOf(text: string): string | undefined {
  return /^([a-z][a-z0-9+.-]*:)\/\//i.exec(text)?.[1]?.toLowerCase();
}

/** @throws InvalidOption for what looks like a database URL and cannot be read; undefined for what does not. */
export function serverUrl(text: string): ServerUrl | undefined {
  const protocol = protocolOf(text);
  const kind = protocol === undefined ? undefined : kindByProtocol[protocol];
  if (kind === undefined) return undefined;
  if (!URL.canParse(text)) {
    throw unreadable(protocol);
  }
  const { host, pathname, search, hash, href } = new URL(text);
  // A "/", "?" or "#" in a password ends the host before the password has ended: the rest of it would pass for a path, and
  // be shown. No database is named so.
  if (hash !== "" || `${pathname}${search}`.includes("@")) throw unreadable(protocol);
  const product = kind === "postgres" ? "PostgreSQL" : "MySQL";
  const where = `the ${product} database ${pathname.slice(1) || "(of the user's name)"}${host && ` at ${host}`}`;
  return { kind, href, where };
}

function unreadable(protocol: string | undefined): InvalidOption {
  return new InvalidOption(
    `db(): expected ${protocol}//user:password@host:port/database, got a ${protocol} URL that cannot be read. ` +
      "Characters such as / ? # @ % in a password have to be percent-encoded.",
  );
}

/** A pool of our own, made on first use. What `pool` says comes before what we would have said. */
export function pgServer({ href, where }: ServerUrl, pool: object | undefined): PgSource {
  return {
    where,
    ours: true,
    async open() {
      const { default: pg } = await import("pg").catch(missing("pg"));
      const made = new pg.Pool({
        connectionString: href,
        connectionTimeoutMillis: LONGEST_CONNECT,
        // An idle pool is no reason to keep a process alive.
        allowExitOnIdle: true,
        keepAlive: true,
        fallback_application_name: "coatcheck",
        ...pool,
      });
      return made;
    },
  };
}

/** A pool of our own, made on first use. What `pool` says comes before what we would have said. */
export function mysqlServer({ href, where }: ServerUrl, pool: object | undefined): MysqlSource {
  return {
    where,
    ours: true,
    async open() {
      const { default: mysql2 } = await import("mysql2").catch(missing("mysql2"));
      // The pool's own options are read from here only, not from the URL.
      const { searchParams } = new URL(href);
      const size = searchParams.get("connectionLimit");
      const made = mysql2.createPool({
        uri: href.replace(/^mariadb:/, "mysql:"),
        connectTimeout: LONGEST_CONNECT,
        ...(size !== null && { connectionLimit: Number(size) }),
        ...pool,
      });
      return made as unknown as MysqlPool;
    },
  };
}

/** To be called at the import itself: by a `.catch` there bundlers see that the package may be missing, and go on without. */
function missing(name: string): (cause: unknown) => never {
  return (cause) => {
    throw new StoreUnavailable(`This database needs the package ${name}. Run: npm install ${name}`, { cause });
  };
}
