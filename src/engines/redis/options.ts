import { InvalidOption } from "../../core/errors.ts";

/** How `redis()` keeps its records. */
export interface RedisOptions {
  /**
   * What every key of ours begins with: 1 to 64 visible ASCII characters. Another store needs another one, of which
   * neither begins with the other: `list` would mix up their sessions.
   * @default "coatcheck:"
   */
  readonly prefix?: string;
  /** URLs: passed to `createClient(…)` of the package `redis`, over our own settings. */
  readonly client?: object;
}

const PREFIX = /^[!-~]{1,64}$/;

const rules: Record<keyof RedisOptions, { expected: string; ok: (value: unknown) => boolean }> = {
  prefix: {
    expected: "1 to 64 visible ASCII characters",
    ok: (value) => typeof value === "string" && PREFIX.test(value),
  },
  client: { expected: "an object with options for createClient of the package redis", ok: isPlainObject },
};

/**
 * Takes `unknown`, because settings are often not written in TypeScript. @throws InvalidOption never showing a value
 * that may be something pasted into the wrong place.
 */
export function checkOptions(options: unknown): RedisOptions {
  if (options === undefined) return {};
  if (!isPlainObject(options)) throw new InvalidOption(`redis(): options: expected an object, got ${kindOf(options)}.`);
  for (const [name, value] of Object.entries(options)) {
    if (!Object.hasOwn(rules, name)) {
      throw new InvalidOption(`redis(): options: expected ${Object.keys(rules).join(", ")}, got "${name}".`);
    }
    const { expected, ok } = rules[name as keyof RedisOptions];
    if (value === undefined || ok(value)) continue;
    const shown = typeof value === "string" && value.length <= 80 ? JSON.stringify(value) : kindOf(value);
    throw new InvalidOption(`redis(): options.${name}: expected ${expected}, got ${shown}.`);
  }
  return options;
}

function isPlainObject(value: unknown): value is object {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

export function kindOf(value: unknown): string {
  if (value === null) return "null";
  if (Array.isArray(value)) return "an array";
  return typeof value === "object" ? "an object" : `a ${typeof value}`;
}
