import type { ColumnNames, DbOptions } from "./db/options.ts";
import { SqlStore } from "./db/sql-store.ts";
import type { DbStore } from "./db/sql-store.ts";
import { dialectFor } from "./db/target.ts";
import type { DbTarget, SqliteFile } from "./db/target.ts";

export type { ColumnNames, DbOptions, DbStore, DbTarget, SqliteFile };

/**
 * Sessions in a database, one row each, by default in an SQLite file that needs nothing installed.
 *
 * Calling it does nothing yet. The first use of an SQLite file creates what is missing of the folder (mode 0700) and
 * the file (0600), opens it and brings its tables up to date; several processes may do so at once. Everywhere else the
 * tables are made when you say so: `npx coatcheck migrate`, `store.migrate()`, or `{ migrate: true }`. Every verb is a
 * single statement, so any number of processes can share the database. One that finds an SQLite file locked waits its
 * turn, up to two seconds, while the rest of its process goes on; a statement that loses a deadlock is tried again.
 *
 * The trap: in SQLite an acknowledged write survives a crash of the process at once, but a power failure may take the
 * last moments with it (`synchronous = NORMAL`); the file itself stays sound. Nor is a file on a network drive a way to
 * share sessions between machines.
 *
 * @param target `undefined` for `.coatcheck/sessions.sqlite` under the current directory, or `{ path }`; the URL of a
 *   PostgreSQL or MySQL server; or a pool, a database, a Kysely that you have, which stays yours to close.
 * @throws InvalidOption at once if the target is nothing it knows, or an option could not work.
 * @throws StoreUnavailable from any method while the database cannot be used; the message names it, the reason and
 *   the way out, and never a value or a password. The next call tries again.
 *
 * @example
 * ```ts
 * import { createSessions } from "coatcheck";
 * import { db } from "coatcheck/db";
 *
 * export default createSessions({ engine: db("postgres://shop@db.internal/shop") });
 * ```
 */
export function db(target?: DbTarget, options?: DbOptions): DbStore {
  return new SqlStore(dialectFor(target, options));
}
