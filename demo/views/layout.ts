import type { Theme } from "../sessions.ts";
import { type Html, html } from "./html.ts";
import { hanger } from "./icons.ts";

export interface Page {
  readonly title: string;
  /** Without one, the page follows the visitor's system. */
  readonly theme?: Theme | undefined;
  /** Between the shop's name and the end of the line. */
  readonly aside?: Html | undefined;
  readonly body: Html;
}

export function layout({ title, theme, aside, body }: Page): Html {
  return html`<!doctype html>
    <html lang="en" ${theme !== undefined && html` data-theme="${theme}"`}>
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <title>${title} · The Cloakroom</title>
        <link rel="icon" href="/favicon.svg" type="image/svg+xml" />
        <link rel="stylesheet" href="/base.css" />
        <link rel="stylesheet" href="/shop.css" />
        <link rel="stylesheet" href="/ticket.css" />
        <script type="module" src="/countdown.js"></script>
        <script type="module" src="/rush.js"></script>
      </head>
      <body>
        <header class="masthead">
          <a class="brand" href="/">${hanger}<span>The Cloakroom</span></a>
          <p class="tagline">A small shop that shows you your session</p>
          ${aside}
        </header>
        <main>${body}</main>
      </body>
    </html> `;
}

/** Two buttons and no script: the choice is kept in the session, and comes back with the page. */
export function themeSwitch(theme: Theme | undefined): Html {
  const button = (value: Theme, label: string): Html =>
    html`<button name="theme" value="${value}" aria-pressed="${theme === value ? "true" : "false"}">${label}</button>`;
  return html`<form class="theme" method="post" action="/theme" role="group" aria-label="Theme">
    ${button("light", "Light")}${button("dark", "Dark")}
  </form>`;
}
