import type { Session } from "coatcheck";
import { coatcheck as forFetch } from "coatcheck/fetch";
import { coatcheck as forHono } from "coatcheck/hono";
import { Hono } from "hono";
import { type Data, sessionsOn } from "./sessions.ts";

export type Handler = (request: Request) => Response | Promise<Response>;

/** A Hono app under /hono, and one of nothing but `coatcheck/fetch` under /fetch, on the same sessions. */
export function appOn(engine: string, url: string): Handler {
  const sessions = sessionsOn(engine, url);

  const hono = new Hono().use(forHono(sessions));
  hono.all("/hono/*", async (c) => {
    const form = new URLSearchParams(await c.req.text());
    const said = await act(pageOf(c.req.url), await c.var.session, form);
    return said === undefined ? c.redirect("/hono/", 303) : c.text(said);
  });
  hono.onError((error, c) => c.text(String(error)));

  const plain = forFetch(
    sessions,
    async (request) => {
      const form = new URLSearchParams(await request.text());
      const said = await act(pageOf(request.url), await sessions.get(request), form);
      return said === undefined
        ? new Response(null, { status: 303, headers: { location: "/fetch/" } })
        : new Response(said);
    },
    { onError: (error) => new Response(String(error), { status: 503 }) },
  );

  return (request) => (new URL(request.url).pathname.startsWith("/hono/") ? hono.fetch(request) : plain(request));
}

let waiting: (() => void)[] = [];

/** Settles once so many requests are here: by then each of them has loaded what the others are about to change. */
async function together(count: number): Promise<void> {
  // A request that waits for nothing of its own is one that hangs, to Workers.
  const awake = setInterval(() => undefined, 1000);
  await new Promise<void>((resolve) => {
    waiting.push(resolve);
    if (waiting.length < count) return;
    for (const go of waiting) go();
    waiting = [];
  });
  clearInterval(awake);
}

function pageOf(url: string): string {
  return new URL(url).pathname.split("/")[2] ?? "";
}

/** What a page does. Answers what it says, or nothing where it leads back to the first. */
async function act(page: string, session: Session<Data>, form: URLSearchParams): Promise<string | undefined> {
  switch (page) {
    case "cart":
      session.update("cart", (cart = []) => [...cart, { sku: form.get("sku") ?? "", quantity: 1 }]);
      session.data.theme = "dark";
      return undefined;
    case "write":
      await together(Number(form.get("of")));
      session.set(`own${Number(form.get("own"))}`, 1).update("visits", (n = 0) => n + 1);
      return "written";
    case "data":
      return JSON.stringify(session.data);
    case "login":
      session.userId = form.get("name") ?? "";
      session.cycleKey();
      return undefined;
    case "logout":
      await session.flush();
      return undefined;
    default:
      return `Visit ${session.update("visits", (n = 0) => n + 1)}, in the ${session.get("theme", "light")} theme`;
  }
}
