import { deflateSync, inflateSync } from "node:zlib";
import { type Codec, json } from "../core/codec.ts";
import { InvalidOption } from "../core/errors.ts";
import { check, codecRule, type Rule } from "../core/options.ts";

export interface CompressedOptions<Rich = never> {
  /** What makes the text that is compressed. @default JSON */
  codec?: Codec<Rich>;
  /** Shortest payload that is compressed, in bytes. `Infinity` turns it off, and goes on reading. @default 1024 */
  threshold?: number;
}

const rules: Record<keyof CompressedOptions, Rule> = {
  codec: codecRule,
  threshold: [(value) => typeof value === "number" && value >= 0, "a number of bytes, 0 or more"],
};

/**
 * Long payloads take less room in the store: deflate, where that makes them shorter. Others stay as they are, and those
 * from before it was turned on are read.
 *
 * Synchronous, because a payload is bounded (`limits.payloadLength`): 20 kB take a seventh of a millisecond, which is
 * what handing them to another thread would cost.
 *
 * @throws InvalidOption, also for a codec that already seals: encrypted bytes do not get shorter.
 * @example createSessions<Data>({ codec: compressed() })
 */
export function compressed<Rich>(options: CompressedOptions<Rich> & { codec: Codec<Rich> }): Codec<NoInfer<Rich>>;
export function compressed(options?: CompressedOptions): Codec;
export function compressed(options: CompressedOptions = {}): Codec {
  check("compressed", options, rules);
  const { codec = json, threshold = 1024 } = options;
  if (codec.sealing !== undefined) {
    throw new InvalidOption(
      `compressed.codec: expected a codec that neither encrypts nor compresses; got "${codec.name}". ` +
        `Compress first, and encrypt what is short: encrypted(secrets, { codec: compressed() }).`,
    );
  }

  return {
    name: `compressed(${codec.name})`,
    stringify: (value, subject, limits) => codec.stringify(value, subject, limits),
    parse: (text, limits) => codec.parse(text, limits),
    sealing: {
      required: false,
      seal(plain) {
        if (plain.length < threshold) return undefined;
        const short = deflateSync(plain);
        // In the store it is base64: four characters for three bytes.
        return short.length * 4 < plain.length * 3 ? short : undefined;
      },
      unseal: (sealed, _id, { payloadLength }) =>
        // A few bytes can inflate to gigabytes. A payload's code units are at most three bytes each; beyond, it stops.
        inflateSync(sealed, { maxOutputLength: payloadLength * 3 }),
    },
  };
}
