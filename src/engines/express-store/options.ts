import { InvalidOption } from "../../core/errors.ts";

/** How `expressStore()` uses a store. */
export interface ExpressStoreOptions<ExpressSession = unknown> {
  /**
   * What a function that makes the store is called with: the module `express-session`, or any object with a `Store` to
   * derive from. The default one derives from Node's `EventEmitter`, which is all that these packages ask of it, so
   * that `express-session` need not be installed for them.
   * @default { Store: EventEmitter }
   */
  readonly expressSession?: ExpressSession;
  /**
   * What the id of every session begins with in the store: up to 64 of `A-Z a-z 0-9 _ : -`. Some stores make it a file's
   * name; connect-session-sequelize has room for 36 characters, of which our ids take 32.
   * @default "cc_"
   */
  readonly prefix?: string;
}

const NAMES: readonly string[] = ["expressSession", "prefix"] satisfies (keyof ExpressStoreOptions)[];

/** Takes `unknown`, because settings are often not written in TypeScript. */
export function checkOptions(options: unknown): ExpressStoreOptions {
  if (options === undefined) return {};
  if (typeof options !== "object" || options === null || Array.isArray(options)) {
    throw new InvalidOption(`expressStore(): options: expected an object, got ${kindOf(options)}.`);
  }
  for (const name of Object.keys(options)) {
    if (!NAMES.includes(name)) {
      throw new InvalidOption(`expressStore(): options: expected ${NAMES.join(", ")}, got "${name}".`);
    }
  }
  const { expressSession, prefix } = options as { expressSession?: unknown; prefix?: unknown };
  if (expressSession !== undefined && typeof Object(expressSession).Store !== "function") {
    throw new InvalidOption(
      "expressStore(): options.expressSession: expected the module express-session, or an object with a Store, " +
        `got ${kindOf(expressSession)}${Object(expressSession) === expressSession ? " without one" : ""}.`,
    );
  }
  if (prefix !== undefined && (typeof prefix !== "string" || !/^[\w:-]{0,64}$/.test(prefix))) {
    const found = typeof prefix === "string" && prefix.length <= 80 ? JSON.stringify(prefix) : kindOf(prefix);
    throw new InvalidOption(`expressStore(): options.prefix: expected up to 64 of A-Z a-z 0-9 _ : -, got ${found}.`);
  }
  return options;
}

export function kindOf(value: unknown): string {
  if (value === null || value === undefined) return String(value);
  if (Array.isArray(value)) return "an array";
  return typeof value === "object" ? "an object" : `a ${typeof value}`;
}
