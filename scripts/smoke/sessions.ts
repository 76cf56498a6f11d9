// Types to strip, as in anybody's settings.
import { createSessions } from "coatcheck";
import { db, type DbTarget } from "coatcheck/db";

interface Data {
  visits: number;
}

const target: DbTarget = { path: "cli.sqlite" };
export default createSessions<Data>({ engine: db(target) });
