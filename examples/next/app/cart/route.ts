import { route, sessions } from "../../sessions";

export const POST = route(async (request) => {
  const session = await sessions.get(request);
  const form = new URLSearchParams(await request.text());
  session.update("cart", (cart = []) => [...cart, { sku: form.get("sku") ?? "", quantity: 1 }]);
  session.data.theme = "dark"; // a plain typed object too; nested changes are noticed
  return new Response(null, { status: 303, headers: { location: "/" } }); // leaves when the store has acknowledged
});
