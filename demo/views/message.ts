import { type Html, html } from "./html.ts";
import { layout } from "./layout.ts";

/** A page that has only something to say. It uses no session, so it has no theme to follow but the system's. */
export function messagePage(title: string, text: string): Html {
  return layout({
    title,
    body: html`<section class="message">
      <h1>${title}</h1>
      <p>${text}</p>
      <p><a href="/">Back to the shop</a></p>
    </section>`,
  });
}
