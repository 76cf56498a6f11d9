import type * as NodeSqlite from "node:sqlite";
import { StoreUnavailable } from "../../core/errors.ts";
import type { SqliteDatabase, SqliteSource } from "./sqlite.ts";

const IN_MEMORY = ":memory:";

/** An instance of it that the user opened. */
export type NodeSqliteDatabase = Pick<NodeSqlite.DatabaseSync, "prepare" | "close">;

/** The SQLite that comes with Node. `path` is relative to the current directory; what is missing of it is created. */
export async function nodeSqlite(path: string): Promise<SqliteSource> {
  const { DatabaseSync } = await loadNodeSqlite();
  const open = (file: string) => shape(new DatabaseSync(file, { timeout: 0 }));
  if (path === IN_MEMORY) return { where: `the SQLite database ${path}`, ours: true, open: async () => open(path) };

  const nodePath = await import("node:path");
  const file = nodePath.resolve(path);
  return {
    where: `the SQLite database ${file}`,
    ours: true,
    async open() {
      await createFile(file, nodePath.dirname(file));
      return open(file);
    },
  };
}

/** Brought to the shape of better-sqlite3, which is the one that Kysely knows. */
export function shape(database: NodeSqliteDatabase): SqliteDatabase {
  return {
    close: () => database.close(),
    prepare(sql) {
      const statement = database.prepare(sql);
      return {
        reader: statement.columns().length > 0,
        all: (parameters) => statement.all(...parameters),
        run: (parameters) => statement.run(...parameters),
        iterate: (parameters) => statement.iterate(...parameters),
      };
    },
  };
}

/**
 * Only the owner may read who is signed in. SQLite gives its side files (`-wal`, `-shm`) the mode of the main one.
 *
 * Exclusive and synchronous on purpose. Closing a file drops every lock this process holds on it, so one that exists,
 * and may be open as a database, must never be opened and closed here, nor may anybody get in between.
 */
async function createFile(file: string, folder: string): Promise<void> {
  const { mkdirSync, writeFileSync } = await import("node:fs");
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  try {
    writeFileSync(file, "", { flag: "wx", mode: 0o600 });
  } catch (error) {
    if (!(error instanceof Error && "code" in error && error.code === "EEXIST")) throw error;
  }
}

async function loadNodeSqlite(): Promise<typeof NodeSqlite> {
  try {
    const sqlite = await import("node:sqlite");
    // Workers have the module, and a database in it that cannot be made.
    new sqlite.DatabaseSync(IN_MEMORY).close();
    return sqlite;
  } catch (cause) {
    throw new StoreUnavailable(
      "The db engine keeps its SQLite file with node:sqlite, which this runtime does not have. " +
        "Run Node 22.19 or newer, Bun or Deno, or choose another engine.",
      { cause },
    );
  }
}
