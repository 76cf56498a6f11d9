import { InvalidOption } from "../../core/errors.ts";

/** How `cache()` keeps its records. */
export interface CacheOptions {
  /**
   * What every key begins with: 1 to 100 of `A-Z a-z 0-9 _ : -`, which no cache takes for something else.
   * @default "coatcheck:"
   */
  readonly prefix?: string;
  /**
   * Without a target: how many sessions are kept; beyond it the least recently used one goes, which signs that visitor
   * out.
   * @default 100_000
   */
  readonly max?: number;
}

const NAMES: readonly string[] = ["prefix", "max"] satisfies (keyof CacheOptions)[];

/** Takes `unknown`, because settings are often not written in TypeScript. */
export function checkOptions(options: unknown, target: unknown): CacheOptions {
  if (options === undefined) return {};
  if (typeof options !== "object" || options === null || Array.isArray(options)) {
    throw new InvalidOption(`cache(): options: expected an object, got ${kindOf(options)}.`);
  }
  for (const name of Object.keys(options)) {
    if (!NAMES.includes(name)) {
      throw new InvalidOption(`cache(): options: expected ${NAMES.join(", ")}, got "${name}".`);
    }
  }
  const { prefix, max } = options as { prefix?: unknown; max?: unknown };
  if (prefix !== undefined && (typeof prefix !== "string" || !/^[\w:-]{1,100}$/.test(prefix))) {
    const found = typeof prefix === "string" && prefix.length <= 80 ? JSON.stringify(prefix) : kindOf(prefix);
    throw new InvalidOption(`cache(): options.prefix: expected 1 to 100 of A-Z a-z 0-9 _ : -, got ${found}.`);
  }
  if (max !== undefined && !(Number.isSafeInteger(max) && Number(max) >= 1)) {
    const found = typeof max === "number" ? String(max) : kindOf(max);
    throw new InvalidOption(`cache(): options.max: expected a positive whole number of sessions, got ${found}.`);
  }
  if (max !== undefined && target !== undefined) {
    throw new InvalidOption("cache(): options.max means nothing to a cache that is there: bound that one itself.");
  }
  return options;
}

export function kindOf(value: unknown): string {
  if (value === null) return "null";
  if (Array.isArray(value)) return "an array";
  return typeof value === "object" ? "an object" : `a ${typeof value}`;
}
