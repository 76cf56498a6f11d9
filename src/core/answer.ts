/** What a commit has to know about the answer it belongs to. */
export interface Answer {
  /** The status is 500 or above: data is not kept. */
  readonly failed: boolean;
  /** The method promises no change (GET, HEAD): an interruption drops its changes instead of failing the request. */
  readonly safe: boolean;
}

/** What the answer has to tell the browser. `maxAge` in seconds; `undefined`: until the browser closes. */
export type CookieChange =
  | { readonly kind: "set"; readonly value: string; readonly maxAge: number | undefined }
  | { readonly kind: "remove" };
