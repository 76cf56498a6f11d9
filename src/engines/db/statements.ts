import type { Compilable, RawBuilder, Sql, SqlBool } from "kysely";
import type { Grammar } from "./kysely.ts";
import { compiler } from "./kysely.ts";
import { renaming } from "./names.ts";

/** What is bound to a statement. Instants are integers in every database. */
export type Value = string | number | null;

/** Every value a statement can ask for. */
interface Holes {
  id: string;
  secretHash: string;
  payload: string;
  revision: string;
  userId: string | null;
  createdAt: number;
  renewedAt: number;
  expiresAt: number;
  expiresDay: number;
  expected: string;
  exceptId: string;
  after: string;
  now: number;
  today: number;
  limit: number;
}

type Replaced = "id" | "secretHash" | "payload" | "revision" | "userId" | "renewedAt" | "expiresAt" | "expiresDay";

/** SQL text, built once, and the order in which it wants its values. */
export interface Statement<Name extends keyof Holes> {
  readonly sql: string;
  parameters(values: Readonly<Pick<Holes, Name>>): Value[];
}

export interface Statements {
  readonly read: Statement<"id" | "now">;
  readonly create: Statement<Replaced | "createdAt">;
  readonly update: Statement<Replaced | "expected" | "now">;
  readonly touch: Statement<"id" | "expected" | "expiresAt" | "expiresDay" | "now">;
  readonly delete: Statement<"id">;
  readonly deleteExpired: Statement<"today" | "now" | "limit">;
  readonly countExpired: Statement<"today" | "now">;
  readonly list: Statement<"after" | "limit">;
  readonly listByUser: Statement<"userId" | "now">;
  readonly deleteByUser: Statement<"userId" | "exceptId">;
}

/**
 * Each verb is one statement that decides and acts at once, and answers by its row count. Never check, then write:
 * between the two somebody else has a turn.
 */
export function buildStatements(grammar: Grammar): Statements {
  const { kysely, kind, names } = grammar;
  const { sql } = kysely;
  const renamed = compiler(grammar).withPlugin(renaming(kysely, names));
  const database = names.schema === undefined ? renamed : renamed.withSchema(names.schema);
  const statement = compilerWith(sql);
  // Every value by a name of ours, because columns may have others.
  const summary = [
    "id as id",
    "user_id as userId",
    "created_at as createdAt",
    "renewed_at as renewedAt",
    "expires_at as expiresAt",
  ] as const;

  // To MySQL "ada" and "ada " are alike, whatever the collation both it and MariaDB have; their lengths are not.
  const ofUser = (hole: Dig<"userId">): RawBuilder<SqlBool> => {
    const exactly = sql<SqlBool>`${sql.ref("user_id")} = ${hole("userId")}`;
    if (kind !== "mysql") return exactly;
    return sql`${exactly} and char_length(${sql.ref("user_id")}) = char_length(${hole("userId")})`;
  };

  return {
    read: statement((hole) =>
      database
        .selectFrom("coatcheck_session")
        .select([...summary, "secret_hash as secretHash", "payload as payload", "revision as revision"])
        .where("id", "=", hole("id"))
        .where("expires_at", ">", hole("now")),
    ),

    create: statement((hole) =>
      database
        .insertInto("coatcheck_session")
        .values({
          id: hole("id"),
          secret_hash: hole("secretHash"),
          payload: hole("payload"),
          revision: hole("revision"),
          user_id: hole("userId"),
          created_at: hole("createdAt"),
          renewed_at: hole("renewedAt"),
          expires_at: hole("expiresAt"),
          expires_day: hole("expiresDay"),
        })
        // MySQL has `insert ignore`, which also cuts values off without a word; there the duplicate is an error to catch.
        .$if(kind !== "mysql", (insert) => insert.onConflict((conflict) => conflict.column("id").doNothing())),
    ),

    update: statement((hole) =>
      database
        .updateTable("coatcheck_session")
        .set({
          secret_hash: hole("secretHash"),
          payload: hole("payload"),
          revision: hole("revision"),
          user_id: hole("userId"),
          renewed_at: hole("renewedAt"),
          expires_at: hole("expiresAt"),
          expires_day: hole("expiresDay"),
        })
        .where("id", "=", hole("id"))
        .where("revision", "=", hole("expected"))
        .where("expires_at", ">", hole("now")),
    ),

    // `renewed_at` first: MySQL assigns from left to right, and the others must not have moved when it looks.
    touch: statement((hole) =>
      database
        .updateTable("coatcheck_session")
        .set({
          renewed_at: sql<number>`case when ${sql.ref("expires_at")} < ${hole("expiresAt")} then ${hole("now")} else ${sql.ref("renewed_at")} end`,
          expires_at: sql<number>`case when ${sql.ref("expires_at")} < ${hole("expiresAt")} then ${hole("expiresAt")} else ${sql.ref("expires_at")} end`,
          expires_day: sql<number>`case when ${sql.ref("expires_day")} < ${hole("expiresDay")} then ${hole("expiresDay")} else ${sql.ref("expires_day")} end`,
        })
        .where("id", "=", hole("id"))
        .where("revision", "=", hole("expected"))
        .where("expires_at", ">", hole("now")),
    ),

    delete: statement((hole) => database.deleteFrom("coatcheck_session").where("id", "=", hole("id"))),

    deleteExpired: statement((hole) => {
      // The day finds the rows by index, the instant spares those of today that still live.
      const expired = database
        .selectFrom("coatcheck_session")
        .where("expires_day", "<=", hole("today"))
        .where("expires_at", "<=", hole("now"))
        .limit(hole("limit"));
      const remove = database.deleteFrom("coatcheck_session");
      switch (kind) {
        case "sqlite":
          return remove.where(sql.ref("rowid"), "in", expired.select(sql.ref("rowid").as("row_key")));
        case "postgres":
          // By their place in the table, with no index to go through, and past rows that another sweep or a renewal
          // holds. A renewal that came in between is seen by the last condition.
          return remove
            .where(
              sql<boolean>`ctid = any(array${expired.select(sql.ref("ctid").as("row_key")).forUpdate().skipLocked()})`,
            )
            .where("expires_at", "<=", hole("now"));
        case "mysql":
          // The order of the index: without one, replication by statement would not know which rows were meant.
          return remove
            .where("expires_day", "<=", hole("today"))
            .where("expires_at", "<=", hole("now"))
            .orderBy("expires_day")
            .limit(hole("limit"));
      }
    }),

    countExpired: statement((hole) =>
      database
        .selectFrom("coatcheck_session")
        .select(({ fn }) => fn.countAll<number>().as("total"))
        .where("expires_day", "<=", hole("today"))
        .where("expires_at", "<=", hole("now")),
    ),

    list: statement((hole) =>
      database
        .selectFrom("coatcheck_session")
        .select(summary)
        .where("id", ">", hole("after"))
        .orderBy("id")
        .limit(hole("limit")),
    ),

    listByUser: statement((hole) =>
      database
        .selectFrom("coatcheck_session")
        .select(summary)
        .where(ofUser(hole))
        .where("expires_at", ">", hole("now"))
        .orderBy("created_at")
        .orderBy("id"),
    ),

    deleteByUser: statement((hole) =>
      database.deleteFrom("coatcheck_session").where(ofUser(hole)).where("id", "<>", hole("exceptId")),
    ),
  };
}

type Dig<Name extends keyof Holes> = <Key extends Name>(name: Key) => RawBuilder<Holes[Key]>;

/**
 * A symbol stands where each value will be. Kysely carries it to the compiled parameters, and so tells us their order.
 */
function compilerWith(sql: Sql) {
  return <Name extends keyof Holes>(build: (hole: Dig<Name>) => Compilable): Statement<Name> => {
    const names = new Map<unknown, Name>();
    const query = build(<Key extends Name>(name: Key) => {
      const hole = Symbol(name);
      names.set(hole, name);
      return sql<Holes[Key]>`${hole}`;
    });
    const compiled = query.compile();
    const order = compiled.parameters.map((parameter) => {
      const name = names.get(parameter);
      if (name === undefined) throw new TypeError("A statement of the db engine holds a fixed value");
      return name;
    });
    return { sql: compiled.sql, parameters: (values) => order.map((name) => values[name]) };
  };
}
