import type { Explanation } from "./explanation.ts";
import { driverReason } from "./explanation.ts";

const START = "It is starting, stopping or changing over: trying again later is right.";
const PREPARE = "Behind a pooler that hands each statement to another connection use db(…, { prepare: false }).";

/** By SQLSTATE, the longest match first: the five characters, or the class in the first two. */
const answers: Readonly<Record<string, Explanation>> = {
  "08": { reason: "the connection was lost" },
  "0A000": { reason: "a prepared statement is out of date", advice: "The schema was changed; it passes by itself." },
  "22021": { reason: "it cannot keep such text", advice: "The database must have the encoding UTF8." },
  "22P05": { reason: "it cannot keep such text", advice: "The database must have the encoding UTF8." },
  "25006": { reason: "it is read-only", advice: "Connect to the primary, not to a replica." },
  "26000": { reason: "a prepared statement was not there", advice: PREPARE },
  "28": { reason: "it does not let this user in", advice: "Look at user and password." },
  "3D000": { reason: "there is no such database", advice: "Create it first: createdb." },
  "40001": { reason: "other transactions kept getting in the way" },
  "40P01": { reason: "deadlocks with other transactions, again and again" },
  "42501": { reason: "the user lacks a permission", advice: "It has to read and write the table." },
  "42P05": { reason: "a prepared statement was already there", advice: PREPARE },
  "53100": { reason: "its disk is full" },
  "53300": { reason: "it has too many connections", advice: "Make the pools smaller, or put a pooler before it." },
  "55P03": { reason: "a lock was not to be had in time", advice: "Look for a transaction that is left open." },
  "57014": { reason: "the statement was cancelled", advice: "Look at statement_timeout." },
  "57P": { reason: "it ended the connection, or accepts none", advice: START },
};

const MISSING: readonly string[] = ["42P01", "42703", "3F000"];

/**
 * PostgreSQL repeats values in its messages ("invalid input syntax for type bigint: …") and in `detail`, so of what it
 * says only the SQLSTATE is passed on. What it did not say itself comes from the driver or the system, and is safe.
 */
export function explainPostgres(cause: unknown, isKnown: boolean): Explanation | "no-table" {
  const state = sqlState(cause);
  if (state === undefined) return { reason: driverReason(cause, isKnown) };
  if (MISSING.includes(state)) return "no-table";
  const answer = answers[state] ?? answers[state.slice(0, 3)] ?? answers[state.slice(0, 2)];
  return { reason: `${answer?.reason ?? "it refused the statement"} (SQLSTATE ${state})`, advice: answer?.advice };
}

/** Every driver for PostgreSQL keeps it in `code`, where errors of the system have names such as ECONNREFUSED. */
function sqlState(error: unknown): string | undefined {
  if (typeof error !== "object" || error === null || !("code" in error)) return undefined;
  const { code } = error;
  return typeof code === "string" && /^[0-9A-Z]{5}$/.test(code) && /\d/.test(code) ? code : undefined;
}

/** This statement lost to others and was rolled back. */
export function isPostgresVictim(error: unknown): boolean {
  const state = sqlState(error);
  return state === "40P01" || state === "40001";
}

/**
 * The statement was not run because of its preparation: gone (a pooler, `discard all`), taken, or older than the
 * table.
 */
export function isStalePreparation(error: unknown): boolean {
  const state = sqlState(error);
  return state === "26000" || state === "42P05" || state === "0A000";
}
