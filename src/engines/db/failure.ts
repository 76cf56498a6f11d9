import { causeFrom } from "../../core/cause.ts";
import { StoreUnavailable } from "../../core/errors.ts";
import type { Explanation } from "./explanation.ts";
import type { Kind } from "./options.ts";
import { explainMysql } from "./mysql-failure.ts";
import { explainPostgres } from "./postgres-failure.ts";
import { explainSqlite } from "./sqlite-failure.ts";

/** Turns whatever a driver throws into the one error a store may throw. */
export type Fail = (doing: "open" | "use" | "migrate", cause: unknown) => StoreUnavailable;

const explainers: Record<Kind, (cause: unknown, isKnown: boolean) => Explanation | "no-table"> = {
  postgres: explainPostgres,
  mysql: explainMysql,
  sqlite: explainSqlite,
};

/**
 * @param where for messages, such as `the SQLite database /srv/sessions.sqlite`; never with a password in it.
 * @param driver whether it is one whose messages are known to hold no values.
 */
export function failureOf(kind: Kind, where: string, table: string, driver: "known" | "any" = "known"): Fail {
  return (doing, cause) => {
    if (cause instanceof StoreUnavailable) return cause;
    const { reason, advice } = explained(explainers[kind](cause, driver === "known"), table);
    return new StoreUnavailable(`The db engine cannot ${doing} ${where}: ${reason}.${advice ? ` ${advice}` : ""}`, {
      cause: causeFrom(cause),
    });
  };
}

function explained(explanation: Explanation | "no-table", table: string): Explanation {
  if (explanation !== "no-table") return explanation;
  return {
    reason: `no such table: ${table}, or not all of its columns`,
    advice: "Run: npx coatcheck migrate. Or let the first use do it: db(…, { migrate: true }).",
  };
}
