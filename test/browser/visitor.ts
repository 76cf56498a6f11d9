import { type Browser, type BrowserContext, type Cookie, chromium, type Locator, type Page } from "playwright-core";

/** Root in a container has no sandbox; the rest keeps the browser from calling home. */
const launchArguments = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

/** @param more Arguments of Chromium beyond those every test needs. */
export function launch(executablePath: string, ...more: string[]): Promise<Browser> {
  return chromium.launch({ executablePath, args: [...launchArguments, ...more] });
}

/** Somebody in front of the screen: a browser profile of their own, with one open page. */
export class Visitor {
  readonly page: Page;
  /** What a developer would see in red: messages, errors, requests that failed. Stays empty. */
  readonly complaints: string[] = [];
  readonly #context: BrowserContext;

  private constructor(context: BrowserContext, page: Page) {
    this.#context = context;
    this.page = page;
    page.on("console", (message) => {
      if (["error", "warning"].includes(message.type())) this.complaints.push(`console: ${message.text()}`);
    });
    page.on("pageerror", (error) => this.complaints.push(`error: ${error.message}`));
    page.on("requestfailed", (request) => {
      const reason = request.failure()?.errorText ?? "";
      // Aborted: the browser itself gave up, since we went on before the page's icon was there.
      if (reason !== "net::ERR_ABORTED") this.complaints.push(`${reason}: ${request.url()}`);
    });
    page.on("response", (response) => {
      if (response.status() >= 400) this.complaints.push(`${response.status()}: ${response.url()}`);
    });
  }

  static async arrive(browser: Browser, baseURL: string, { scripts = true } = {}): Promise<Visitor> {
    const context = await browser.newContext({
      baseURL,
      javaScriptEnabled: scripts,
      viewport: { width: 1280, height: 900 },
      // The tests' certificate is nobody's.
      ignoreHTTPSErrors: baseURL.startsWith("https:"),
    });
    context.setDefaultTimeout(10_000);
    return new Visitor(context, await context.newPage());
  }

  /** With a browser of their own whose profile is in a folder: `leave` closes it, and what it keeps is there next time. */
  static async arriveAtHome(executablePath: string, profile: string, baseURL: string): Promise<Visitor> {
    const context = await chromium.launchPersistentContext(profile, { executablePath, args: launchArguments, baseURL });
    context.setDefaultTimeout(10_000);
    return new Visitor(context, await context.newPage());
  }

  /** The same visitor, with the same cookies, on another page. Close it by `page.close()`, or all together by `leave`. */
  async tab(): Promise<Visitor> {
    return new Visitor(this.#context, await this.#context.newPage());
  }

  async open(path = "/"): Promise<void> {
    await this.page.goto(path);
  }

  /** Presses a button of a form, and waits for the page it leads to. */
  async press(name: string): Promise<void> {
    await this.#leadingOn(() => this.page.getByRole("button", { name, exact: true }).click());
  }

  async logIn(name: string): Promise<void> {
    const field = this.page.getByLabel("Your name");
    await field.fill(name);
    await this.#leadingOn(() => field.press("Enter"));
  }

  async remember(choice: string): Promise<void> {
    await this.page.getByLabel(choice).check();
    await this.press("Remember");
  }

  visits(): Promise<string> {
    return this.page.locator("#visits").innerText();
  }

  /** One value of the panel that shows the record. */
  recorded(name: string): Promise<string> {
    return this.panel.locator(`[data-field="${name}"] .value`).innerText();
  }

  async data(): Promise<Record<string, unknown>> {
    return JSON.parse(await this.panel.locator("pre").innerText()) as Record<string, unknown>;
  }

  get panel(): Locator {
    return this.page.locator("#record");
  }

  cookies(): Promise<Cookie[]> {
    return this.#context.cookies();
  }

  /** The one cookie there should be. */
  async cookie(): Promise<Cookie> {
    const [cookie, ...others] = await this.cookies();
    if (cookie === undefined || others.length > 0) throw new Error(`Expected one cookie, found ${others.length + 1}.`);
    return cookie;
  }

  leave(): Promise<void> {
    return this.#context.close();
  }

  async #leadingOn(action: () => Promise<void>): Promise<void> {
    const arrived = this.page.waitForEvent("load");
    await action();
    await arrived;
  }
}
