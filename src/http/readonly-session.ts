import { ReadOnly } from "../core/errors.ts";
import type { KeyOf, Session } from "../core/session.ts";

/** Values that are there to be read; what they hold too. */
export type DeepReadonly<T> = T extends readonly (infer Item)[]
  ? readonly DeepReadonly<Item>[]
  : T extends ReadonlyMap<infer Key, infer Value>
    ? ReadonlyMap<DeepReadonly<Key>, DeepReadonly<Value>>
    : T extends ReadonlySet<infer Item>
      ? ReadonlySet<DeepReadonly<Item>>
      : T extends Date | ((...args: never[]) => unknown)
        ? T
        : T extends object
          ? { readonly [K in keyof T]: DeepReadonly<T[K]> }
          : T;

/**
 * A session where no cookie can be set: what a `Session` has for reading, and nothing else. A `Session` is one too, so a
 * function that only reads takes this type. A write past the types throws `ReadOnly`; to an object inside the data, which is
 * frozen, a `TypeError`.
 */
export interface ReadonlySession<D> extends Iterable<[KeyOf<D>, DeepReadonly<D[KeyOf<D>]>]> {
  readonly id: string | undefined;
  readonly isNew: boolean;
  readonly userId: string | undefined;
  readonly data: DeepReadonly<Partial<D>>;
  get<K extends KeyOf<D>>(key: K): DeepReadonly<D[K]> | undefined;
  get<K extends KeyOf<D>>(key: K, fallback: DeepReadonly<D[K]>): DeepReadonly<D[K]>;
  has(key: KeyOf<D>): boolean;
  keys(): IterableIterator<KeyOf<D>>;
  values(): IterableIterator<DeepReadonly<D[KeyOf<D>]>>;
  entries(): IterableIterator<[KeyOf<D>, DeepReadonly<D[KeyOf<D>]>]>;
  readonly size: number;
  isEmpty(): boolean;
  getExpiryAge(): number;
  getExpiryDate(): Date;
  expiresAtBrowserClose(): boolean;
  testCookieWorked(): boolean;
}

/** The methods that read. By them and not by those that write: what a session learns to do later is refused until listed. */
const reads: ReadonlySet<string | symbol> = new Set([
  "get",
  "has",
  "keys",
  "values",
  "entries",
  Symbol.iterator,
  "isEmpty",
  "getExpiryAge",
  "getExpiryDate",
  "expiresAtBrowserClose",
  "testCookieWorked",
  "toJSON",
]);

/** The session for reading only. Freezes its data, so it must be one that nobody else holds. */
export function readonlySession<D>(session: Session<D>): ReadonlySession<D> {
  const data = new Proxy(deepFreeze(session.data), refusing("session.data"));
  return new Proxy(session, {
    ...refusing("session"),
    get(target, name) {
      if (name === "data") return data;
      const value: unknown = Reflect.get(target, name, target);
      if (typeof value !== "function") return value;
      return reads.has(name) || name in Object.prototype ? value.bind(target) : () => refuse(`session.${String(name)}`);
    },
  }) as ReadonlySession<D>;
}

function refusing(what: string): ProxyHandler<object> {
  const trap = (_target: object, name: string | symbol): never => refuse(`${what}.${String(name)}`);
  return { set: trap, deleteProperty: trap, defineProperty: trap };
}

/** @throws ReadOnly */
function refuse(what: string): never {
  throw new ReadOnly(
    `${what}: expected a place where cookies can be set; found a server component, which can only read the session. ` +
      "Change it in a server action (`action`), a route handler (`route`) or the proxy.",
  );
}

/** An action that Next runs where it sets no cookie: nothing tells which of these it is. @throws ReadOnly */
export function refuseAction(): never {
  throw new ReadOnly(
    "action: expected a place where cookies can be set; found a server component, `after()`, or a route handler with " +
      '`dynamic = "force-static"`. Call it from a form, from client code, or in a route handler without that line.',
  );
}

/** What is answered ahead is answered to all: a session begun there would be everybody's. @throws ReadOnly */
export function refuseStatic(): never {
  throw new ReadOnly(
    'route: expected a handler that runs for each request; found `dynamic = "force-static"`, by which one answer is ' +
      "given to every visitor, its cookie too. Take that line out, or do not wrap the handler in `route`.",
  );
}

function deepFreeze<T>(value: T): T {
  // What is frozen is not entered again: rich codecs carry cycles. And the contents of a typed array cannot be frozen.
  if (typeof value !== "object" || value === null || Object.isFrozen(value) || ArrayBuffer.isView(value)) return value;
  Object.freeze(value);
  for (const key of Reflect.ownKeys(value)) deepFreeze(Reflect.get(value, key));
  return value;
}
