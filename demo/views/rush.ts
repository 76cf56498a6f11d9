import { type Rush, rushSize } from "../look.ts";
import { type Html, html } from "./html.ts";

/** The button needs a script, since a form sends one request at a time; without one it stays hidden. */
export function rushSection(rush: Rush): Html {
  return html`<section id="rush" class="card rush" aria-labelledby="rush-title">
    <div>
      <h2 id="rush-title">Twenty at once</h2>
      <p>
        Each request reads the session, waits a moment, adds one to the same counter and leaves a key of its own. Those
        sent together (browsers send six at a time) all write on top of data that is out of date. None may undo what
        another has done.
      </p>
      <button id="rush-start" type="button" data-size="${rushSize}" hidden>Send ${rushSize} requests</button>
      <noscript class="quiet">Sending several requests at once is the one thing here that needs JavaScript.</noscript>
    </div>
    <div id="rush-result" role="status">${rushResult(rush)}</div>
  </section>`;
}

export function rushResult({ counted, arrived }: Rush): Html {
  const numbers = Array.from({ length: rushSize }, (_, index) => index + 1);
  const began = counted > 0 || arrived.size > 0;
  return html`<ol class="stubs" aria-hidden="true">
      ${numbers.map((number) => html`<li${arrived.has(number) && html` class="in"`}>${number}</li>`)}
    </ol>
    <p class="verdict">${began ? verdict(counted, arrived.size) : "No requests sent yet."}</p>`;
}

function verdict(counted: number, keys: number): Html {
  const complete = counted === rushSize && keys === rushSize;
  return html`<strong>${counted} of ${rushSize}</strong> counted, ${keys} of ${rushSize} keys in the record.
    ${complete ? "Nothing was lost." : "Some are missing."}`;
}
