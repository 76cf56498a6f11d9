import type { Session } from "../core/session.ts";
import { mountOf, type Sessions } from "../core/sessions.ts";
import { Exchange } from "./exchange.ts";
import { logFailure } from "./failure.ts";
import { holdOf, type SettleNow } from "./hold.ts";
import { giveSession } from "./property.ts";

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

/**
 * The property form, for where a framework's own types take it: `new Koa<DefaultState, SessionProperty<Data>>()`,
 * `request as FastifyRequest & SessionProperty<Data>`.
 */
export interface SessionProperty<D> {
  /** The same session that `sessions.get` gives, loaded when it is first awaited. @throws TypeError when it is written to instead. */
  readonly session: Promise<Session<D>>;
}

export interface NodeMountOptions {
  /** Whether the visitor's connection is https, as far as this framework can tell. */
  isSecure(): boolean;
  /** Takes an error at the end of the request to where this framework handles errors. */
  fail(error: unknown): void;
  /** Where this framework logs an error that can no longer be answered. @default the console */
  log?(error: unknown): void;
  /**
   * What the framework hands to a handler beside Node's request and response. The first has the property; without any,
   * Node's request has it.
   */
  readonly carriers?: readonly object[];
  /**
   * For a framework that keeps headers to itself until it writes them. Called when the hold begins; what it returns puts
   * them back as they were, before `fail`.
   */
  keepHeaders?(): () => void;
}

/**
 * Connects one Node request to its session: what `node`, `express` and their like have in common. What it returns
 * settles the session ahead of the first byte, where a framework wants that.
 */
export function mountNode<D>(
  sessions: Sessions<D>,
  request: NodeRequest,
  response: NodeResponse,
  { isSecure, fail, log = logFailure, carriers = [], keepHeaders }: NodeMountOptions,
): SettleNow {
  const mount = mountOf(sessions);
  const [holder = request] = carriers;
  const expose = (load: () => Promise<Session<D>>): void => {
    if (sessions.options.property) giveSession(holder, load);
  };
  if (mount.isBound(request)) {
    // By another adapter, around the framework: it settles, and here is only more to ask by.
    if (!mount.isBound(holder)) {
      const load = (): Promise<Session<D>> => sessions.get(request);
      mount.bind(carriers, load);
      expose(load);
    }
    return async () => undefined;
  }
  const hold = holdOf(response);
  const facts = {
    method: request.method ?? "GET",
    cookieHeader: () => request.headers.cookie,
    isSecure,
    headersSent: () => hold.left,
  };
  let settleNow: SettleNow | undefined;
  const exchange = new Exchange<D>(sessions, facts, [request, response, ...carriers], () => {
    response.once("close", () => exchange.finish());
    if (hold.left) return;
    const restore = keepHeaders?.();
    settleNow = hold.add({
      settle: (status) => exchange.settle(status),
      fail(error) {
        restore?.();
        fail(error);
      },
      log,
    });
  });
  expose(() => exchange.load());
  return async (status) => settleNow?.(status);
}

export function isEncrypted(request: NodeRequest): boolean {
  // Only TLS sockets have the property; over http2 the socket is a proxy that answers all the same.
  return request.socket != null && Reflect.get(request.socket, "encrypted") === true;
}
