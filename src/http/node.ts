import { mountOf, type Sessions } from "../core/sessions.ts";
import { Exchange } from "./exchange.ts";
import { holdResponse } from "./hold.ts";

/** What is needed of a request: the shape that http, https, http2 and every framework on top of them share. */
export interface NodeRequest {
  readonly method?: string | undefined;
  readonly headers: { readonly cookie?: string | undefined };
  readonly socket?: object | null | undefined;
}

/** What is needed of a response; likewise. */
export interface NodeResponse {
  statusCode: number;
  readonly headersSent: boolean;
  readonly writableEnded: boolean;
  getHeader(name: string): number | string | string[] | undefined;
  getHeaderNames(): string[];
  getHeaders(): object;
  // A method with a loose value: the servers' own types differ in what they take.
  setHeader(name: string, value: string | string[]): unknown;
  removeHeader(name: string): void;
  // Only ever wrapped and called with what the application passed.
  writeHead(...args: never[]): unknown;
  write(...args: never[]): unknown;
  end(...args: never[]): unknown;
  /** Undocumented over http2, where it exists all the same. */
  flushHeaders?(): void;
  destroy(error?: Error): unknown;
  emit(event: "drain"): boolean;
  once(event: "close", listener: () => void): unknown;
}

export interface NodeMountOptions {
  /** Whether the visitor's connection is https, as far as this framework can tell. */
  isSecure(): boolean;
  /** Takes an error at the end of the request to where this framework handles errors. */
  fail(error: unknown): void;
}

/** Connects one Node request to its session: what `node`, `express` and their like have in common. */
export function mountNode<D>(
  sessions: Sessions<D>,
  request: NodeRequest,
  response: NodeResponse,
  { isSecure, fail }: NodeMountOptions,
): void {
  if (mountOf(sessions).isBound(request)) return;
  const facts = {
    method: request.method ?? "GET",
    cookieHeader: () => request.headers.cookie,
    isSecure,
    headersSent: () => response.headersSent,
  };
  const exchange = new Exchange<D>(sessions, facts, [request, response], () => {
    if (response.headersSent) {
      response.once("close", () => exchange.finish());
      return;
    }
    holdResponse(response, {
      async settle(status) {
        const settled = await exchange.settle(status);
        response.once("close", () => exchange.finish());
        return settled;
      },
      fail,
    });
  });
  if (sessions.options.property) {
    Object.defineProperty(request, "session", { configurable: true, get: () => exchange.load() });
  }
}

export function isEncrypted(request: NodeRequest): boolean {
  // Only TLS sockets have the property; over http2 the socket is a proxy that answers all the same.
  return request.socket != null && Reflect.get(request.socket, "encrypted") === true;
}
