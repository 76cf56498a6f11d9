/**
 * Every error Coatcheck throws on purpose. Branch on `code`, answer with `status`; messages are for people and never
 * carry a token, a secret or a payload.
 */

export type SessionErrorCode =
  | "STORE_UNAVAILABLE"
  | "SESSION_INTERRUPTED"
  | "SESSION_CONFLICT"
  | "CORRUPT_PAYLOAD"
  | "INVALID_DATA"
  | "INVALID_OPTION"
  | "NOT_MOUNTED"
  | "NOT_SUPPORTED"
  | "HEADERS_SENT"
  | "READ_ONLY";

export interface SessionErrorOptions {
  cause?: unknown;
}

export abstract class SessionError extends Error {
  abstract readonly code: SessionErrorCode;
  /** The HTTP status that fits. Express and others answer with it by themselves. */
  readonly status: number = 500;

  /** The same by the name that Nest and others go by. */
  declare readonly statusCode: number;

  /**
   * False: the message is for the log, and a visitor is told no more than the status. Whoever knows errors by the shape of
   * `http-errors` looks for it, and Nest answers 500 to an error that has a status without it.
   */
  declare readonly expose: boolean;

  static {
    shadowable(this.prototype, "statusCode", (error) => error.status);
    shadowable(this.prototype, "expose", () => false);
  }

  constructor(message: string, options?: SessionErrorOptions) {
    super(message, options);
    this.name = new.target.name;
  }
}

/**
 * An error handler may assign it: `err.statusCode = err.statusCode || 500`, as tutorials of Express have it, or `http-errors`,
 * which writes into the error it is given. As a getter alone it would throw there, in the midst of error handling. Never
 * enumerable, so that no answer made of the error's JSON has more in it than before.
 */
function shadowable(prototype: SessionError, name: string, get: (error: SessionError) => unknown): void {
  Object.defineProperty(prototype, name, {
    configurable: true,
    get(this: SessionError) {
      return get(this);
    },
    set(this: SessionError, value: unknown) {
      Object.defineProperty(this, name, { configurable: true, writable: true, value });
    },
  });
}

/** The store failed or did not answer within the deadline. The visitor's cookie is left alone; trying again is right. */
export class StoreUnavailable extends SessionError {
  readonly code = "STORE_UNAVAILABLE" as const;
  override readonly status = 503;
}

/** The session was ended, or its key was cycled, by another request while this one held unsaved changes. */
export class SessionInterrupted extends SessionError {
  readonly code = "SESSION_INTERRUPTED" as const;
  override readonly status = 400;
}

/** So many requests wrote to one session at once that this one found no turn within its deadline. Nothing was written. */
export class SessionConflict extends SessionError {
  readonly code = "SESSION_CONFLICT" as const;
  override readonly status = 409;
}

/** The stored payload could not be decoded, by this codec with these secrets. The record is left as it is. */
export class CorruptPayload extends SessionError {
  readonly code = "CORRUPT_PAYLOAD" as const;
}

/** A value the codec cannot carry, or more of it than the limits allow. Nothing was written. */
export class InvalidData extends SessionError {
  readonly code = "INVALID_DATA" as const;
}

/** A setting that cannot work, found when `createSessions` or an engine is called; a function's answer, when it is given. */
export class InvalidOption extends SessionError {
  readonly code = "INVALID_OPTION" as const;
}

/** `sessions.get` was given an object that no adapter of these sessions has seen. */
export class NotMounted extends SessionError {
  readonly code = "NOT_MOUNTED" as const;
}

/** The chosen engine lacks the power that was asked for; the message names engines that have it. */
export class NotSupported extends SessionError {
  readonly code = "NOT_SUPPORTED" as const;
}

/** A session was to be started, its key cycled or, with the engine in the cookie, changed at all, after the response's headers had left. */
export class HeadersSent extends SessionError {
  readonly code = "HEADERS_SENT" as const;
}

/** A session was to be changed where the framework cannot set a cookie, such as a server component of Next.js. */
export class ReadOnly extends SessionError {
  readonly code = "READ_ONLY" as const;
}

export type AnySessionError =
  | StoreUnavailable
  | SessionInterrupted
  | SessionConflict
  | CorruptPayload
  | InvalidData
  | InvalidOption
  | NotMounted
  | NotSupported
  | HeadersSent
  | ReadOnly;
