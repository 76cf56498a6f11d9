import type { Explanation } from "./explanation.ts";
import { driverReason } from "./explanation.ts";

const READ_ONLY: Explanation = { reason: "it is read-only", advice: "Connect to the primary, not to a replica." };
const DENIED: Explanation = { reason: "the user lacks a permission", advice: "It has to read and write the table." };
const TOO_MANY: Explanation = { reason: "it has too many connections", advice: "Make the pools smaller." };

const answers: Readonly<Record<number, Explanation>> = {
  1021: { reason: "its disk is full" },
  1040: TOO_MANY,
  1044: DENIED,
  1045: { reason: "it does not let this user in", advice: "Look at user and password." },
  1049: { reason: "there is no such database", advice: "Create it first: create database." },
  1053: { reason: "it is stopping", advice: "Trying again later is right." },
  1114: { reason: "its disk, or the table, is full" },
  1142: DENIED,
  1153: {
    reason: "a session is larger than it accepts",
    advice: "Raise max_allowed_packet, or lower limits.payloadLength.",
  },
  1203: TOO_MANY,
  1205: { reason: "a lock was not to be had in time", advice: "Look for a transaction that is left open." },
  1213: { reason: "deadlocks with other transactions, again and again" },
  1290: READ_ONLY,
  1366: { reason: "it cannot keep such text", advice: "The table must have the character set utf8mb4." },
  1461: {
    reason: "it keeps as many prepared statements as it may",
    advice: "Raise max_prepared_stmt_count, or use db(…, { prepare: false }).",
  },
  1792: READ_ONLY,
  1836: READ_ONLY,
  3024: { reason: "the statement was cancelled", advice: "Look at max_execution_time." },
};

/** ER_NO_SUCH_TABLE, ER_BAD_FIELD_ERROR */
const MISSING: readonly number[] = [1146, 1054];

/**
 * MySQL repeats values in its messages ("Duplicate entry …", "Incorrect string value …"), so of what it says only the
 * number is passed on. What it did not say itself comes from the driver or the system, and is safe.
 */
export function explainMysql(cause: unknown, isKnown: boolean): Explanation | "no-table" {
  const number = serverErrno(cause);
  if (number === undefined) return { reason: driverReason(cause, isKnown) };
  if (MISSING.includes(number)) return "no-table";
  const answer = answers[number];
  return { reason: `${answer?.reason ?? "it refused the statement"} (error ${number})`, advice: answer?.advice };
}

/** Set by the server; errors of the system have an errno too, a negative one, and no SQLSTATE. */
function serverErrno(error: unknown): number | undefined {
  if (typeof error !== "object" || error === null || !("errno" in error)) return undefined;
  const { errno } = error;
  return typeof errno === "number" && errno >= 1000 ? errno : undefined;
}

/** ER_LOCK_DEADLOCK: this transaction, which is one statement, was rolled back. */
export function isMysqlVictim(error: unknown): boolean {
  return serverErrno(error) === 1213;
}

/** ER_DUP_ENTRY */
export function isDuplicate(error: unknown): boolean {
  return serverErrno(error) === 1062;
}

/**
 * ER_UNKNOWN_STMT_HANDLER, ER_MAX_PREPARED_STMT_COUNT_REACHED, ER_NEED_REPREPARE: not run, because of its preparation.
 */
export function isStalePreparation(error: unknown): boolean {
  const number = serverErrno(error);
  return number === 1243 || number === 1461 || number === 1615;
}

/**
 * Whether the connection it came over can be used again. Not if it was cut off or timed out, or prepared something that
 * is out of date; nor if the server has become read-only or is going away, where a new connection may find the new
 * primary.
 */
export function isConnectionGood(error: unknown): boolean {
  const number = serverErrno(error);
  if (number === undefined || isStalePreparation(error)) return false;
  return ![1053, 1290, 1792, 1836].includes(number);
}
