import type { SessionRecord } from "coatcheck";
import type { Kept } from "../look.ts";
import { remaining } from "../public/remaining.js";
import { type Html, html } from "./html.ts";

/** The stored record as the framework sees it, with a sentence on what each part is for. */
export function recordPanel(kept: Kept | undefined): Html {
  return kept === undefined ? nothing : ticket(kept);
}

const nothing = html`<section class="ticket void" aria-labelledby="record-title">
  <div class="stub">
    <h2 id="record-title">Your session</h2>
    <p class="number">No ticket</p>
  </div>
  <div class="body">
    <p class="lead">Nothing is stored for you, no cookie was set.</p>
    <p>A session begins with the first thing worth keeping. Until then a visitor costs the store nothing.</p>
  </div>
</section>`;

function ticket(kept: Kept): Html {
  return html`<section class="ticket" aria-labelledby="record-title">
    <div class="stub">
      <h2 id="record-title">Your session</h2>
      <p class="number" aria-hidden="true">№ ${kept.id.slice(0, 6)}</p>
    </div>
    <dl class="body">
      ${rows(kept)}
      <div class="data">
        <dt id="data-title">data</dt>
        <dd>
          <pre tabindex="0" role="region" aria-labelledby="data-title">${oneKeyPerLine(kept.data)}</pre>
          <p>All that this shop has put there.</p>
        </dd>
      </div>
    </dl>
  </section>`;
}

function rows({ id, userId, expiresAt, record, cookieName, cookieLength, endsWithBrowser, now }: Kept): Html[] {
  const user = userId === undefined ? aside("nobody") : code(userId);
  const end = html`${instant(expiresAt)} ${left(expiresAt, now)}`;
  const cookieLife = endsWithBrowser ? "forgets it when it closes" : "keeps it as long as the session lives";
  const held = record === undefined ? `It holds the session itself, in ${cookieLength} characters.` : "";
  return [
    row("id", code(id), "Names the session for life. It opens nothing, so it may be seen."),
    ...(record === undefined ? [] : secrets(record)),
    row("user id", user, "Whose session it is; logging in sets it."),
    ...(record === undefined ? [] : dates(record)),
    row("expires", end, "It ends then, unless you come back before."),
    row("cookie", code(cookieName), `Your browser ${cookieLife}. ${held}`),
    ...(record === undefined ? [] : [payload(record)]),
  ];
}

function secrets(record: SessionRecord): Html[] {
  const hash = html`${code(`${record.secretHash.slice(0, 6)}…`)} ${aside("hash")}`;
  return [
    row("secret", hash, "Your cookie has the secret, the store only a hash of it. Logging in changes both."),
    row("revision", code(record.revision), "New with every write. Who writes with an old one must look again."),
  ];
}

function dates(record: SessionRecord): Html[] {
  return [
    row("created", instant(record.createdAt), "When there was first something to keep."),
    row("renewed", instant(record.renewedAt), "When your being here last moved the end."),
  ];
}

function payload(record: SessionRecord): Html {
  return row(
    "payload",
    html`${record.payload.length} ${aside("characters")}`,
    "The data as text, opaque to the store.",
  );
}

function row(name: string, value: Html, sentence: string): Html {
  return html`<div data-field="${name}">
    <dt>${name}</dt>
    <dd>
      <span class="value">${value}</span>
      <p>${sentence}</p>
    </dd>
  </div>`;
}

const code = (text: string): Html => html`<code>${text}</code>`;
const aside = (text: string): Html => html`<span class="unit">${text}</span>`;

const local = new Intl.DateTimeFormat("en-GB", { dateStyle: "medium", timeStyle: "medium" });

function instant(time: number): Html {
  return html`<time datetime="${new Date(time).toISOString()}">${local.format(time)}</time>`;
}

/** With scripts it counts down. */
function left(end: number, now: number): Html {
  return html`<span class="left" data-ends="${end}">${remaining(end - now)}</span>`;
}

function oneKeyPerLine(data: object): string {
  const lines = Object.entries(data).map(([key, value]) => `  ${JSON.stringify(key)}: ${JSON.stringify(value)}`);
  return lines.length === 0 ? "{}" : `{\n${lines.join(",\n")}\n}`;
}
