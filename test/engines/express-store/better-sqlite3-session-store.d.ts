// The package has no types, and DefinitelyTyped has none for it.
declare module "better-sqlite3-session-store" {
  import type { Database } from "better-sqlite3";
  import type { Store } from "express-session";

  export default function connect(session: { Store: typeof Store }): new (options: { client: Database }) => Store;
}
