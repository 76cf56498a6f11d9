import { serve } from "@hono/node-server";
import { createSessions } from "coatcheck";
import { coatcheck } from "coatcheck/hono";
import { Hono } from "hono";

interface Data {
  visits: number;
  cart: { sku: string; quantity: number }[];
  theme: "light" | "dark";
}

const sessions = createSessions<Data>(); // SQLite in .coatcheck/sessions.sqlite

const app = new Hono().use(coatcheck(sessions));

app.get("/", async (c) => {
  const session = await c.var.session; // typed; loaded on first use
  const visits = session.update("visits", (n = 0) => n + 1); // exact, however many requests run at once
  return c.text(`Visit ${visits}, in the ${session.get("theme", "light")} theme`);
});

app.post("/cart", async (c) => {
  const session = await c.var.session;
  const form = new URLSearchParams(await c.req.text());
  session.update("cart", (cart = []) => [...cart, { sku: form.get("sku") ?? "", quantity: 1 }]);
  session.data.theme = "dark"; // a plain typed object too; nested changes are noticed
  return c.redirect("/"); // leaves when the store has acknowledged
});

app.post("/login", async (c) => {
  const session = await c.var.session;
  const form = new URLSearchParams(await c.req.text());
  session.userId = form.get("name") ?? undefined; // after you have checked the password
  session.cycleKey(); // new token, same session; the old token is dead
  return c.redirect("/");
});

app.post("/logout", async (c) => {
  const session = await c.var.session;
  await session.flush(); // record deleted, cookie removed
  return c.redirect("/");
});

const port = Number(process.env["PORT"] ?? 3000);
serve({ fetch: app.fetch, port, hostname: "127.0.0.1" }, (address) => {
  console.log(`http://localhost:${address.port}`);
});
