import { InvalidData } from "./errors.ts";

/**
 * `T` if JSON carries it unchanged, else a type nothing satisfies, named so that the compiler's message explains itself.
 * Interfaces and optional properties are welcome; `Date`, functions, `Map`, `bigint` and class instances are not, unless
 * they are among the `Rich` types of the codec.
 */
export type JsonSafe<T, Rich = never> = T extends JsonValue | undefined
  ? T
  : T extends Rich
    ? RichSafe<T, Rich>
    : T extends bigint | symbol | ((...args: never[]) => unknown)
      ? NotJson
      : T extends readonly (infer Element)[]
        ? undefined extends Element
          ? NotJson
          : { [K in keyof T]: JsonSafe<T[K], Rich> }
        : [keyof T] extends [never]
          ? NotJson
          : { [K in keyof T]: JsonSafe<T[K], Rich> };

/** What a Map or a Set holds has to be carried, too. */
type RichSafe<T, Rich> =
  T extends Map<infer Key, infer Value>
    ? Map<Held<Key, Rich>, Held<Value, Rich>>
    : T extends Set<infer Element>
      ? Set<Held<Element, Rich>>
      : T;

/** Not `undefined`: only a property can be absent. */
type Held<T, Rich> = undefined extends T ? NotJson : JsonSafe<T, Rich>;

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

/** What a codec carries beyond JSON. */
export interface Beyond {
  /** What is inside of a value that JSON cannot carry: nothing in a date; `undefined` if this codec cannot either. */
  contentsOf(value: unknown): readonly unknown[] | undefined;
  /** For the message: all that may be in a session. */
  readonly expected: string;
}

const jsonOnly: Beyond = {
  contentsOf: () => undefined,
  expected: "what JSON carries unchanged: strings, finite numbers, booleans, null, arrays and plain objects",
};

/**
 * Throws unless the codec gives this value back as it is. `JSON.stringify` alone would turn a `Map` into `{}`, a `Date` into
 * text and `NaN` into `null` without a word, and the visitor would find out on the next request.
 *
 * @param subject How the message names the value: `"the value of \"cart\""`. The value itself never appears.
 */
export function assertCarried(subject: string, value: unknown, limits: DataLimits, beyond: Beyond = jsonOnly): void {
  let keys = 0;
  const ancestors: object[] = [];

  const visit = (current: unknown): void => {
    switch (typeof current) {
      case "string":
      case "boolean":
        return;
      case "number":
        if (!Number.isFinite(current)) throw refuse(String(current));
        return;
      case "object":
        break;
      default:
        if (beyond.contentsOf(current) !== undefined) return;
        throw refuse(current === undefined ? "undefined" : `a ${typeof current}`);
    }
    if (current === null) return;
    if (ancestors.length >= limits.depth) throw tooMuch(subject, `nesting deeper than ${limits.depth}`);
    if (ancestors.includes(current)) throw refuse("a reference to itself");
    ancestors.push(current);
    if (Array.isArray(current)) {
      count(current.length);
      // By index, because `forEach` would pass over the holes that JSON turns into null.
      for (let i = 0; i < current.length; i += 1) visit(current[i]);
    } else if (isPlainObject(current)) {
      const names = Object.keys(current);
      count(names.length);
      for (const name of names) {
        // Data of this name is harmless here, and turns into a prototype the day somebody merges it into an object.
        if (name === "__proto__") throw refuse('a key named "__proto__"');
        const inner = current[name];
        // An absent property and an undefined one are the same in JSON and in a type with `?`.
        if (inner !== undefined) visit(inner);
      }
      if (Object.getOwnPropertySymbols(current).length > 0) throw refuse("a symbol key");
    } else {
      const contents = beyond.contentsOf(current);
      if (contents === undefined) throw refuse(`a ${className(current)}`);
      count(contents.length);
      for (const inner of contents) visit(inner);
    }
    ancestors.pop();
  };

  const count = (more: number): void => {
    keys += more;
    if (keys > limits.keys) throw tooMuch(subject, `more than ${limits.keys} keys and elements`);
  };

  const refuse = (found: string): InvalidData =>
    new InvalidData(`Session data: ${subject} contains ${found}. Expected ${beyond.expected}.`);

  visit(value);
}

export function isPlainObject(value: unknown): value is Record<string, unknown> {
  if (typeof value !== "object" || value === null) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}

function className(value: object): string {
  const { constructor } = value as { constructor?: unknown };
  return typeof constructor === "function" && constructor.name !== "" ? constructor.name : "class instance";
}

function tooMuch(subject: string, found: string): InvalidData {
  return new InvalidData(`Session data: ${subject} has ${found}. Keep less in the session, or raise "limits".`);
}
