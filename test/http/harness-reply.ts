/** A response that has arrived whole, or up to its headers. */
export class Reply {
  readonly status: number;
  readonly statusMessage: string;
  /** As they came, duplicates included. */
  readonly headers: readonly (readonly [name: string, value: string])[];
  readonly body: string;

  constructor(status: number, statusMessage: string, raw: readonly string[], body: string) {
    this.status = status;
    this.statusMessage = statusMessage;
    this.headers = raw.flatMap((name, i) => (i % 2 === 0 ? [[name.toLowerCase(), raw[i + 1] ?? ""] as const] : []));
    this.body = body;
  }

  all(name: string): string[] {
    return this.headers.flatMap(([given, value]) => (given === name ? [value] : []));
  }

  header(name: string): string | undefined {
    const values = this.all(name);
    return values.length === 0 ? undefined : values.join(", ");
  }

  get setCookies(): string[] {
    return this.all("set-cookie");
  }

  /** The one Set-Cookie line. */
  get setCookie(): string {
    const [line, ...more] = this.setCookies;
    if (line === undefined || more.length > 0)
      throw new Error(`expected one Set-Cookie, got ${this.setCookies.length}`);
    return line;
  }

  /** What the browser would send back. */
  get cookie(): string {
    return this.setCookie.replace(/;.*/s, "");
  }
}

/** A request that is under way. */
export class InFlight {
  /** Settles as soon as the headers are here. */
  readonly head: Promise<Reply>;
  /** Settles when the body is complete; rejects when the connection ends before. */
  readonly reply: Promise<Reply>;
  readonly abort: () => void;
  #bytes = 0;
  #body = Buffer.alloc(0);
  #raw: readonly [status: number, message: string, headers: readonly string[]] = [0, "", []];
  #started: (reply: Reply) => void = () => {};
  #ended: (reply: Reply) => void = () => {};
  #failed: (error: unknown) => void = () => {};
  #watchers: (() => void)[] = [];

  constructor(abort: () => void) {
    this.abort = abort;
    this.head = new Promise((resolve, reject) => {
      this.#started = resolve;
      this.#failed = reject;
    });
    this.reply = new Promise((resolve, reject) => {
      this.#ended = resolve;
      const failHead = this.#failed;
      this.#failed = (error) => {
        failHead(error);
        reject(error);
      };
    });
    // A test may be interested in only one of them, or in neither.
    this.head.catch(() => undefined);
    this.reply.catch(() => undefined);
  }

  /** How much has come back so far, headers included. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Settles once the body so far contains this; rejects when the response ends without. */
  async received(text: string): Promise<void> {
    while (!this.#body.includes(text)) {
      const more = new Promise<undefined>((resolve) => this.#watchers.push(() => resolve(undefined)));
      const ended = await Promise.race([more, this.reply]);
      if (ended !== undefined && !ended.body.includes(text)) throw new Error(`the response ended without "${text}"`);
    }
  }

  count(bytes: number): void {
    this.#bytes += bytes;
  }

  start(status: number, message: string, headers: readonly string[]): void {
    this.#raw = [status, message, headers];
    this.#started(new Reply(...this.#raw, ""));
  }

  push(chunk: Buffer): void {
    this.#body = Buffer.concat([this.#body, chunk]);
    for (const watcher of this.#watchers.splice(0)) watcher();
  }

  end(): void {
    this.#ended(new Reply(...this.#raw, this.#body.toString()));
  }

  fail(error: unknown): void {
    this.#failed(error);
  }
}
