import { InvalidData } from "./errors.ts";

/**
 * `T` if JSON carries it unchanged, else a type nothing satisfies, named so that the compiler's message explains itself.
 * Interfaces and optional properties are welcome; `Date`, functions, `Map`, `bigint` and class instances are not.
 */
export type JsonSafe<T> = T extends JsonValue | undefined
  ? T
  : T extends bigint | symbol | ((...args: never[]) => unknown)
    ? NotJson
    : T extends readonly (infer Element)[]
      ? undefined extends Element
        ? NotJson
        : { [K in keyof T]: JsonSafe<T[K]> }
      : [keyof T] extends [never]
        ? NotJson
        : { [K in keyof T]: JsonSafe<T[K]> };

/** Anything JSON carries. Interfaces are no part of it (they have no index signature), hence `JsonSafe`. */
export type JsonValue = string | number | boolean | null | JsonValue[] | { [key: string]: JsonValue };

declare const notJson: unique symbol;
/** JSON cannot carry this type. Store something it can: a string, a number, a plain object. */
export interface NotJson {
  readonly [notJson]: "JSON cannot carry this type";
}

export interface DataLimits {
  /** Longest payload, in UTF-16 code units of the encoded text. @default 1_048_576 */
  readonly payloadLength: number;
  /** Deepest nesting of objects and arrays. @default 64 */
  readonly depth: number;
  /** Most keys and array elements, all levels counted together. @default 100_000 */
  readonly keys: number;
}

/**
 * Throws unless JSON gives this value back as it is. `JSON.stringify` alone would turn a `Map` into `{}`, a `Date` into
 * text and `NaN` into `null` without a word, and the visitor would find out on the next request.
 *
 * @param subject How the message names the value: `"the value of \"cart\""`. The value itself never appears.
 */
export function assertJson(subject: string, value: unknown, limits: DataLimits): void {
  let keys = 0;
  const ancestors: object[] = [];

  const visit = (current: unknown): void => {
    switch (typeof current) {
      case "string":
      case "boolean":
        return;
      case "number":
        if (!Number.isFinite(current)) throw refuse(subject, String(current));
        return;
      case "object":
        break;
      default:
        throw refuse(subject, current === undefined ? "undefined" : `a ${typeof current}`);
    }
    if (current === null) return;
    if (ancestors.length >= limits.depth) throw tooMuch(subject, `nesting deeper than ${limits.depth}`);
    if (ancestors.includes(current)) throw refuse(subject, "a reference to itself");
    ancestors.push(current);
    if (Array.isArray(current)) {
      count(current.length);
      // By index, because `forEach` would pass over the holes that JSON turns into null.
      for (let i = 0; i < current.length; i += 1) visit(current[i]);
    } else {
      const prototype: unknown = Object.getPrototypeOf(current);
      if (prototype !== Object.prototype && prototype !== null) throw refuse(subject, `a ${className(current)}`);
      const names = Object.keys(current);
      count(names.length);
      for (const name of names) {
        // Data of this name is harmless here, and turns into a prototype the day somebody merges it into an object.
        if (name === "__proto__") throw refuse(subject, 'a key named "__proto__"');
        const inner = (current as Record<string, unknown>)[name];
        // An absent property and an undefined one are the same in JSON and in a type with `?`.
        if (inner !== undefined) visit(inner);
      }
      if (Object.getOwnPropertySymbols(current).length > 0) throw refuse(subject, "a symbol key");
    }
    ancestors.pop();
  };

  const count = (more: number): void => {
    keys += more;
    if (keys > limits.keys) throw tooMuch(subject, `more than ${limits.keys} keys and elements`);
  };

  visit(value);
}

function className(value: object): string {
  const { constructor } = value as { constructor?: unknown };
  return typeof constructor === "function" && constructor.name !== "" ? constructor.name : "class instance";
}

function refuse(subject: string, found: string): InvalidData {
  return new InvalidData(
    `Session data: ${subject} contains ${found}. Expected what JSON carries unchanged: strings, finite numbers, ` +
      `booleans, null, arrays and plain objects.`,
  );
}

function tooMuch(subject: string, found: string): InvalidData {
  return new InvalidData(`Session data: ${subject} has ${found}. Keep less in the session, or raise "limits".`);
}
