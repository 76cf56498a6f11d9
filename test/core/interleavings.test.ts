import { describe, test } from "vitest";
import { db } from "../../src/engines/db.ts";
import { memory } from "../../src/engines/memory.ts";
import { interleavingSuite } from "../../src/testing/interleavings.ts";

await interleavingSuite({ describe, test }, "memory", () => memory(), { everyThree: true });
await interleavingSuite({ describe, test }, "db, SQLite in memory", () => db({ path: ":memory:" }));
