import { createSessions } from "coatcheck";
import { coatcheck } from "coatcheck/h3";
import { H3, redirect, serve } from "h3";

interface Data {
  visits: number;
  cart: { sku: string; quantity: number }[];
  theme: "light" | "dark";
}

const sessions = createSessions<Data>(); // SQLite in .coatcheck/sessions.sqlite

const app = new H3().use(coatcheck(sessions));

app.get("/", async (event) => {
  const session = await sessions.get(event); // typed; loaded on first use
  const visits = session.update("visits", (n = 0) => n + 1); // exact, however many requests run at once
  return `Visit ${visits}, in the ${session.get("theme", "light")} theme`;
});

app.post("/cart", async (event) => {
  const session = await sessions.get(event);
  const form = new URLSearchParams(await event.req.text());
  session.update("cart", (cart = []) => [...cart, { sku: form.get("sku") ?? "", quantity: 1 }]);
  session.data.theme = "dark"; // a plain typed object too; nested changes are noticed
  return redirect("/", 303); // leaves when the store has acknowledged
});

app.post("/login", async (event) => {
  const session = await sessions.get(event);
  const form = new URLSearchParams(await event.req.text());
  session.userId = form.get("name") ?? undefined; // after you have checked the password
  session.cycleKey(); // new token, same session; the old token is dead
  return redirect("/", 303);
});

app.post("/logout", async (event) => {
  const session = await sessions.get(event);
  await session.flush(); // record deleted, cookie removed
  return redirect("/", 303);
});

const port = Number(process.env["PORT"] ?? 3000);
const server = serve(app, { port, hostname: "127.0.0.1", silent: true });
await server.ready();
console.log(`http://localhost:${new URL(server.url ?? "").port}`);
