import type { Settled } from "./exchange.ts";
import { statusOf } from "./failure.ts";
import { addHeaders, nodeHeaders, restoreHeaders } from "./node-headers.ts";
import type { NodeResponse } from "./node.ts";

export interface Hold {
  /** Settles the session. Called once, with the response's status; never throws. */
  settle(status: number): Promise<Settled>;
  /** The session could not be settled. Nothing has left yet, and the headers are as they were when the hold began. */
  fail(error: unknown): void;
  /** For an error that can no longer be answered. */
  log(error: unknown): void;
}

/** For a framework whose error handling is over once it writes: settles now, and tells it of a failure it can throw. */
export type SettleNow = (status: number) => Promise<{ readonly error: unknown } | undefined>;

/** `refused`: the answer failed while its handler was still writing it; what comes now belongs to no answer. */
type Phase = "open" | "held" | "released" | "refused";

/**
 * Holds back a Node response's first byte until the session is settled. Public methods only, so it works for http,
 * https and http2 alike. What the handler writes meanwhile is queued as calls, and `write` asks for patience by
 * answering `false`; afterwards the wrappers only pass through. They are never taken off: another library may have
 * wrapped them since, and putting back what we found would cut it out of the middle.
 */
export function holdResponse(response: NodeResponse, hold: Hold): SettleNow {
  const writeHead = response.writeHead.bind(response) as (...args: unknown[]) => unknown;
  const write = response.write.bind(response) as (...args: unknown[]) => boolean;
  const end = response.end.bind(response) as (...args: unknown[]) => unknown;
  const flushHeaders = response.flushHeaders?.bind(response);
  const headersBefore = { ...response.getHeaders() };
  const queue: (() => unknown)[] = [];
  let phase: Phase = "open";
  let ended = false;
  let mustDrain = false;
  let unhold = (): void => undefined;
  let owed: Settled["addHeaders"] | undefined;

  const start = (): void => {
    if (phase !== "open") return;
    begin();
    void settle(response.statusCode);
  };

  const begin = (): void => {
    phase = "held";
    unhold = pretendSent(response, () => ended);
  };

  const release = (addOurs: Settled["addHeaders"]): void => {
    phase = "released";
    unhold();
    owed = addOurs;
  };

  const settle = async (status: number): Promise<void> => {
    conclude(status, await hold.settle(status));
  };

  const conclude = (status: number, { addHeaders: addOurs, failure }: Settled): void => {
    try {
      release(addOurs);
      if (failure !== undefined) return refuse(failure.error);
      response.statusCode = status;
      payOwed();
      replayQueue();
    } catch (error) {
      // Whoever made the call that now fails is long gone, and a broken answer must not look complete.
      hold.log(error);
      response.destroy();
    }
  };

  const settleNow: SettleNow = async (status) => {
    if (phase !== "open" || response.headersSent) return undefined;
    begin();
    const settled = await hold.settle(status);
    if (queue.length > 0) {
      // Somebody has begun the answer meanwhile, so it is not for an error handler to make.
      conclude(status, settled);
      return undefined;
    }
    release(settled.addHeaders);
    if (settled.failure !== undefined) takeBack(settled.failure.error);
    return settled.failure;
  };

  /**
   * Ours are added when the head is complete and not before: what answers an error may throw all headers away, or set
   * its own over them, and the cookie of a key that was cycled has to arrive all the same. Every method that begins a head
   * pays: that Node's own come by `writeHead` is not documented.
   */
  const payOwed = (): void => {
    const addOurs = owed;
    owed = undefined;
    if (!response.headersSent) addOurs?.(nodeHeaders(response));
  };

  const takeBack = (error: unknown): void => {
    restoreHeaders(response, headersBefore);
    // Whatever answers now, it is no 200.
    response.statusCode = statusOf(error);
  };

  const refuse = (error: unknown): void => {
    takeBack(error);
    if (ended) return hold.fail(error);
    // The handler is still at it, and would write into the error's answer: so that one has to be whole at once.
    phase = "refused";
    hold.log(error);
    payOwed();
    end();
    if (mustDrain) response.emit("drain");
  };

  const replayQueue = (): void => {
    let flowing = true;
    for (const call of queue) flowing = call() !== false;
    if (mustDrain && flowing && !ended) response.emit("drain");
  };

  Object.assign(response, {
    writeHead(status: number, ...rest: unknown[]): unknown {
      if (phase === "held") throw headersAlreadySent();
      if (passes() && owed === undefined) return writeHead(status, ...rest);
      const message = typeof rest[0] === "string" ? [rest[0]] : [];
      // Into the response itself, where ours are added: headers handed to the original would replace what is set here.
      addHeaders(response, rest[message.length]);
      if (passes()) {
        payOwed();
        return writeHead(status, ...message);
      }
      response.statusCode = status;
      queue.push(() => writeHead(status, ...message));
      start();
      return response;
    },

    write(...args: unknown[]): boolean {
      if (phase === "refused" || (phase === "held" && ended)) return ignore(args, true);
      if (passes()) {
        payOwed();
        return write(...args);
      }
      assertChunk(args[0]);
      queue.push(() => write(...args));
      mustDrain = true;
      start();
      return false;
    },

    end(...args: unknown[]): unknown {
      if (phase === "refused" || (phase === "held" && ended)) return ignore(args, response);
      if (passes()) {
        payOwed();
        return end(...args);
      }
      assertChunk(args[0]);
      queue.push(() => end(...args));
      start();
      ended = true;
      return response;
    },

    flushHeaders(): void {
      if (phase === "refused" || flushHeaders === undefined) return;
      if (passes()) {
        payOwed();
        return flushHeaders();
      }
      queue.push(flushHeaders);
      start();
    },
  });

  return settleNow;

  /** Settled, or first used after the headers had left, when there is nothing to hold. */
  function passes(): boolean {
    return phase === "released" || phase === "refused" || (phase === "open" && response.headersSent);
  }
}

/**
 * What left the handler's hands must look sent to it: an error handler, or a second `send`, would otherwise begin another
 * answer on top of the one that waits. Returns what ends the pretence.
 */
function pretendSent(response: NodeResponse, isEnded: () => boolean): () => void {
  const refuse = (): never => {
    throw headersAlreadySent();
  };
  const shadows: Record<string, PropertyDescriptor> = {
    headersSent: { get: () => true },
    writableEnded: { get: isEnded },
  };
  for (const name of ["setHeader", "setHeaders", "appendHeader", "removeHeader"]) {
    if (name in response) shadows[name] = { value: refuse, writable: true };
  }
  const own = Object.keys(shadows).map((name) => [name, Object.getOwnPropertyDescriptor(response, name)] as const);
  for (const [name, shadow] of Object.entries(shadows)) {
    Object.defineProperty(response, name, { ...shadow, configurable: true });
  }
  return () => {
    for (const [name, before] of own) {
      if (before === undefined) Reflect.deleteProperty(response, name);
      else Object.defineProperty(response, name, before);
    }
  };
}

/** What Node itself would throw. */
function headersAlreadySent(): Error {
  const message = "Cannot set headers after they are sent to the client";
  return Object.assign(new Error(message), { code: "ERR_HTTP_HEADERS_SENT" });
}

/** Like Node, and like Node at once: when the queue is played, the caller's stack is gone. */
function assertChunk(chunk: unknown): void {
  if (chunk == null || typeof chunk === "string" || typeof chunk === "function" || chunk instanceof Uint8Array) return;
  const message = `The "chunk" argument must be of type string or an instance of Buffer or Uint8Array. Received a ${typeof chunk}`;
  throw Object.assign(new TypeError(message), { code: "ERR_INVALID_ARG_TYPE" });
}

/** After the end: whoever waits for the callback is told, and nothing is sent. */
function ignore<T>(args: readonly unknown[], answer: T): T {
  const callback = args.findLast((arg) => typeof arg === "function");
  const error = Object.assign(new Error("write after end"), { code: "ERR_STREAM_WRITE_AFTER_END" });
  if (typeof callback === "function") queueMicrotask(() => callback(error));
  return answer;
}
