import { Router } from "express";
import { changed, isProduct } from "../catalogue.ts";
import { field } from "../field.ts";
import { sessions } from "../sessions.ts";

/** Forms are answered with 303, so that reloading the page they lead to does not send them again. */
export const shopRoutes = Router();

shopRoutes.post("/theme", async (request, response) => {
  const session = await sessions.get(request);
  session.set("theme", field(request, "theme") === "dark" ? "dark" : "light");
  response.redirect(303, "/");
});

shopRoutes.post("/cart", async (request, response) => {
  const sku = field(request, "sku");
  const by = field(request, "step") === "less" ? -1 : 1;
  if (isProduct(sku)) {
    const session = await sessions.get(request);
    // Not `set`: two clicks in quick succession are two requests at once, and both must count.
    session.update("cart", (cart = {}) => changed(cart, sku, by));
  }
  response.redirect(303, field(request, "from") === "cart" ? "/#cart" : "/#products");
});

shopRoutes.post("/cart/empty", async (request, response) => {
  const session = await sessions.get(request);
  session.delete("cart");
  response.redirect(303, "/#cart");
});
