/** What says which error it is. What else clients hang on their errors may hold what was to be written. */
const facts = ["code", "errno", "errcode", "sqlState", "syscall", "address", "port"] as const;

/**
 * A client's error as a `cause`, without what the client was sent: loggers print every property of an error, and a
 * command's arguments (`ioredis`), a statement with its values (`mysql2`) or the row that was refused (`pg`) are a
 * session's payload and the hash of its secret.
 *
 * @param depth of causes inside causes, which may go round in a circle.
 */
export function causeFrom(error: unknown, depth = 0): unknown {
  if (!(error instanceof Error)) return error;
  const { cause, errors } = error as { cause?: unknown; errors?: unknown };
  const options = cause === undefined || depth > 5 ? undefined : { cause: causeFrom(cause, depth + 1) };
  const copy = Array.isArray(errors)
    ? new AggregateError(depth > 5 ? [] : errors.map((each) => causeFrom(each, depth + 1)), error.message, options)
    : new Error(error.message, options);
  for (const name of ["name", "stack"] as const) {
    Object.defineProperty(copy, name, { value: error[name], configurable: true, writable: true });
  }
  for (const name of facts) {
    const value: unknown = Reflect.get(error, name);
    if (typeof value === "string" || typeof value === "number") Object.assign(copy, { [name]: value });
  }
  return copy;
}
