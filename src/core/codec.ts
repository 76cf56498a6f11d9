import { CorruptPayload, InvalidData } from "./errors.ts";
import { assertJson, type DataLimits } from "./json.ts";
import type { Instant } from "./store.ts";

/**
 * Turns session data into text and back. `stringify` must throw `InvalidData` for a value it cannot give back
 * unchanged, and equal values should become equal text: that is how changes are noticed.
 */
export interface Codec {
  readonly name: string;
  /** @param subject How to name the value in an error. */
  stringify(value: unknown, subject: string, limits: DataLimits): string;
  /** @throws anything when the text is not what `stringify` makes; the caller turns it into `CorruptPayload`. */
  parse(text: string, limits: DataLimits): unknown;
}

/** The default codec. */
export const json: Codec = {
  name: "json",
  stringify(value, subject, limits) {
    assertJson(subject, value, limits);
    return JSON.stringify(value);
  },
  parse(text, limits) {
    const value: unknown = JSON.parse(text);
    // The same rule on the way in: what a hostile or broken store holds must not be nested deeper than we can walk.
    assertJson("the stored data", value, limits);
    return value;
  },
};

/** What a payload holds. `v` is the version of this shape. */
export interface Content {
  readonly v: 1;
  readonly data: Record<string, unknown>;
  /** What `setExpiry` was given: seconds of idle timeout (0: until the browser closes), or a fixed end. */
  readonly expiry?: Expiry;
  /** When the visitor last signed in; the absolute timeout counts from here. */
  readonly authenticatedAt?: Instant;
}

export type Expiry = number | { readonly at: Instant };

export interface PayloadFormat {
  encode(content: Content): string;
  decode(payload: string, id: string): Content;
}

export function payloadFormat(codec: Codec, limits: DataLimits): PayloadFormat {
  // Data sits two levels down in the content, and its own limits were checked when it was set.
  const outer: DataLimits = { ...limits, depth: limits.depth + 2, keys: limits.keys + 5 };
  return {
    encode(content) {
      const payload = codec.stringify(content, "the session", outer);
      if (payload.length > limits.payloadLength) {
        throw new InvalidData(
          `Session data: the payload is ${payload.length} characters long; limits.payloadLength allows ` +
            `${limits.payloadLength}. Keep less in the session, or raise the limit.`,
        );
      }
      return payload;
    },

    decode(payload, id) {
      // A store is not ours, and may be of untyped code.
      if (typeof payload !== "string") throw corrupt(id, "it is not a text");
      if (payload.length > limits.payloadLength) throw corrupt(id, "it is longer than limits.payloadLength");
      let content: unknown;
      try {
        content = codec.parse(payload, outer);
      } catch (error) {
        // Not the parser's own error: it quotes the text it failed on, and a payload must never reach a log.
        throw corrupt(id, error instanceof InvalidData ? error.message : `the codec "${codec.name}" cannot read it`);
      }
      if (!isContent(content)) throw corrupt(id, "it is not of the shape { v: 1, data }");
      return content;
    },
  };
}

function corrupt(id: string, reason: string): CorruptPayload {
  return new CorruptPayload(
    `The stored payload of session ${id} cannot be used: ${reason}. The record and the visitor's cookie were left as ` +
      `they are. Check that codec and secrets are those that wrote it, or delete the record.`,
  );
}

function isContent(value: unknown): value is Content {
  if (!isObject(value)) return false;
  const { v, data, expiry, authenticatedAt } = value;
  return (
    v === 1 &&
    isObject(data) &&
    (expiry === undefined || typeof expiry === "number" || (isObject(expiry) && typeof expiry["at"] === "number")) &&
    (authenticatedAt === undefined || typeof authenticatedAt === "number")
  );
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
