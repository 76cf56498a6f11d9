import { CookieJar } from "tough-cookie";

/** What came back, as far as tests look at it. */
export interface Page {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  /** What the test app's page of forms says it saw. */
  readonly seen: unknown;
}

interface Asked {
  readonly method?: string;
  readonly body?: string | FormData;
  readonly headers?: Readonly<Record<string, string>>;
}

/** A browser with a page of Next's open: keeps cookies by the rules, submits forms, and calls actions as client code does. */
export class NextVisitor {
  readonly #base: string;
  readonly #jar: CookieJar;

  constructor(base: string, jar: CookieJar = new CookieJar(undefined, { prefixSecurity: "strict" })) {
    this.#base = base;
    this.#jar = jar;
  }

  /** The same browser, at another server. */
  at(base: string): NextVisitor {
    return new NextVisitor(base, this.#jar);
  }

  get cookies(): Record<string, string> {
    return Object.fromEntries(this.#jar.getCookiesSync(this.#base).map(({ key, value }) => [key, value]));
  }

  get token(): string | undefined {
    return this.cookies["__Host-session"];
  }

  get(path: string): Promise<Page> {
    return this.#ask(path);
  }

  post(path: string): Promise<Page> {
    return this.#ask(path, { method: "POST" });
  }

  /** A form without script: all its fields, those that React hid in it among them. */
  async submit(path: string, id: string, fields: Readonly<Record<string, string>> = {}): Promise<Page> {
    const { text } = await this.get(path);
    const [, form] = new RegExp(`<form[^>]* id="${id}"[^>]*>(.*?)</form>`, "s").exec(text) ?? [];
    if (form === undefined) throw new Error(`expected a form "${id}" on ${path}, found none`);
    const body = new FormData();
    for (const [input] of form.matchAll(/<input[^>]*>/g)) {
      const [name, value] = ["name", "value"].map((key) => new RegExp(` ${key}="([^"]*)"`).exec(input)?.[1] ?? "");
      if (name) body.append(name, unescape(value ?? ""));
    }
    for (const [name, value] of Object.entries(fields)) body.set(name, value);
    return this.#ask(path, { method: "POST", body });
  }

  /** The name under which client code calls the action whose form has this id. */
  async actionOf(path: string, id: string): Promise<string> {
    const { text } = await this.get(path);
    const name = new RegExp(`<form[^>]* id="${id}"[^>]*><input[^>]* name="\\$ACTION_ID_(\\w+)"`).exec(text)?.[1];
    if (name === undefined) throw new Error(`expected an action in the form "${id}" on ${path}, found none`);
    return name;
  }

  /** A call from client code; what comes back is Flight, a result and perhaps the page. */
  call(path: string, action: string): Promise<Page> {
    const headers = { "next-action": action, accept: "text/x-component", "content-type": "text/plain;charset=UTF-8" };
    return this.#ask(path, { method: "POST", body: "[]", headers });
  }

  async #ask(path: string, { method = "GET", body, headers = {} }: Asked = {}): Promise<Page> {
    const url = this.#base + path;
    const cookie = this.#jar.getCookieStringSync(url);
    const response = await fetch(url, {
      method,
      headers: { ...headers, cookie, origin: this.#base },
      redirect: "manual",
      ...(body !== undefined && { body }),
    });
    for (const line of response.headers.getSetCookie()) this.#jar.setCookieSync(line, url);
    const text = await response.text();
    const [, said] = /<pre>(.*?)<\/pre>/s.exec(text) ?? [];
    const seen: unknown = said === undefined ? undefined : JSON.parse(unescape(said));
    return { status: response.status, headers: response.headers, text, seen };
  }
}

function unescape(html: string): string {
  return html.replaceAll("&quot;", '"').replaceAll("&#x27;", "'").replaceAll("&amp;", "&");
}
