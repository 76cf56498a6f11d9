import { SessionError } from "../core/errors.ts";

/** Where no framework handles errors: what to answer, and what to log. A message is for the log, a status for the visitor. */
export function statusOf(error: unknown): number {
  return error instanceof SessionError ? error.status : 500;
}

export function logFailure(error: unknown): void {
  // oxlint-disable-next-line no-console -- without a framework there is no other place; `onError` replaces this
  console.error(error);
}
