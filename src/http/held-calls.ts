import {
  assertChunk,
  assertMessage,
  assertStatus,
  byteLength,
  headersAlreadySent,
  highWaterMark,
  setStatus,
  tellCallback,
} from "./node-calls.ts";
import { addHeaders } from "./node-headers.ts";
import type { NodeResponse } from "./node.ts";

/**
 * `free`: nobody waits. `open`: sessions wait for an answer. `held`: an answer waits for them. `refused`: the answer failed
 * while its handler was still writing it; what comes now belongs to no answer.
 */
export type Phase = "free" | "open" | "held" | "refused";

interface Host {
  readonly phase: Phase;
  /** Whether sessions have something to say in the head. */
  readonly owes: boolean;
  /** An answer begins, and is held from now on. */
  begin(): void;
  /** Called before anything that may send the head, so more than once. */
  completeHead(): void;
}

/** By which an answer leaves; `setTrailer` is http2's alone. */
const names = ["writeHead", "write", "end", "flushHeaders", "addTrailers", "setTrailer"] as const;
type Name = (typeof names)[number];
type Method = (...args: unknown[]) => unknown;
type Methods = Record<Name, Method | undefined>;

interface Call {
  readonly name: Name;
  /** What it was called on, as it was before we wrapped it. */
  readonly found: Methods;
  readonly args: readonly unknown[];
}

const none: Methods = {
  writeHead: undefined,
  write: undefined,
  end: undefined,
  flushHeaders: undefined,
  addTrailers: undefined,
  setTrailer: undefined,
};

/**
 * The methods by which an answer leaves a Node response, wrapped. What is called while the response is held is queued, and
 * `write` asks for patience as Node's does, by answering `false` once there is much of it; otherwise the wrappers only pass
 * through. They are never taken off: another library may have wrapped them since, and putting back what we found would cut
 * it out of the middle.
 */
export class HeldCalls {
  readonly #response: NodeResponse;
  readonly #host: Host;
  #found = none;
  #wrappers = none;
  #queue: Call[] = [];
  #trailers: Call[] = [];
  #ended = false;
  #queuedBytes = 0;
  #mustDrain = false;
  #left = false;

  constructor(response: NodeResponse, host: Host) {
    this.#response = response;
    this.#host = host;
    this.wrap();
  }

  /**
   * Again, as the outermost, where something else has wrapped the response since: a compression is to see what leaves after
   * the commit, and nothing of an answer that failed.
   */
  wrap(): void {
    const response = this.#response as object as Methods;
    if (names.every((name) => response[name] === this.#wrappers[name])) return;
    // One by one, since every request pays for it: bench/unused.ts.
    const { writeHead, write, end, flushHeaders, addTrailers, setTrailer } = response;
    const found: Methods = { writeHead, write, end, flushHeaders, addTrailers, setTrailer };
    const wrappers: Methods = {
      writeHead: (...args) => this.#called({ name: "writeHead", found, args }),
      write: (...args) => this.#called({ name: "write", found, args }),
      end: (...args) => this.#called({ name: "end", found, args }),
      flushHeaders: flushHeaders && ((...args) => this.#called({ name: "flushHeaders", found, args })),
      addTrailers: addTrailers && ((...args) => this.#called({ name: "addTrailers", found, args })),
      setTrailer: setTrailer && ((...args) => this.#called({ name: "setTrailer", found, args })),
    };
    response.writeHead = wrappers.writeHead;
    response.write = wrappers.write;
    response.end = wrappers.end;
    if (flushHeaders !== undefined) response.flushHeaders = wrappers.flushHeaders;
    if (addTrailers !== undefined) response.addTrailers = wrappers.addTrailers;
    if (setTrailer !== undefined) response.setTrailer = wrappers.setTrailer;
    this.#found = found;
    this.#wrappers = wrappers;
  }

  /** Whether anything waits to leave. */
  get begun(): boolean {
    return this.#queue.length > 0;
  }

  /** Whether an answer has begun that is not held: its head has left, or whatever it was passed to keeps it for now. */
  get left(): boolean {
    return this.#left;
  }

  get ended(): boolean {
    return this.#ended;
  }

  get mustDrain(): boolean {
    return this.#mustDrain;
  }

  play(): void {
    let flowing = true;
    const drains = this.#mustDrain && !this.#ended;
    const calls = [...this.#trailers.splice(0), ...this.#forget()];
    for (const call of calls) flowing = this.#pass(call) !== false;
    if (drains && flowing) this.#response.emit("drain");
  }

  /** For another answer. Returns what tells whoever waits for a call that was dropped. */
  drop(): (error: unknown) => void {
    const drains = this.#mustDrain && !this.#ended;
    const dropped = this.#forget();
    // Whatever has wrapped these since had its part in the answer that is dropped, and may swallow what comes after its end.
    // What waits for the head may wait on.
    const { write, end } = this.#wrappers;
    Object.assign(this.#response, { write, end });
    return (error) => {
      for (const { args } of dropped) tellCallback(args, error);
      if (drains) this.#response.emit("drain");
    };
  }

  /** What was queued, of which nothing shows from here on. */
  #forget(): Call[] {
    this.#ended = false;
    this.#queuedBytes = 0;
    this.#mustDrain = false;
    return this.#queue.splice(0);
  }

  dropTrailers(): void {
    this.#trailers = [];
  }

  endNow(): void {
    this.#pass({ name: "end", found: this.#found, args: [] });
  }

  /** Nobody waits, or not before the headers had left, when there is nothing to hold. */
  get #passes(): boolean {
    const { phase } = this.#host;
    return phase === "open" ? this.#response.headersSent : phase !== "held";
  }

  /** Whether it comes after the end: of the handler's own, or by what is inside of us, which may still be ending ours. */
  #isOver({ found }: Call): boolean {
    const { phase } = this.#host;
    if (phase === "refused") return found === this.#found || this.#response.writableEnded;
    return phase === "held" && this.#ended;
  }

  #called(call: Call): unknown {
    switch (call.name) {
      case "writeHead":
        return this.#writeHead(call);
      case "addTrailers":
      case "setTrailer":
        return this.#passes ? this.#pass(call) : void this.#trailers.push(call);
      default:
        if (this.#isOver(call)) return this.#ignore(call);
        if (!this.#passes) return this.#enqueue(call);
        this.#host.completeHead();
        return this.#pass(call);
    }
  }

  #pass({ name, found, args }: Call): unknown {
    if (name !== "addTrailers" && name !== "setTrailer") this.#left = true;
    const method = found[name];
    return method && Reflect.apply(method, this.#response, args);
  }

  #writeHead(call: Call): unknown {
    if (this.#host.phase === "held") throw headersAlreadySent();
    if (this.#passes && !this.#host.owes) return this.#pass(call);
    const [status, reason, given] = call.args;
    const message = typeof reason === "string" ? [reason] : [];
    setStatus(this.#response, status);
    // Into the response itself, where ours are added: headers handed to the original would replace what is set here.
    addHeaders(this.#response, message.length > 0 ? given : (given ?? reason));
    assertMessage(this.#response, reason);
    const bare = { ...call, args: [status, ...message] };
    if (!this.#passes) return this.#enqueue(bare);
    this.#host.completeHead();
    return this.#pass(bare);
  }

  #enqueue(call: Call): unknown {
    const { name, args } = call;
    const [chunk] = args;
    if (name === "write" || (name === "end" && chunk != null && typeof chunk !== "function")) {
      assertChunk(this.#response, chunk);
    }
    if (this.#host.phase === "open") {
      assertStatus(this.#response.statusCode);
      this.#host.begin();
    }
    this.#queue.push(call);
    if (name === "end") this.#ended = true;
    return name === "write" ? this.#hasRoomAfter(chunk) : this.#response;
  }

  /**
   * Not `false` for every write: a compression takes the listeners for `drain` to its own stream, which has none to tell
   * unless it was given as much as fills it.
   */
  #hasRoomAfter(chunk: unknown): boolean {
    this.#queuedBytes += byteLength(chunk);
    this.#mustDrain ||= this.#queuedBytes >= highWaterMark(this.#response);
    return !this.#mustDrain;
  }

  /** After the end: whoever waits for the callback is told, and nothing is sent. */
  #ignore({ name, args }: Call): unknown {
    tellCallback(args, Object.assign(new Error("write after end"), { code: "ERR_STREAM_WRITE_AFTER_END" }));
    return name === "write" ? false : this.#response;
  }
}
