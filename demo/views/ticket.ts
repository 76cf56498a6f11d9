import type { Look } from "../look.ts";
import { type Html, html } from "./html.ts";
import { layout, themeSwitch } from "./layout.ts";
import { recordPanel } from "./record.ts";

/** The record and nothing else. Opening this page reads the session and writes nothing. */
export function ticketPage({ theme, kept }: Look, title: string): Html {
  return layout({
    title,
    theme,
    aside: kept && themeSwitch(theme),
    body: html`<div class="lone">
      <div class="intro">
        <h1>${title}</h1>
        <p>
          This page reads your session and writes nothing: no visit is counted, and whoever has no session gets none.
        </p>
        <p><a href="/">To the shop</a></p>
      </div>
      <div id="record" class="record">${recordPanel(kept)}</div>
    </div>`,
  });
}
