import type { Codec } from "./codec.ts";
import { InvalidData } from "./errors.ts";
import type { DataLimits } from "./json.ts";

/**
 * What one request did to the data, in order. Values are kept as text: a snapshot that later changes to the live object
 * cannot reach, and that every replay turns into fresh objects.
 */
export type Operation =
  | { readonly kind: "set"; readonly key: string; readonly text: string }
  | { readonly kind: "setDefault"; readonly key: string; readonly text: string }
  | { readonly kind: "delete"; readonly key: string }
  | { readonly kind: "update"; readonly key: string; readonly fn: (current: unknown) => unknown }
  | { readonly kind: "clear" };

/** Key and value, or nothing under that key. */
export type Data = Record<string, unknown>;

/** Text of one value and back, with this session's codec and limits. */
export interface Values {
  stringify(key: string, value: unknown): string;
  parse(text: string): unknown;
}

export function valuesOf(codec: Codec, limits: DataLimits): Values {
  return {
    stringify: (key, value) => codec.stringify(value, `the value of ${JSON.stringify(key)}`, limits),
    parse: (text) => codec.parse(text, limits),
  };
}

/** A null prototype, so that a key such as `constructor` is absent until somebody sets it. */
export function emptyData(): Data {
  return Object.create(null) as Data;
}

/** Does the operations again on data that somebody else has changed meanwhile. `data` is changed in place. */
export function replay(operations: readonly Operation[], data: Data, values: Values): void {
  for (const operation of operations) {
    switch (operation.kind) {
      case "set":
        data[operation.key] = values.parse(operation.text);
        break;
      case "setDefault":
        if (!Object.hasOwn(data, operation.key)) data[operation.key] = values.parse(operation.text);
        break;
      case "delete":
        delete data[operation.key];
        break;
      case "update": {
        const { key, fn } = operation;
        data[key] = values.parse(values.stringify(key, runUpdate(key, fn, data[key])));
        break;
      }
      case "clear":
        for (const key of Object.keys(data)) delete data[key];
        break;
    }
  }
}

/** Runs the function given to `update(key, fn)`, and refuses what could not run again. */
export function runUpdate(key: string, fn: (current: unknown) => unknown, current: unknown): unknown {
  const next = fn(current);
  if (next === undefined) {
    throw new InvalidData(
      `update(${JSON.stringify(key)}, fn): fn returned undefined. Return the new value; to remove the key use delete.`,
    );
  }
  if (next instanceof Promise) {
    // Otherwise a rejection of a promise we refuse would end the process.
    next.catch(() => undefined);
    throw new InvalidData(
      `update(${JSON.stringify(key)}, fn): fn returned a promise. It must be synchronous, since it may run again.`,
    );
  }
  return next;
}

/** Keys that were plainly written here, and so may have overwritten what another request wrote meanwhile. */
export function plainlyWritten(operations: readonly Operation[]): Set<string> {
  return new Set(
    operations.flatMap((operation) => (operation.kind === "set" || operation.kind === "delete" ? operation.key : [])),
  );
}
