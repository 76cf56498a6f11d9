import { text } from "node:stream/consumers";
import { coatcheck } from "coatcheck/koa";
import { createSessions } from "coatcheck";
import Koa, { type Context } from "koa";

interface Data {
  visits: number;
  cart: { sku: string; quantity: number }[];
  theme: "light" | "dark";
}

const sessions = createSessions<Data>(); // SQLite in .coatcheck/sessions.sqlite

const form = async (ctx: Context): Promise<URLSearchParams> => new URLSearchParams(await text(ctx.req));

const routes: Record<string, (ctx: Context) => Promise<void>> = {
  async "GET /"(ctx) {
    const session = await sessions.get(ctx); // typed; loaded on first use
    const visits = session.update("visits", (n = 0) => n + 1); // exact, however many requests run at once
    ctx.body = `Visit ${visits}, in the ${session.get("theme", "light")} theme`;
  },

  async "POST /cart"(ctx) {
    const sku = (await form(ctx)).get("sku") ?? "";
    const session = await sessions.get(ctx);
    session.update("cart", (cart = []) => [...cart, { sku, quantity: 1 }]);
    session.data.theme = "dark"; // a plain typed object too; nested changes are noticed
    ctx.redirect("/"); // leaves when the store has acknowledged
  },

  async "POST /login"(ctx) {
    const session = await sessions.get(ctx);
    session.userId = (await form(ctx)).get("name") ?? ""; // after you have checked the password
    session.cycleKey(); // new token, same session; the old token is dead
    ctx.redirect("/");
  },

  async "POST /logout"(ctx) {
    const session = await sessions.get(ctx);
    await session.flush(); // record deleted, cookie removed
    ctx.redirect("/");
  },
};

const app = new Koa();
app.use(coatcheck(sessions));
app.use(async (ctx) => routes[`${ctx.method} ${ctx.path}`]?.(ctx));

const port = Number(process.env["PORT"] ?? 3000);
app.listen(port, "127.0.0.1", () => console.log(`http://localhost:${port}`));
