import { InvalidOption } from "../../core/errors.ts";

/** How `memcached()` keeps its records, and how it connects. */
export interface MemcachedOptions {
  /**
   * What every key begins with: 1 to 154 printable ASCII characters without spaces. A key is it and the session's id,
   * and memcached takes no key of more than 250.
   * @default "coatcheck:"
   */
  readonly prefix?: string;
  /**
   * URLs: passed to the client we make, `new MemcacheClient(…)`, over our own settings: `cmdTimeout`, `connectTimeout`
   * (both 1,500 ms), `tls` and so on.
   */
  readonly client?: object;
}

/** Memcached's 250 bytes, less the longest id. */
const LONGEST_PREFIX = 250 - 96;
const NAMES: readonly string[] = ["prefix", "client"] satisfies (keyof MemcachedOptions)[];

/** Takes `unknown`, because settings are often not written in TypeScript. */
export function prefixFrom(options: unknown): string {
  if (options === undefined) return "coatcheck:";
  if (!isObject(options)) throw new InvalidOption(`memcached(): options: expected an object, got ${kindOf(options)}.`);
  for (const name of Object.keys(options)) {
    if (!NAMES.includes(name)) {
      throw new InvalidOption(`memcached(): options: expected ${NAMES.join(", ")}, got "${name}".`);
    }
  }
  const { prefix = "coatcheck:", client }: { prefix?: unknown; client?: unknown } = options;
  if (client !== undefined && !isObject(client)) {
    throw new InvalidOption(
      `memcached(): options.client: expected an object with the options of memcache-client, got ${kindOf(client)}.`,
    );
  }
  // One bad key ends memcached's reading of the commands after it, those of other requests among them.
  if (typeof prefix !== "string" || !/^[\x21-\x7e]+$/.test(prefix) || prefix.length > LONGEST_PREFIX) {
    const found = typeof prefix === "string" && prefix.length <= 80 ? JSON.stringify(prefix) : kindOf(prefix);
    throw new InvalidOption(
      `memcached(): options.prefix: expected 1 to ${LONGEST_PREFIX} printable ASCII characters without spaces, got ${found}.`,
    );
  }
  return prefix;
}

export function kindOf(value: unknown): string {
  if (value === null) return "null";
  if (Array.isArray(value)) return "an array";
  if (typeof value === "string") return `a string of ${value.length} characters`;
  return typeof value === "object" ? "an object" : `a ${typeof value}`;
}

function isObject(value: unknown): value is object {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
