import { serve } from "@hono/node-server";
import { coatcheck } from "coatcheck/fetch";
import { createSessions } from "coatcheck";

interface Data {
  visits: number;
  cart: { sku: string; quantity: number }[];
  theme: "light" | "dark";
}

const sessions = createSessions<Data>(); // SQLite in .coatcheck/sessions.sqlite

const form = async (request: Request): Promise<URLSearchParams> => new URLSearchParams(await request.text());
const redirect = (): Response => new Response(null, { status: 303, headers: { Location: "/" } });

const routes: Record<string, (request: Request) => Promise<Response>> = {
  async "GET /"(request) {
    const session = await sessions.get(request); // typed; loaded on first use
    const visits = session.update("visits", (n = 0) => n + 1); // exact, however many requests run at once
    return new Response(`Visit ${visits}, in the ${session.get("theme", "light")} theme`);
  },

  async "POST /cart"(request) {
    const sku = (await form(request)).get("sku") ?? "";
    const session = await sessions.get(request);
    session.update("cart", (cart = []) => [...cart, { sku, quantity: 1 }]);
    session.data.theme = "dark"; // a plain typed object too; nested changes are noticed
    return redirect(); // leaves when the store has acknowledged
  },

  async "POST /login"(request) {
    const session = await sessions.get(request);
    session.userId = (await form(request)).get("name") ?? undefined; // after you have checked the password
    session.cycleKey(); // new token, same session; the old token is dead
    return redirect();
  },

  async "POST /logout"(request) {
    const session = await sessions.get(request);
    await session.flush(); // record deleted, cookie removed
    return redirect();
  },
};

const handler = coatcheck(sessions, async (request) => {
  const route = routes[`${request.method} ${new URL(request.url).pathname}`];
  return route === undefined ? new Response(null, { status: 404 }) : route(request);
});

const port = Number(process.env["PORT"] ?? 3000);
serve({ fetch: handler, port, hostname: "127.0.0.1" }, (address) => {
  console.log(`http://localhost:${address.port}`);
});
