import { SqlStore } from "./db/sql-store.ts";
import type { DbStore } from "./db/sql-store.ts";
import { dialectFor } from "./db/target.ts";
import type { DbTarget } from "./db/target.ts";
import type { DbOptions } from "./db/options.ts";

export type { ColumnNames, DbOptions } from "./db/options.ts";
export type { DbStore } from "./db/sql-store.ts";
export type { DbTarget, SqliteFile } from "./db/target.ts";

/**
 * Sessions in a database, one row each, by default in an SQLite file that needs nothing installed.
 *
 * Calling it does nothing yet. The first use creates what is missing of the folder (mode 0700) and the file (0600),
 * opens it and brings its tables up to date; several processes may do so at once. `migrate()` does that much and no
 * more. Every verb is a single statement, so any number of processes on one machine can share the file, and one that
 * finds it locked waits its turn, up to two seconds, while the rest of its process goes on.
 *
 * The trap: an acknowledged write survives a crash of the process at once, but a power failure may take the last
 * moments with it (`synchronous = NORMAL`); the file itself stays sound. Nor is a file on a network drive a way to share
 * sessions between machines.
 *
 * @param target `undefined` for `.coatcheck/sessions.sqlite` under the current directory, or `{ path }`; `":memory:"`
 *   keeps the records in this process.
 * @throws InvalidOption at once if the target is nothing it knows.
 * @throws StoreUnavailable from any method while the file cannot be used; the message names the file, the reason and
 *   the way out. The next call tries again.
 *
 * @example
 * ```ts
 * import { createSessions } from "coatcheck";
 * import { db } from "coatcheck/db";
 *
 * export default createSessions({ engine: db({ path: "/var/lib/shop/sessions.sqlite" }) });
 * ```
 */
export function db(target?: DbTarget, options?: DbOptions): DbStore {
  return new SqlStore(dialectFor(target, options));
}
