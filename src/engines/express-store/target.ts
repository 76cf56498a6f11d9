import { EventEmitter } from "node:events";
import { InvalidOption } from "../../core/errors.ts";
import type { ExpressSessionStore } from "./contract.ts";
import { kindOf } from "./options.ts";

/**
 * What express-session's own `Store` is, but for methods that only its middleware calls. It can be derived from by `class`
 * and, as older packages do, by `Store.call(this)`.
 */
const standIn = { Store: EventEmitter };

/** Sees what was passed in, or makes it. Takes `unknown`, because settings are often not written in TypeScript. */
export function storeFrom(target: unknown, expressSession: unknown = standIn): ExpressSessionStore {
  if (typeof target !== "function") return checked(target);
  if (isStore(target.prototype)) throw wrong(`the class ${target.name}. Pass an instance: new ${target.name}({ … })`);
  const make = target as (expressSession: unknown) => unknown;
  const made = make(expressSession);
  if (typeof made === "function") {
    throw wrong(
      "a function that gives a class, as the package does. Pass one that gives an instance: " +
        "(expressSession) => new (connect(expressSession))({ … })",
    );
  }
  return checked(made);
}

function checked(store: unknown): ExpressSessionStore {
  if (!isStore(store)) throw wrong(describe(store));
  heedErrors(store);
  return store;
}

function isStore(value: unknown): value is ExpressSessionStore {
  const has = (method: string): boolean => typeof Object(value)[method] === "function";
  return has("get") && has("set") && has("destroy");
}

/**
 * Stores tell of lost connections by an event, and one that nobody listens for ends the process, or throws in the midst
 * of a call. Whether a call of ours succeeded, it says itself. Where the application listens, it is left to it.
 */
function heedErrors(store: ExpressSessionStore & Partial<Pick<EventEmitter, "on" | "listenerCount">>): void {
  if (store.listenerCount?.("error") === 0) store.on?.("error", () => {});
}

function wrong(found: string): InvalidOption {
  return new InvalidOption(
    "expressStore() takes a store written for express-session, with get, set and destroy, or a function that makes one; " +
      `it was given ${found}.`,
  );
}

function describe(value: unknown): string {
  if (typeof value !== "object" || value === null) return kindOf(value);
  if (value instanceof Promise) return "a promise: await it first";
  const name: unknown = value.constructor?.name;
  if (typeof name === "string" && name !== "Object") return `an instance of ${name}`;
  return `an object with the keys ${Object.keys(value).join(", ") || "(none)"}`;
}
