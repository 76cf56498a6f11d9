import type { Settled } from "./exchange.ts";
import type { HeaderBag } from "./headers.ts";
import type { NodeResponse } from "./node.ts";

export interface Hold {
  /** Settles the session. Called once, with the response's status; never throws. */
  settle(status: number): Promise<Settled>;
  /** The session could not be settled. Nothing has left yet, and the response is as it was when the hold began. */
  fail(error: unknown): void;
}

type Phase = "open" | "held" | "released";

/**
 * Holds back a Node response's first byte until the session is settled. Public methods only, so it works for http,
 * https and http2 alike. What the handler writes meanwhile is queued as calls, and `write` asks for patience by
 * answering `false`; afterwards the wrappers only pass through. They are never taken off: another library may have
 * wrapped them since, and putting back what we found would cut it out of the middle.
 */
export function holdResponse(response: NodeResponse, hold: Hold): void {
  const writeHead = response.writeHead.bind(response) as (...args: unknown[]) => unknown;
  const write = response.write.bind(response) as (...args: unknown[]) => boolean;
  const end = response.end.bind(response) as (...args: unknown[]) => unknown;
  const flushHeaders = response.flushHeaders?.bind(response);
  const headersBefore = { ...response.getHeaders() };
  const queue: (() => unknown)[] = [];
  let phase: Phase = "open";
  let ended = false;
  let mustDrain = false;

  const start = (): void => {
    if (phase !== "open") return;
    phase = "held";
    // What left the handler's hands must look sent to it, or an error handler would begin a second answer on top.
    override(response, "headersSent", () => true);
    override(response, "writableEnded", () => ended);
    void settle(response.statusCode);
  };

  const settle = async (status: number): Promise<void> => {
    const { addHeaders: addOurs, failure } = await hold.settle(status);
    unhold();
    try {
      if (failure !== undefined) restoreHeaders(response, headersBefore);
      else response.statusCode = status;
      addOurs(nodeHeaders(response));
      if (failure !== undefined) hold.fail(failure.error);
      else replayQueue();
    } catch (error) {
      // The caller who gave us, say, a chunk of a wrong type is long gone; a broken answer must not look complete.
      response.destroy(error instanceof Error ? error : undefined);
    }
  };

  const unhold = (): void => {
    phase = "released";
    Reflect.deleteProperty(response, "headersSent");
    Reflect.deleteProperty(response, "writableEnded");
  };

  const replayQueue = (): void => {
    let flowing = true;
    for (const call of queue) flowing = call() !== false;
    if (mustDrain && flowing && !ended) response.emit("drain");
  };

  Object.assign(response, {
    writeHead(status: number, ...rest: unknown[]): unknown {
      if (phase === "released" || sentEarlier()) return writeHead(status, ...rest);
      if (phase === "held") throw headersAlreadySent();
      const message = typeof rest[0] === "string" ? [rest[0]] : [];
      // Into the response itself, where ours are added: headers handed to the original would replace what is set here.
      addHeaders(response, rest[message.length]);
      response.statusCode = status;
      queue.push(() => writeHead(status, ...message));
      start();
      return response;
    },

    write(...args: unknown[]): boolean {
      if (phase === "released" || sentEarlier()) return write(...args);
      queue.push(() => write(...args));
      mustDrain = true;
      start();
      return false;
    },

    end(...args: unknown[]): unknown {
      if (phase === "released" || sentEarlier()) return end(...args);
      queue.push(() => end(...args));
      start();
      ended = true;
      return response;
    },

    flushHeaders(): void {
      if (flushHeaders === undefined) return;
      if (phase === "released" || sentEarlier()) return flushHeaders();
      queue.push(flushHeaders);
      start();
    },
  });

  /** The session was first used after the headers had left: there is nothing to hold. */
  function sentEarlier(): boolean {
    return phase === "open" && response.headersSent;
  }
}

function nodeHeaders(response: NodeResponse): HeaderBag {
  return {
    get(name) {
      const value = response.getHeader(name);
      return value === undefined ? undefined : Array.isArray(value) ? value.join(", ") : String(value);
    },
    set: (name, value) => void response.setHeader(name, value),
    append(name, value) {
      const before = response.getHeader(name);
      response.setHeader(name, before === undefined ? value : [...[before].flat().map(String), value]);
    },
  };
}

/** What Node itself would throw. */
function headersAlreadySent(): Error {
  return Object.assign(new Error("Cannot write headers after they are sent to the client"), {
    code: "ERR_HTTP_HEADERS_SENT",
  });
}

function override(response: NodeResponse, name: "headersSent" | "writableEnded", get: () => boolean): void {
  Object.defineProperty(response, name, { configurable: true, get });
}

/** In the forms that `writeHead` takes: an object, a flat list, a list of pairs. A list may name a header twice. */
function addHeaders(response: NodeResponse, given: unknown): void {
  if (typeof given !== "object" || given === null) return;
  if (!Array.isArray(given)) {
    for (const [name, value] of Object.entries(given)) {
      if (value !== undefined) response.setHeader(name, value as string | string[]);
    }
    return;
  }
  const pairs: unknown[][] = Array.isArray(given[0])
    ? (given as unknown[][])
    : Array.from({ length: given.length / 2 }, (_, i) => given.slice(2 * i, 2 * i + 2) as unknown[]);
  const named = new Map<string, { name: string; values: string[] }>();
  for (const [name, value] of pairs) {
    const entry = named.get(String(name).toLowerCase()) ?? { name: String(name), values: [] };
    entry.values.push(...[value].flat().map(String));
    named.set(entry.name.toLowerCase(), entry);
  }
  for (const { name, values } of named.values()) {
    const [first = "", ...more] = values;
    response.setHeader(name, more.length === 0 ? first : values);
  }
}

function restoreHeaders(response: NodeResponse, before: Record<string, unknown>): void {
  for (const name of response.getHeaderNames()) response.removeHeader(name);
  for (const [name, value] of Object.entries(before)) {
    if (value !== undefined) response.setHeader(name, value as string | string[]);
  }
  response.statusCode = 200;
  // An own property only where the application has set it; over http2 even asking for it would warn.
  Reflect.deleteProperty(response, "statusMessage");
}
