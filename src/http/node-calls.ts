import type { NodeResponse } from "./node.ts";

/*
 * What Node refuses, it refuses at the call. A response that is held has to do the same: when its queue is played, whoever
 * made the mistake is long gone.
 */

export function headersAlreadySent(): Error {
  const message = "Cannot set headers after they are sent to the client";
  return Object.assign(new Error(message), { code: "ERR_HTTP_HEADERS_SENT" });
}

export function setStatus(response: NodeResponse, status: unknown): void {
  // Over http2 the setter itself refuses, with an error of its own.
  if (!isHttp2(response)) assertStatus(status);
  response.statusCode = Math.trunc(Number(status));
}

export function assertStatus(status: unknown): void {
  const code = Math.trunc(Number(status));
  if (code >= 100 && code <= 999) return;
  throw Object.assign(new RangeError(`Invalid status code: ${String(status)}`), {
    code: "ERR_HTTP_INVALID_STATUS_CODE",
  });
}

/** @param reason The second argument of `writeHead`; http2 sends none. */
export function assertMessage(response: NodeResponse, reason: unknown): void {
  if (typeof reason !== "string" || isHttp2(response) || /^[\t\x20-\x7e\x80-\xff]*$/.test(reason)) return;
  throw Object.assign(new TypeError("Invalid character in statusMessage"), { code: "ERR_INVALID_CHAR" });
}

export function assertChunk(response: NodeResponse, chunk: unknown): void {
  if (typeof chunk === "string" || chunk instanceof Uint8Array) return;
  if (isHttp2(response) && ArrayBuffer.isView(chunk)) return;
  if (chunk === null) {
    throw Object.assign(new TypeError("May not write null values to stream"), { code: "ERR_STREAM_NULL_VALUES" });
  }
  const message = `The "chunk" argument must be of type string or an instance of Buffer or Uint8Array. Received a ${typeof chunk}`;
  throw Object.assign(new TypeError(message), { code: "ERR_INVALID_ARG_TYPE" });
}

export function byteLength(chunk: unknown): number {
  if (typeof chunk === "string") return Buffer.byteLength(chunk);
  return ArrayBuffer.isView(chunk) ? chunk.byteLength : 0;
}

/** How many bytes a response takes before its `write` asks for patience. */
export function highWaterMark(response: object): number {
  const mark: unknown = Reflect.get(response, "writableHighWaterMark");
  return typeof mark === "number" ? mark : 16_384;
}

/** Whoever waits for a call that leads to nothing would wait for ever. */
export function tellCallback(args: readonly unknown[], error: unknown): void {
  const callback = args.findLast((arg) => typeof arg === "function");
  if (typeof callback === "function") queueMicrotask(() => callback(error));
}

function isHttp2(response: NodeResponse): boolean {
  return "stream" in response;
}
