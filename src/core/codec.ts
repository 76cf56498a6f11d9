import { CorruptPayload, InvalidData } from "./errors.ts";
import { assertCarried, type DataLimits, isPlainObject } from "./json.ts";
import type { Instant } from "./store.ts";

/**
 * Turns session data into text and back. `stringify` must throw `InvalidData` for a value it cannot give back
 * unchanged, and equal values should become equal text: that is how changes are noticed.
 *
 * `Rich` is the union of the types it carries beyond JSON's.
 */
export interface Codec<Rich = never> {
  readonly name: string;
  /** @param subject How to name the value in an error. */
  stringify(value: unknown, subject: string, limits: DataLimits): string;
  /** @throws anything when the text is not what `stringify` makes; the caller turns it into `CorruptPayload`. */
  parse(text: string, limits: DataLimits): unknown;
  /** What happens to the whole text on its way into the store and out of it; without it, nothing. */
  readonly sealing?: Sealing;
  /** Never there: by its type the compiler knows which data this codec fits. */
  readonly carries?: (value: Rich) => void;
}

/**
 * A payload's last step before the store: encrypting, compressing. It may give other bytes for the same payload each
 * time: changes are looked for in the plain text. A sealed payload is a dot and base64url; the text of a codec that
 * seals must not begin with a dot.
 */
export interface Sealing {
  /** A payload that was not sealed is refused. */
  readonly required: boolean;
  /** @returns `undefined` to leave this payload plain. */
  seal(plain: Uint8Array, id: string): Uint8Array | undefined;
  /** @throws anything when `seal` did not make this, for this id; the caller turns it into `CorruptPayload`. */
  unseal(sealed: Uint8Array, id: string, limits: DataLimits): Uint8Array;
  /**
   * Whether `seal` would still do it like this; `undefined` stands for a payload that is plain. If not, the payload is
   * sealed anew when its session is next renewed or written. @default always
   */
  isCurrent?(sealed: Uint8Array | undefined, id: string): boolean;
}

/** The default codec. */
export const json: Codec = {
  name: "json",
  stringify(value, subject, limits) {
    assertCarried(subject, value, limits);
    return JSON.stringify(value);
  },
  parse(text, limits) {
    const value: unknown = JSON.parse(text);
    // The same rule on the way in: what a hostile or broken store holds must not be nested deeper than we can walk.
    assertCarried("the stored data", value, limits);
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

export function corrupt(id: string, reason: string): CorruptPayload {
  return new CorruptPayload(
    `The stored payload of session ${id} cannot be used: ${reason}. The record and the visitor's cookie were left as ` +
      `they are. Check that codec and secrets are those that wrote it, or delete the record.`,
  );
}

function isContent(value: unknown): value is Content {
  if (!isPlainObject(value)) return false;
  const { v, data, expiry, authenticatedAt } = value;
  return (
    v === 1 &&
    isPlainObject(data) &&
    (expiry === undefined ||
      typeof expiry === "number" ||
      (isPlainObject(expiry) && typeof expiry["at"] === "number")) &&
    (authenticatedAt === undefined || typeof authenticatedAt === "number")
  );
}
