import { parse, stringify } from "devalue";
import type { Codec } from "../core/codec.ts";
import { assertCarried, type Beyond } from "../core/json.ts";

/** What `devalue()` carries beyond JSON: the second type parameter of `createSessions`. */
export type Rich = Date | Map<unknown, unknown> | Set<unknown> | bigint;

const longestBigint = 4096;

const rich: Beyond = {
  expected:
    "strings, finite numbers, booleans, null, arrays, plain objects, valid Dates, Maps, Sets, " +
    `and bigints of at most ${longestBigint} bits`,
  contentsOf(value) {
    // Turning digits into a bigint and back takes time that grows with their square: a megabyte of them, half a second.
    if (typeof value === "bigint") return BigInt.asIntN(longestBigint, value) === value ? [] : undefined;
    if (typeof value !== "object" || value === null) return undefined;
    // By prototype, not `instanceof`: an instance of a subclass would come back as one of its parent.
    switch (Object.getPrototypeOf(value)) {
      case Date.prototype:
        return Number.isNaN((value as Date).getTime()) ? undefined : [];
      case Map.prototype:
        return [...(value as Map<unknown, unknown>)].flat();
      case Set.prototype:
        return [...(value as Set<unknown>)];
      default:
        return undefined;
    }
  },
};

/**
 * Data may also hold `Date`, `Map`, `Set` and `bigint`, at any depth; what else JSON cannot carry is refused as before.
 * Needs the package `devalue`, 5.9.4 or newer. Its text differs from JSON: see docs/codecs.md before changing over.
 *
 * @example createSessions<{ seen: Date }, Rich>({ codec: devalue() })
 */
export function devalue(): Codec<Rich> {
  return {
    name: "devalue",
    stringify(value, subject, limits) {
      assertCarried(subject, value, limits, rich);
      return stringify(value, undefined, { operations: asTree });
    },
    parse(text, limits) {
      const value: unknown = parse(text, { BigInt: toBigint });
      assertCarried("the stored data", value, limits, rich);
      return value;
    },
  };
}

/**
 * Values are written as JSON would, as a tree. An object that is there twice is written twice: kept as one, a change
 * under one key would appear under another, in this process only. An undefined property is an absent one.
 */
const asTree = {
  identify: (value: unknown): unknown => (typeof value === "object" && value !== null ? {} : value),
  shapeOf: (value: Record<string, unknown>) => ({
    kind: "plain" as const,
    keys: Object.keys(value).filter((key) => value[key] !== undefined),
  }),
};

/** A decimal digit is more than three bits. */
function toBigint(digits: unknown): bigint {
  if (typeof digits !== "string" || digits.length > longestBigint / 3) throw new RangeError("Not a bigint of ours.");
  return BigInt(digits);
}
