import { InvalidOption } from "../../core/errors.ts";
import { comparing } from "./comparing.ts";
import type { AtomicCache, Cache } from "./contract.ts";
import { guarded, guardedAtomic } from "./guarded.ts";
import { inTurns } from "./in-turns.ts";
import type { Keeper } from "./keeper.ts";
import { keyvCache, type KeyvLike } from "./keyv.ts";
import { lru } from "./lru.ts";
import { kindOf } from "./options.ts";
import { unstorageCache, type UnstorageLike } from "./unstorage.ts";

/** Where `cache()` keeps its records: a Keyv, a Storage of unstorage, or an object of yours. */
export type CacheTarget = Cache | KeyvLike | UnstorageLike;

const EXPECTED =
  "nothing (a bounded cache of this process), a Keyv (5 or newer), a Storage of unstorage, or an object with get, set and delete";

/** Sees what was asked for, touches nothing. Takes `unknown`, because settings are often not written in TypeScript. */
export function keeperFor(target: unknown, max = 100_000): Keeper {
  if (target === undefined) return comparing(lru(max));
  if (typeof target !== "object" || target === null) throw wrong(kindOf(target));
  if (has(target, "gets")) {
    throw wrong("a client of memcached. Take the engine memcached(), which compares and sets");
  }
  // Before an object of one's own, whose methods it has too, but with milliseconds.
  if (has(target, "get", "set", "delete", "getMany", "on", "off")) {
    return inTurns(guarded(keyvCache(target as KeyvLike)), target);
  }
  // It has the methods of an object of one's own, but takes the seconds for milliseconds: everybody out in twenty minutes.
  if (has(target, "get", "set", "delete", "_getKeyPrefix")) throw wrong("a Keyv older than that");
  if (has(target, "getItem", "setItem", "removeItem", "getKeys")) {
    return inTurns(guarded(unstorageCache(target as UnstorageLike)), target);
  }
  if (!has(target, "get", "set", "delete")) throw wrong(describe(target));
  const atomic = ["add", "compareAndSet"].filter((method) => has(target, method));
  if (atomic.length === 1) {
    throw new InvalidOption(
      `cache(): expected both add and compareAndSet of a cache, or neither; got ${atomic.join()} alone.`,
    );
  }
  if (atomic.length === 2) return comparing(guardedAtomic(target as AtomicCache));
  return inTurns(guarded(target as Cache), target);
}

function has(target: object, ...methods: string[]): boolean {
  return methods.every((method) => typeof Reflect.get(target, method) === "function");
}

function wrong(found: string): InvalidOption {
  return new InvalidOption(`cache() takes ${EXPECTED}; it was given ${found}.`);
}

function describe(target: object): string {
  const name: unknown = target.constructor?.name;
  if (typeof name === "string" && name !== "Object") return `an instance of ${name}`;
  return `an object with the keys ${Object.keys(target).join(", ") || "(none)"}`;
}
