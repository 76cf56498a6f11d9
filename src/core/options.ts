import { type Codec, json } from "./codec.ts";
import type { EngineFactory } from "./engine.ts";
import { InvalidOption } from "./errors.ts";
import { longestSeconds, type Renewal } from "./expiry.ts";
import type { DataLimits } from "./json.ts";
import { storeEngine } from "./store-engine.ts";
import type { Instant, SessionStore } from "./store.ts";

/** The cookie that carries the token. */
export interface CookieOptions {
  /**
   * Neutral on purpose; the prefix makes browsers refuse a cookie that another host or plain http has set.
   * @default "__Host-session", or "session" where `secure` is not true, or a domain or another path is set
   */
  name?: string;
  /** Sends the cookie to subdomains too, which widens who can read and set it. @default none: this host only */
  domain?: string;
  /** @default "/" */
  path?: string;
  /**
   * Only over https (browsers count http://localhost as such). `"auto"` follows each connection, for one server that is
   * reached both ways; behind a proxy that needs the framework's own proxy setting.
   * @default true
   */
  secure?: boolean | "auto";
  /** Hidden from scripts in the page. @default true */
  httpOnly?: boolean;
  /** `"none"` sends it with requests from other sites, and leaves CSRF to you. @default "lax" */
  sameSite?: "lax" | "strict" | "none";
  /** A separate cookie per embedding site (CHIPS). Needs `secure`. @default false */
  partitioned?: boolean;
}

export interface SessionsOptions {
  /** Where sessions live: any store, such as `db()`, `memory()` or your own. @default db(): SQLite in `.coatcheck/sessions.sqlite` */
  engine?: SessionStore | EngineFactory;
  /** Longest silence, in seconds. @default 1_209_600 (two weeks) */
  idleTimeout?: number;
  /** Longest life since sign-in (without one: since creation) whatever the activity, in seconds. @default none */
  absoluteTimeout?: number;
  /** The cookie ends with the browser, unless a session's `setExpiry` says otherwise. @default false */
  expireAtBrowserClose?: boolean;
  /**
   * When use of a session moves its end: `"throttled"` after a tenth of the idle timeout, at most an hour; `"always"` with
   * each request that used it; `"on-write"` only when data is written.
   * @default "throttled"
   */
  renew?: Renewal;
  /** The cookie's attributes. */
  cookie?: CookieOptions;
  /** How data becomes text. @default JSON */
  codec?: Codec;
  /**
   * Signs tokens, so that forged ones never reach the store. Newest first; the older ones go on verifying. Each at least
   * 32 characters. Adding the first one ends the sessions that were begun without.
   * @default none
   */
  secrets?: readonly string[];
  /** Keeps apart the sessions of apps that share one store: 1 to 32 of `A-Z a-z 0-9 _`. @default none */
  namespace?: string;
  /** How long a request waits for the store before `StoreUnavailable`, in seconds. @default 2 */
  deadline?: number;
  /** Most that one session may hold. @default { payloadLength: 1_048_576, depth: 64, keys: 100_000 } */
  limits?: Partial<DataLimits>;
  /** Also `await request.session`, where the framework has a place for it. @default true */
  property?: boolean;
  /** The current time in ms since the epoch; for tests. @default Date.now */
  clock?: () => Instant;
}

export interface ResolvedCookie {
  readonly name: string;
  readonly domain: string | undefined;
  readonly path: string;
  readonly secure: boolean | "auto";
  readonly httpOnly: boolean;
  readonly sameSite: "lax" | "strict" | "none";
  readonly partitioned: boolean;
}

export interface ResolvedOptions {
  readonly engine: EngineFactory;
  /** Seconds. */
  readonly idleTimeout: number;
  readonly absoluteTimeout: number | undefined;
  readonly expireAtBrowserClose: boolean;
  readonly renew: Renewal;
  readonly cookie: ResolvedCookie;
  readonly codec: Codec;
  readonly secrets: readonly string[];
  readonly namespace: string | undefined;
  readonly deadline: number;
  readonly limits: DataLimits;
  readonly property: boolean;
  readonly clock: () => Instant;
}

export type Rule = readonly [accepts: (value: unknown) => boolean, expected: string];

const isSeconds = (value: unknown): boolean => typeof value === "number" && value > 0 && value <= longestSeconds;
const isCount = (value: unknown): boolean => Number.isSafeInteger(value) && (value as number) > 0;
const isText = (pattern: RegExp) => (value: unknown) => typeof value === "string" && pattern.test(value);
const isOneOf =
  (...choices: unknown[]) =>
  (value: unknown) =>
    choices.includes(value);
const isObjectWith =
  (...methods: string[]) =>
  (value: unknown) =>
    typeof value === "object" &&
    value !== null &&
    methods.every((name) => typeof Reflect.get(value, name) === "function");
const isCodec = (value: unknown): boolean => {
  if (!isObjectWith("stringify", "parse")(value)) return false;
  const { name, sealing } = value as Partial<Codec>;
  return typeof name === "string" && (sealing === undefined || isObjectWith("seal", "unseal")(sealing));
};
const isPlain = (value: unknown): boolean => typeof value === "object" && value !== null && !Array.isArray(value);

export const codecRule: Rule = [isCodec, "a codec: an object with name, stringify and parse"];
const seconds: Rule = [isSeconds, "a positive number of seconds, at most 10_000_000_000"];
export const bool: Rule = [isOneOf(true, false), "true or false"];
const count: Rule = [isCount, "a positive whole number"];
const secretList = (value: unknown): boolean =>
  Array.isArray(value) &&
  value.length > 0 &&
  value.every((secret) => typeof secret === "string" && secret.length >= 32);

export const secretsRule: Rule = [secretList, "a list of strings of at least 32 characters each, newest first"];

const rules: Record<keyof SessionsOptions, Rule> = {
  engine: [
    (value) => typeof value === "function" || isObjectWith("read", "create", "update", "touch", "delete")(value),
    "a store such as db() or memory(), called",
  ],
  idleTimeout: seconds,
  absoluteTimeout: seconds,
  expireAtBrowserClose: bool,
  renew: [isOneOf("throttled", "always", "on-write"), '"throttled", "always" or "on-write"'],
  cookie: [isPlain, "an object of cookie options"],
  codec: codecRule,
  secrets: secretsRule,
  namespace: [isText(/^[A-Za-z0-9_]{1,32}$/), "1 to 32 of A-Z a-z 0-9 _"],
  // Above the limit of setTimeout a deadline would be over at once.
  deadline: [(value) => isSeconds(value) && (value as number) <= 3600, "a positive number of seconds, at most 3600"],
  limits: [isPlain, "an object of limits"],
  property: bool,
  clock: [(value) => typeof value === "function", "a function that returns milliseconds since the epoch"],
};

const cookieRules: Record<keyof CookieOptions, Rule> = {
  name: [isText(/^[!#$%&'*+\-.^_`|~0-9A-Za-z]{1,128}$/), "a cookie name: letters, digits and !#$%&'*+-.^_`|~"],
  domain: [
    isText(/^\.?[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?(\.[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?)*$/),
    "a domain name",
  ],
  path: [
    isText(/^\/[\x21-\x3a\x3d-\x7e]*$/),
    'a path that starts with "/", without spaces, control characters, ; or <',
  ],
  secure: [isOneOf(true, false, "auto"), 'true, false or "auto"'],
  httpOnly: bool,
  sameSite: [isOneOf("lax", "strict", "none"), '"lax", "strict" or "none"'],
  partitioned: bool,
};

const limitRules: Record<keyof DataLimits, Rule> = { payloadLength: count, depth: count, keys: count };

/** Resolves once, freezes, and refuses at start what could only fail later. @throws InvalidOption */
export function resolveOptions(options: SessionsOptions, defaultEngine: () => SessionStore): ResolvedOptions {
  check("createSessions", options, rules);
  const { engine = defaultEngine(), limits = {} } = options;
  check("createSessions: limits", limits, limitRules);
  const { payloadLength = 1_048_576, depth = 64, keys = 100_000 } = limits;
  const resolved: Omit<ResolvedOptions, "secrets"> = {
    engine: typeof engine === "function" ? engine : storeEngine(engine),
    idleTimeout: options.idleTimeout ?? 1_209_600,
    absoluteTimeout: options.absoluteTimeout,
    expireAtBrowserClose: options.expireAtBrowserClose ?? false,
    renew: options.renew ?? "throttled",
    cookie: resolveCookie(options.cookie ?? {}),
    codec: options.codec ?? json,
    namespace: options.namespace,
    deadline: options.deadline ?? 2,
    limits: Object.freeze({ payloadLength, depth, keys }),
    property: options.property ?? true,
    clock: options.clock ?? Date.now,
  };
  // Not enumerable: whoever logs the sessions, or the options, must not log the secrets.
  const secrets = Object.freeze([...(options.secrets ?? [])]);
  return Object.freeze(Object.defineProperty(resolved, "secrets", { value: secrets }) as ResolvedOptions);
}

function resolveCookie(options: CookieOptions): ResolvedCookie {
  const where = "createSessions: cookie";
  check(where, options, cookieRules);
  const { domain, path = "/", secure = true, sameSite = "lax", partitioned = false, httpOnly = true } = options;
  const hostOnly = secure === true && domain === undefined && path === "/";
  const name = options.name ?? (hostOnly ? "__Host-session" : "session");
  // Browsers match prefixes whatever their case, so we must too.
  const prefixed = (prefix: string): boolean => name.toLowerCase().startsWith(prefix);

  if (prefixed("__host-") && !hostOnly) {
    throw new InvalidOption(
      `${where}.name: "${name}" begins with __Host-, which browsers accept only with secure: true, path: "/" and no ` +
        `domain. Change those, or choose another name.`,
    );
  }
  if (prefixed("__secure-") && secure !== true) {
    throw new InvalidOption(
      `${where}.name: "${name}" begins with __Secure-, which browsers accept only with secure: true.`,
    );
  }
  if (sameSite === "none" && secure !== true) {
    throw new InvalidOption(`${where}.sameSite: "none" is dropped by browsers without secure: true.`);
  }
  if (partitioned && secure !== true) {
    throw new InvalidOption(`${where}.partitioned: browsers drop partitioned cookies without secure: true.`);
  }
  return Object.freeze({ name, domain, path, secure, httpOnly, sameSite, partitioned });
}

/** @throws InvalidOption for a name that is not in the table, and a value its rule does not accept. */
export function check(where: string, given: unknown, table: Record<string, Rule>): void {
  if (!isPlain(given)) throw new InvalidOption(`${where}: expected an object of options, got ${describe(given)}.`);
  for (const [name, value] of Object.entries(given as object)) {
    const rule = Object.hasOwn(table, name) ? table[name] : undefined;
    if (rule === undefined) {
      throw new InvalidOption(`${where}: there is no option "${name}". There are: ${Object.keys(table).join(", ")}.`);
    }
    // An option that is undefined was left out, as in `{ namespace: process.env.NAMESPACE }`.
    if (value === undefined) continue;
    const [accepts, expected] = rule;
    if (!accepts(value)) {
      const found = name === "secrets" ? "something else" : describe(value);
      throw new InvalidOption(`${where}.${name}: expected ${expected}; got ${found}.`);
    }
  }
}

function describe(value: unknown): string {
  if (typeof value === "string") return JSON.stringify(value);
  if (typeof value === "function") return "a function";
  if (Array.isArray(value)) return "an array";
  return typeof value === "object" && value !== null ? "an object" : String(value);
}
