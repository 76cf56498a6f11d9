import mysql2 from "mysql2";
import { mariadbUrl, mysqlPool } from "./server.ts";
import { dbSuite } from "./suite.ts";

const broken = "mysql://ann:pa55@127.0.0.1:1/shop";
const brokenPool = mysql2.createPool(broken);
const pool = mariadbUrl === undefined ? undefined : mysqlPool();
// An application may have told its connections to count only rows that changed.
const counting = mariadbUrl === undefined ? undefined : mysqlPool({ flags: ["-FOUND_ROWS"] });
const columns = { id: "key", secretHash: "Hash", userId: "user", payload: "data", expiresDay: "order", expiresAt: "x" };

await dbSuite("db, MariaDB URL", mariadbUrl, { broken });
await dbSuite("db, mysql2 promise pool, unprepared", pool?.promise(), {
  broken: brokenPool,
  options: { prepare: false },
});
await dbSuite("db, mysql2 pool that counts changes", counting, { broken: brokenPool, options: { columns } });
