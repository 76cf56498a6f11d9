import { compressed } from "../../src/codecs/compressed.ts";
import { devalue, type Rich } from "../../src/codecs/devalue.ts";
import { encrypted } from "../../src/codecs/encrypted.ts";
import type { Codec } from "../../src/core/codec.ts";

export const [older, newest, stranger] = ["o", "n", "x"].map((letter) => letter.repeat(32)) as [string, string, string];

/** Everything there is, on every payload, however short. */
export const allAtOnce: Codec<Rich> = encrypted([newest], { codec: compressed({ codec: devalue(), threshold: 0 }) });

/** Each codec, and each way to put several together. */
export const compositions: readonly [string, Codec][] = [
  encrypted([newest]),
  compressed({ threshold: 0 }),
  devalue(),
  encrypted([newest], { codec: compressed({ threshold: 0 }) }),
  encrypted([newest], { codec: devalue() }),
  compressed({ codec: devalue(), threshold: 0 }),
  allAtOnce,
].map((codec: Codec) => [codec.name, codec]);
