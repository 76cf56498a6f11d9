import { barrier, type Barrier, type Intercept, type StoreVerb } from "../../src/testing.ts";
import type { Call, Pairs, Routes } from "../http/harness-call.ts";
import { nextKit } from "../http/next-build.ts";
import { adapterNamed, type App, type AppOptions, serve } from "../http/harness.ts";

/** Those a browser visits, by the names that their adapters have in the HTTP suite: a further one joins by its own. */
export const frameworks = ["express 5", "fastify", "hono", ...(nextKit === "" ? [] : ["next"])];

const html: Pairs = [["content-type", "text/html; charset=utf-8"]];

/** Pages as a server makes them: all that a browser does with cookies, forms and redirects it does by itself. */
const routes: Routes = {
  "/": (call) => show(call, html),
  "/private": (call) => show(call, [...html, ["cache-control", "no-store"]]),

  "/add": async (call) => {
    const [session, form] = await Promise.all([call.session(), call.form()]);
    session.set(`own${Number(form.get("own"))}`, 1);
    session.update("count", (n = 0) => n + 1);
    call.redirect("/");
  },

  "/buy": async (call) => {
    const session = await call.session();
    if (session.userId === undefined) return call.send(403, "Log in first");
    session.update("count", (n = 0) => n + 1);
    call.redirect("/");
  },

  "/login": async (call) => {
    const [session, form] = await Promise.all([call.session(), call.form()]);
    session.set("theme", "dark").userId = form.get("name") ?? "";
    session.cycleKey();
    if (form.get("remember") === null) session.setExpiry(0);
    call.redirect("/");
  },

  "/logout": async (call) => {
    await (await call.session()).flush();
    call.redirect("/");
  },
};

async function show(call: Call, headers: Pairs): Promise<void> {
  const session = await call.session();
  const own = call.query.get("own") ?? "1";
  call.send(
    200,
    `<!doctype html><html lang="en"><title>Shop</title><link rel="icon" href="data:,">
    <h1>Hello ${session.userId ?? "stranger"}</h1>
    <pre>${JSON.stringify(session.data)}</pre>
    <form method="post" action="/add"><input type="hidden" name="own" value="${own}"><button>Add</button></form>
    <form method="post" action="/login">
      <label>Your name <input name="name"></label>
      <label><input type="checkbox" name="remember" checked> Remember me</label>
    </form>
    <form method="post" action="/logout"><button>Log out</button></form>
    </html>`,
    headers,
  );
}

/** A running shop, and the gate between it and its store. */
export interface Shop extends AsyncDisposable {
  readonly app: App;
  /** Where a browser finds it, under a name of this machine. */
  at(host: string): string;
  /** The next so many calls of a verb wait before they reach the store; those after them pass. */
  holdNext(verb: StoreVerb, count?: number): Barrier;
}

/** Builds what a framework has built before it serves; once for all shops. */
export async function prepare(framework: string): Promise<void> {
  await adapterNamed(framework).prepare?.();
}

export async function openShop(framework: string, options: AppOptions = {}): Promise<Shop> {
  let between: Intercept = (_call, proceed) => proceed();
  const app = await serve(adapterNamed(framework), routes, {
    // A held request has to outlast what the browser does meanwhile.
    deadline: 30,
    store: (call, proceed) => between(call, proceed),
    ...options,
  });
  return {
    app,
    at: (host) => `${app.adapter.secure ? "https" : "http"}://${host}:${app.port}`,
    holdNext(verb, count = 1) {
      const pause = barrier();
      let left = count;
      between = async (call, proceed) => {
        if (call.verb === verb && left > 0) {
          left -= 1;
          await pause.arrive();
        }
        return proceed();
      };
      return pause;
    },
    [Symbol.asyncDispose]: () => app[Symbol.asyncDispose](),
  };
}
