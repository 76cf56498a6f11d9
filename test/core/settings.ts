import type { SessionsOptions } from "../../src/core/options.ts";
import type { SessionStore } from "../../src/core/store.ts";
import { memory } from "../../src/engines/memory.ts";
import { allAtOnce } from "../codecs/compositions.ts";
import { shuffled } from "../faults/support.ts";

/** What each promise is kept on. */
export const settings: readonly [string, () => SessionStore, SessionsOptions][] = [
  ["memory", () => memory(), {}],
  ["a slow store that lets calls overtake", () => shuffled(memory()), {}],
  ["payloads compressed and encrypted", () => memory(), { codec: allAtOnce }],
];
