import pg from "pg";
import { pgPool, postgresUrl } from "./server.ts";
import { dbSuite } from "./suite.ts";

const broken = "postgres://ann:pa55@127.0.0.1:1/shop";
const brokenPool = new pg.Pool({ connectionString: broken });
const pool = postgresUrl === undefined ? undefined : pgPool();
const columns = { id: "key", secretHash: "Hash", userId: "user", payload: "data", expiresDay: "order", expiresAt: "x" };

await dbSuite("db, PostgreSQL URL", postgresUrl, { broken });
await dbSuite("db, PostgreSQL pool, unprepared", pool, { broken: brokenPool, options: { prepare: false } });
await dbSuite("db, PostgreSQL pool, other names", pool, {
  broken: brokenPool,
  options: { schema: "Coat_Check", columns },
});
