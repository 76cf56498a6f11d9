/** What went wrong, in words that hold no value of any record, and what to do about it. */
export interface Explanation {
  readonly reason: string;
  readonly advice?: string | undefined;
}

/**
 * The reason where the server gave none: the driver's own, or the system's (refused, reset, timed out). Of a driver that
 * we do not know only a code is passed on: it may have put the server's words, and values with them, into its message.
 */
export function driverReason(cause: unknown, isKnown: boolean): string {
  if (cause instanceof AggregateError && cause.errors.length > 0) return driverReason(cause.errors[0], isKnown);
  if (!(cause instanceof Error)) return "unknown reason";
  const code = "code" in cause && typeof cause.code === "string" ? cause.code : undefined;
  if (isKnown) return cause.message || code || cause.name;
  return `its driver failed${code !== undefined && /^[A-Z][A-Z0-9_]*$/.test(code) ? ` with ${code}` : ""}`;
}
