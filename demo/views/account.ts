import type { ExpiryChoice, Look } from "../look.ts";
import { type Html, html } from "./html.ts";

/** Logging in and out, and how long to be remembered. */
export function account({ userId, expiry }: Look): Html {
  return html`<section id="account" class="card" aria-labelledby="account-title">
    <h2 id="account-title">Your visit</h2>
    ${userId === undefined ? logIn : logOut(userId)}
    <form class="remember" method="post" action="/remember">
      <fieldset>
        <legend>Remember me</legend>
        ${choice("weeks", "for two weeks", expiry)} ${choice("browser", "until the browser closes", expiry)}
        ${choice("seconds", "for 30 seconds", expiry)}
      </fieldset>
      <button>Remember</button>
    </form>
  </section>`;
}

const logIn = html`<form class="login" method="post" action="/login">
  <label for="name">Your name (any will do)</label>
  <div class="row">
    <input id="name" name="name" required maxlength="40" autocomplete="username" spellcheck="false" />
    <button>Log in</button>
  </div>
</form>`;

function logOut(userId: string): Html {
  return html`<form class="login" method="post" action="/logout">
    <div class="row">
      <p>Logged in as <strong>${userId}</strong></p>
      <button>Log out</button>
    </div>
  </form>`;
}

function choice(value: ExpiryChoice, label: string, current: ExpiryChoice): Html {
  const checked = value === current && html` checked`;
  return html`<label><input type="radio" name="expiry" value="${value}" ${checked} /> ${label}</label>`;
}
