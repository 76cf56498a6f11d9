import { describe, test, vi } from "vitest";
import { compressed } from "../../src/codecs/compressed.ts";
import { devalue } from "../../src/codecs/devalue.ts";
import { encrypted } from "../../src/codecs/encrypted.ts";
import { db } from "../../src/engines/db.ts";
import { memory } from "../../src/engines/memory.ts";
import { interleavingSuite } from "../../src/testing/interleavings.ts";
import { newest } from "./compositions.ts";

// Hundreds of runs in each test: a machine that is busy with other things may take its time.
vi.setConfig({ testTimeout: 60_000 });

// With the usual threshold: so much deflating would take a minute, and tell nothing of requests at once.
const codec = encrypted([newest], { codec: compressed({ codec: devalue() }) });
await interleavingSuite({ describe, test }, `memory, ${codec.name}`, () => memory(), { codec, randomRuns: 500 });
await interleavingSuite({ describe, test }, `db, ${codec.name}`, () => db({ path: ":memory:" }), {
  codec,
  randomRuns: 200,
});

vi.resetConfig();
