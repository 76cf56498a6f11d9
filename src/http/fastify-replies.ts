interface Reply {
  /** Whether it is out of the handlers' hands. */
  readonly sent: boolean;
}

const known = new WeakMap<Reply, Replies<Reply>>();

/**
 * The replies of one request to Fastify. There is a second one where the first was sent and failed after that. Fastify takes a
 * reply for unsent until its response has ended, and the handler of the failed one may still be running: its promise,
 * when it resolves to nothing, would send an empty body while an error handler is at work. So what failed stays sent, and
 * the error is answered by another reply, on the same response and with the same headers.
 */
export class Replies<R extends Reply> {
  #current: R;
  readonly #isSent: (reply: R) => boolean;
  readonly #connections: ((reply: R) => void)[] = [];

  private constructor(first: R) {
    this.#current = first;
    const prototype: object = Object.getPrototypeOf(first);
    this.#isSent = (reply) => Reflect.get(prototype, "sent", reply) === true;
  }

  static of<R extends Reply>(first: R): Replies<R> {
    const replies = (known.get(first) as Replies<R> | undefined) ?? new Replies<R>(first);
    known.set(first, replies as unknown as Replies<Reply>);
    return replies;
  }

  get current(): R {
    return this.#current;
  }

  /** `connect` is told of each reply that is still to come: sessions may be asked for by it. */
  onAnother(connect: (reply: R) => void): void {
    this.#connections.push(connect);
  }

  another(): R {
    const failed = this.#current;
    const reply = Object.create(failed) as R;
    Object.defineProperty(reply, "sent", { configurable: true, get: () => this.#isSent(reply) });
    Object.defineProperty(failed, "sent", { configurable: true, value: true });
    for (const connect of this.#connections) connect(reply);
    this.#current = reply;
    return reply;
  }
}
