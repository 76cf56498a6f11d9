import type { Readable } from "node:stream";
import { text as textOf } from "node:stream/consumers";
import type { Session, Sessions } from "../../src/index.ts";

/** What the sessions of these tests hold. */
export interface Data {
  count: number;
  theme: string;
  cart: { sku: string; quantity: number }[];
  [own: `own${number}`]: number;
}

/** Name and value; a name may come twice. */
export type Pairs = readonly (readonly [name: string, value: string])[];

/** The response itself, for what only servers on Node's own response have; the shape that http and http2 share. */
export interface RawResponse {
  statusCode: number;
  readonly headersSent: boolean;
  readonly writableEnded: boolean;
  setHeader(name: string, value: string | string[]): unknown;
  getHeader(name: string): unknown;
  writeHead(status: number, headers?: unknown): unknown;
  writeHead(status: number, message: string, headers?: unknown): unknown;
  write(chunk: string | Uint8Array, encoding?: BufferEncoding): boolean;
  end(...args: unknown[]): unknown;
  flushHeaders(): void;
  once(event: string, listener: () => void): unknown;
}

/** A body whose headers have been handed over, and whose end is still to come. */
export interface OpenBody {
  write(text: string): void;
  end(): void;
}

/** One request as a handler sees it, whatever the framework. */
export interface Call {
  readonly method: string;
  readonly query: URLSearchParams;
  /** What the framework hands to a handler, and `sessions.get` takes. */
  readonly carrier: object;
  /** The client's end of the connection: tells connections apart. */
  readonly port: number;
  /** Settles when the response is complete, or will never be. */
  readonly closed: Promise<void>;
  session(): Promise<Session<Data>>;
  /** What a form was filled in with. Once. */
  form(): Promise<URLSearchParams>;
  send(status: number, body?: string, headers?: Pairs): void;
  redirect(location: string): void;
  stream(status: number, headers?: Pairs): OpenBody;
  pipe(status: number, body: Readable): void;
  /** @throws on adapters without one; those name the reason in `lacks`. */
  raw(): RawResponse;
}

export type Handler = (call: Call) => unknown;

/** Handlers by path; every method arrives at the same one. */
export type Routes = Readonly<Record<string, Handler>>;

interface NodeLike {
  readonly request: {
    readonly method?: string | undefined;
    readonly url?: string | undefined;
    readonly socket: object;
  };
  readonly response: object;
  readonly sessions: Sessions<Data>;
}

/** A call on Node's request and response, as http, https, http2 and the frameworks on top of them have it. */
export function nodeCall({ request, response, sessions }: NodeLike): Call {
  const raw = response as RawResponse;
  const head = (status: number, headers: Pairs): void => {
    raw.statusCode = status;
    for (const name of new Set(headers.map(([given]) => given))) {
      const values = headers.filter(([given]) => given === name).map(([, value]) => value);
      raw.setHeader(name, values.length === 1 ? values.join() : values);
    }
  };
  return {
    method: request.method ?? "GET",
    query: new URL(request.url ?? "/", "http://localhost").searchParams,
    carrier: request,
    port: Number(Reflect.get(request.socket, "remotePort")),
    closed: new Promise((resolve) => raw.once("close", resolve)),
    session: () => sessions.get(request),
    form: async () => new URLSearchParams(await textOf(request as unknown as Readable)),
    send(status, body, headers = []) {
      head(status, headers);
      if (body === undefined) raw.end();
      else raw.end(body);
    },
    redirect(location) {
      raw.writeHead(303, { Location: location });
      raw.end();
    },
    stream(status, headers = []) {
      head(status, headers);
      return { write: (text) => void raw.write(text), end: () => void raw.end() };
    },
    pipe(status, body) {
      raw.statusCode = status;
      body.pipe(response as NodeJS.WritableStream);
    },
    raw: () => raw,
  };
}
