import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { parseSetCookie, type SetCookie } from "cookie";
import { CookieJar } from "tough-cookie";
import { onTestFinished } from "vitest";
import { barrier } from "../../src/testing.ts";

/** What a browser got. */
export interface Page {
  readonly status: number;
  readonly body: string;
  /** The only Set-Cookie; its value is as it was sent. */
  readonly cookie: SetCookie | undefined;
  readonly headers: Headers;
}

/** A server on a real socket, and one browser in front of it, which keeps cookies by the rules. */
export class Site {
  readonly url: string;
  readonly #jar = new CookieJar(undefined, { prefixSecurity: "strict" });

  constructor(url: string) {
    this.url = url;
  }

  get(path = "/", headers: Record<string, string> = {}): Promise<Page> {
    return this.#ask("GET", path, headers);
  }

  post(path = "/"): Promise<Page> {
    return this.#ask("POST", path, {});
  }

  /** The Cookie header that it would send. */
  get cookies(): string {
    return this.#jar.getCookieStringSync(this.url);
  }

  /** Takes over the cookies of another one: the same visitor, at a server that was set up anew. */
  continue(other: Site): this {
    for (const pair of other.cookies.split("; ")) this.#jar.setCookieSync(`${pair}; Path=/; Secure`, this.url);
    return this;
  }

  async #ask(method: string, path: string, headers: Record<string, string>): Promise<Page> {
    const url = this.url + path;
    const cookie = this.#jar.getCookieStringSync(url);
    const response = await fetch(url, { method, redirect: "manual", headers: { cookie, ...headers } });
    const lines = response.headers.getSetCookie();
    if (lines.length > 1) throw new Error(`Expected one Set-Cookie at most. Found ${lines.length}.`);
    for (const line of lines) this.#jar.setCookieSync(line, url, { ignoreError: true });
    const [line] = lines;
    return {
      status: response.status,
      body: await response.text(),
      cookie: line === undefined ? undefined : parseSetCookie(line, { decode: (value) => value }),
      headers: response.headers,
    };
  }
}

/** Opens a server for the length of a test, and says where it is. */
export async function serve(
  listener: (request: IncomingMessage, response: ServerResponse) => unknown,
): Promise<string> {
  const server = createServer((request, response) => void listener(request, response)).listen(0, "127.0.0.1");
  await once(server, "listening");
  onTestFinished(() => {
    server.close();
    server.closeAllConnections();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

/** Waits for what calls back. */
export function called(work: (done: (error?: unknown) => void) => unknown): Promise<void> {
  return new Promise((resolve, reject) => {
    work((error) => (error == null ? resolve() : reject(error)));
  });
}

/** Where requests wait for one another until so many are there. */
export function allOf(count: number): () => Promise<void> {
  const gate = barrier();
  void gate.arrived(count).then(gate.release);
  return gate.arrive;
}
