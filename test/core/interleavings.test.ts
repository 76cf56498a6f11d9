import { describe, test, vi } from "vitest";
import { db } from "../../src/engines/db.ts";
import { memory } from "../../src/engines/memory.ts";
import { interleavingSuite } from "../../src/testing/interleavings.ts";

// Hundreds of runs in each test: a machine that is busy with other things may take its time.
vi.setConfig({ testTimeout: 60_000 });

await interleavingSuite({ describe, test }, "memory", () => memory(), { everyThree: true });
await interleavingSuite({ describe, test }, "db, SQLite in memory", () => db({ path: ":memory:" }));

vi.resetConfig();
