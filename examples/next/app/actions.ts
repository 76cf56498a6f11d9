"use server";

import { action } from "../sessions";

export const addCoat = action(async (session, form: FormData) => {
  const sku = form.get("sku");
  if (typeof sku !== "string") return;
  session.update("cart", (cart = []) => [...cart, { sku, quantity: 1 }]); // exact, however many requests run at once
}); // saved, and shown by the page in the same response
