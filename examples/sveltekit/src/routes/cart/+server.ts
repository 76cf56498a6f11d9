import { redirect } from "@sveltejs/kit";
import sessions from "../../sessions.ts";
import type { RequestHandler } from "./$types";

export const POST: RequestHandler = async (event) => {
  const session = await sessions.get(event); // the same session, by the event
  const form = await event.request.formData();
  session.update("cart", (cart = []) => [...cart, { sku: String(form.get("sku")), quantity: 1 }]);
  session.data.theme = "dark"; // a plain typed object too; nested changes are noticed
  redirect(303, "/"); // leaves when the store has acknowledged
};
