/** `(error)`, or `(nothing, result)`. */
export type Callback = (error?: unknown, result?: unknown) => void;

/**
 * What is used of a store written for express-session: three methods that answer by calling back. Of `touch`, `all`,
 * `clear` and `length` nothing is: they are optional, and mean something else in each store.
 */
export interface ExpressSessionStore {
  /** The session under this id; nothing, or an error with the code `ENOENT`, where there is none. */
  get(sid: string, callback: Callback): unknown;
  /** Keeps the session, in place of what was there. */
  set(sid: string, session: object, callback?: Callback): unknown;
  /** Removes what is there, if there is anything. */
  destroy(sid: string, callback?: Callback): unknown;
}
