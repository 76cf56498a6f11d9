import { coatcheck } from "coatcheck/fastify";
import { createSessions } from "coatcheck";
import fastify, { type FastifyRequest } from "fastify";

interface Data {
  visits: number;
  cart: { sku: string; quantity: number }[];
  theme: "light" | "dark";
}

const sessions = createSessions<Data>(); // SQLite in .coatcheck/sessions.sqlite

const app = fastify();
app.register(coatcheck, { sessions });
const form = "application/x-www-form-urlencoded";
app.addContentTypeParser(form, { parseAs: "string" }, async (_request: FastifyRequest, body: string) =>
  Object.fromEntries(new URLSearchParams(body)),
);

app.get("/", async (request) => {
  const session = await sessions.get(request); // typed; loaded on first use
  const visits = session.update("visits", (n = 0) => n + 1); // exact, however many requests run at once
  return `Visit ${visits}, in the ${session.get("theme", "light")} theme`;
});

app.post<{ Body: { sku: string } }>("/cart", async (request, reply) => {
  const session = await sessions.get(request);
  session.update("cart", (cart = []) => [...cart, { sku: request.body.sku, quantity: 1 }]);
  session.data.theme = "dark"; // a plain typed object too; nested changes are noticed
  return reply.redirect("/"); // leaves when the store has acknowledged
});

app.post<{ Body: { name: string } }>("/login", async (request, reply) => {
  const session = await sessions.get(request);
  session.userId = request.body.name; // after you have checked the password
  session.cycleKey(); // new token, same session; the old token is dead
  return reply.redirect("/");
});

app.post("/logout", async (request, reply) => {
  const session = await sessions.get(request);
  await session.flush(); // record deleted, cookie removed
  return reply.redirect("/");
});

const port = Number(process.env["PORT"] ?? 3000);
await app.listen({ port, host: "127.0.0.1" });
console.log(`http://localhost:${port}`);
