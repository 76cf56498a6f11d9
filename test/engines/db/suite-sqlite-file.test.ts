import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, test } from "vitest";
import { db } from "../../../src/engines/db.ts";
import { storeSuite } from "../../../src/testing.ts";

const folder = await mkdtemp(join(tmpdir(), "coatcheck-db-"));
afterAll(() => rm(folder, { recursive: true, force: true }));

// A database whose folder is a file can never be opened.
const file = join(folder, "a-file");
await writeFile(file, "");
const makeBrokenStore = (): ReturnType<typeof db> => db({ path: join(file, "sessions.sqlite") });

let count = 0;
await storeSuite({ describe, test }, "db, SQLite file", () => db({ path: join(folder, `${(count += 1)}.sqlite`) }), {
  makeBrokenStore,
});

await storeSuite({ describe, test }, "db, SQLite in memory", () => db({ path: ":memory:" }), { makeBrokenStore });
