/** What went wrong, in words that hold no value of any record, and what to do about it. */
export interface Explanation {
  readonly reason: string;
  readonly advice?: string | undefined;
}

/** A reason that comes from Node or from the driver itself, and so says nothing of any value: refused, reset, timed out. */
export function transportReason(cause: unknown): string {
  if (cause instanceof AggregateError && cause.errors.length > 0) return transportReason(cause.errors[0]);
  if (!(cause instanceof Error)) return "unknown reason";
  const code = "code" in cause && typeof cause.code === "string" ? cause.code : undefined;
  return cause.message || code || cause.name;
}
