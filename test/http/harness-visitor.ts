import { CookieJar } from "tough-cookie";
import type { Client, Sent } from "./harness-client.ts";
import type { InFlight, Reply } from "./harness-reply.ts";

/** A browser, as far as cookies go: keeps and sends them by the rules, and refuses what browsers refuse. */
export class Visitor {
  readonly #client: Client;
  readonly #url: string;
  readonly #jar = new CookieJar(undefined, { prefixSecurity: "strict" });

  constructor(client: Client, url: string) {
    this.#client = client;
    this.#url = url;
  }

  get(path: string): Promise<Reply> {
    return this.request({ path });
  }

  post(path: string): Promise<Reply> {
    return this.request({ method: "POST", path });
  }

  async request(request: Sent): Promise<Reply> {
    const reply = await this.send(request).reply;
    this.keep(reply);
    return reply;
  }

  /** Without waiting; hand what comes to `keep`. */
  send(request: Sent): InFlight {
    return this.#client.send({ ...request, cookie: this.cookie });
  }

  keep(reply: Reply): void {
    for (const line of reply.setCookies) this.#jar.setCookieSync(line, this.#url);
  }

  /** The Cookie header it would send now. */
  get cookie(): string | undefined {
    const header = this.#jar.getCookieStringSync(this.#url);
    return header === "" ? undefined : header;
  }
}
