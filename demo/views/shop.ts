import { catalogue, linesOf, type Product, totalOf } from "../catalogue.ts";
import type { Look } from "../look.ts";
import { account } from "./account.ts";
import { type Html, html } from "./html.ts";
import { pictures } from "./icons.ts";
import { layout, themeSwitch } from "./layout.ts";
import { recordPanel } from "./record.ts";
import { rushSection } from "./rush.ts";

export function shopPage(look: Look): Html {
  return layout({
    title: "Shop",
    theme: look.theme,
    aside: themeSwitch(look.theme),
    body: html`<div class="columns">
      <div class="shop">
        ${welcome(look)}
        <section id="products" class="products" aria-labelledby="products-title">
          <h2 id="products-title">Left by the door</h2>
          <ul>
            ${catalogue.map(productCard)}
          </ul>
        </section>
        <div class="cards">${cartCard(look)} ${account(look)}</div>
        ${rushSection(look.rush)}
      </div>
      <div id="record" class="record">${recordPanel(look.kept)}</div>
    </div>`,
  });
}

function welcome({ visits, userId }: Look): Html {
  return html`<section class="welcome" aria-labelledby="welcome-title">
    <h1 id="welcome-title">${userId === undefined ? "Good evening" : html`Good evening, ${userId}`}</h1>
    <p class="count">
      You have seen this page <strong id="visits">${visits}</strong> ${visits === 1 ? "time" : "times"}: your ticket
      says so. <a href="/ticket">Look without being counted</a>
    </p>
  </section>`;
}

function productCard({ sku, name, price }: Product): Html {
  return html`<li class="product">
    ${pictures[sku]}
    <h3>${name}</h3>
    <p class="price">€ ${price}</p>
    <form method="post" action="/cart">
      <input type="hidden" name="sku" value="${sku}" />
      <button aria-label="Add to cart: ${name}">Add</button>
    </form>
  </li>`;
}

function cartCard({ cart }: Look): Html {
  const lines = linesOf(cart);
  return html`<section id="cart" class="card" aria-labelledby="cart-title">
    <h2 id="cart-title">Cart</h2>
    ${lines.length === 0 ? html`<p class="quiet">Empty so far.</p>` : filledCart(lines)}
  </section>`;
}

function filledCart(lines: ReturnType<typeof linesOf>): Html {
  return html`<ul class="lines">
      ${lines.map(
        ({ product: { sku, name, price }, quantity }) =>
          html`<li data-sku="${sku}">
            <span class="name">${name}</span>
            <form class="stepper" method="post" action="/cart">
              <input type="hidden" name="sku" value="${sku}" /><input type="hidden" name="from" value="cart" />
              <button name="step" value="less" aria-label="One less: ${name}">−</button>
              <span class="quantity">${quantity}</span>
              <button name="step" value="more" aria-label="One more: ${name}">+</button>
            </form>
            <span class="sum">€ ${price * quantity}</span>
          </li>`,
      )}
    </ul>
    <div class="total">
      <form method="post" action="/cart/empty"><button class="plain">Empty the cart</button></form>
      <p>Together <strong>€ ${totalOf(lines)}</strong></p>
    </div>`;
}
