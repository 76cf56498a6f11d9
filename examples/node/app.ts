import http, { type IncomingMessage, type ServerResponse } from "node:http";
import { text } from "node:stream/consumers";
import { coatcheck } from "coatcheck/node";
import { createSessions } from "coatcheck";

interface Data {
  visits: number;
  cart: { sku: string; quantity: number }[];
  theme: "light" | "dark";
}

const sessions = createSessions<Data>(); // SQLite in .coatcheck/sessions.sqlite

const form = async (request: IncomingMessage): Promise<URLSearchParams> => new URLSearchParams(await text(request));
const redirect = (response: ServerResponse): unknown => response.writeHead(303, { Location: "/" }).end();

const routes: Record<string, (request: IncomingMessage, response: ServerResponse) => Promise<unknown>> = {
  async "GET /"(request, response) {
    const session = await sessions.get(request); // typed; loaded on first use
    const visits = session.update("visits", (n = 0) => n + 1); // exact, however many requests run at once
    response.end(`Visit ${visits}, in the ${session.get("theme", "light")} theme`);
  },

  async "POST /cart"(request, response) {
    const sku = (await form(request)).get("sku") ?? "";
    const session = await sessions.get(request);
    session.update("cart", (cart = []) => [...cart, { sku, quantity: 1 }]);
    session.data.theme = "dark"; // a plain typed object too; nested changes are noticed
    return redirect(response); // leaves when the store has acknowledged
  },

  async "POST /login"(request, response) {
    const session = await sessions.get(request);
    session.userId = (await form(request)).get("name") ?? undefined; // after you have checked the password
    session.cycleKey(); // new token, same session; the old token is dead
    return redirect(response);
  },

  async "POST /logout"(request, response) {
    const session = await sessions.get(request);
    await session.flush(); // record deleted, cookie removed
    return redirect(response);
  },
};

const server = http.createServer(
  coatcheck(sessions, async (request, response) => {
    const route = routes[`${request.method} ${request.url}`];
    await (route === undefined ? response.writeHead(404).end() : route(request, response));
  }),
);

const port = Number(process.env["PORT"] ?? 3000);
server.listen(port, "127.0.0.1", () => console.log(`http://localhost:${port}`));
