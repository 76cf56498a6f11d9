import { coatcheck } from "coatcheck/express";
import { createSessions } from "coatcheck";
import express from "express";

interface Data {
  visits: number;
  cart: { sku: string; quantity: number }[];
  theme: "light" | "dark";
}

const sessions = createSessions<Data>(); // SQLite in .coatcheck/sessions.sqlite

const app = express();
app.use(coatcheck(sessions));
app.use(express.urlencoded());

app.get("/", async (request, response) => {
  const session = await sessions.get(request); // typed; loaded on first use
  const visits = session.update("visits", (n = 0) => n + 1); // exact, however many requests run at once
  response.send(`Visit ${visits}, in the ${session.get("theme", "light")} theme`);
});

app.post("/cart", async (request, response) => {
  const session = await sessions.get(request);
  session.update("cart", (cart = []) => [...cart, { sku: String(request.body.sku), quantity: 1 }]);
  session.data.theme = "dark"; // a plain typed object too; nested changes are noticed
  response.redirect("/"); // leaves when the store has acknowledged
});

app.post("/login", async (request, response) => {
  const session = await sessions.get(request);
  session.userId = String(request.body.name); // after you have checked the password
  session.cycleKey(); // new token, same session; the old token is dead
  response.redirect("/");
});

app.post("/logout", async (request, response) => {
  const session = await sessions.get(request);
  await session.flush(); // record deleted, cookie removed
  response.redirect("/");
});

const port = Number(process.env["PORT"] ?? 3000);
app.listen(port, "127.0.0.1", () => console.log(`http://localhost:${port}`));
