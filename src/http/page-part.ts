import type { Mount } from "../core/sessions.ts";
import type { Exchange } from "./exchange.ts";

/** What a page asks of its own app, answered within the page's request: it has the page's session. */
export class PagePart<D> {
  readonly page: Exchange<D>;
  readonly #release: () => void;
  #used = false;

  constructor(page: Exchange<D>, mount: Mount<D>, asked: Request) {
    this.page = page;
    this.#release = mount.bind([asked], () => {
      this.#used = true;
      return page.loadFor(asked.method);
    });
  }

  /**
   * A part is saved with its page. One that ends after the page was answered is saved here, as by a `save()` of its own, and
   * only if it asked for the session: the log is one, with what a promise of the page has half done. For the same reason a
   * server error drops nothing. Never throws.
   *
   * @param status Asked only when there is something to save.
   */
  async settle(status: () => Promise<number>): Promise<{ readonly error: unknown } | undefined> {
    this.#release();
    if (!this.#used || !this.page.over) return undefined;
    // A session that could not be opened was reported to whoever asked.
    const session = await this.page.load().catch(() => undefined);
    if (session === undefined || (await status()) >= 500) return undefined;
    return session.save().then(
      () => undefined,
      (error: unknown) => ({ error }),
    );
  }
}
