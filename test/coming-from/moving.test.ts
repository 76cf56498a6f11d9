import { readFileSync } from "node:fs";
import { join } from "node:path";
import express, { type NextFunction, type Request, type Response } from "express";
import session from "express-session";
import { expect, onTestFinished, test } from "vitest";
import { root } from "../../scripts/bootstrap/paths.mjs";
import { expressStore } from "../../src/engines/express-store.ts";
import { memory } from "../../src/engines/memory.ts";
import { migrating } from "../../src/engines/migrating.ts";
import { coatcheck } from "../../src/http/adapters/express.ts";
import { createSessions, type Sessions } from "../../src/index.ts";
import { before, LoggedStore, secret } from "./express.ts";
import { blocksIn, squeezed } from "./rows.ts";
import type { Data as Moved } from "./settings.ts";
import { serve, Site } from "./site.ts";

interface Data extends Moved {
  carried: string[];
}

test("docs/coming-from.md: its code is run here", () => {
  const source = squeezed(readFileSync(import.meta.filename, "utf8"));
  const blocks = blocksIn(readFileSync(join(root, "docs/coming-from.md"), "utf8"));
  expect(blocks).toHaveLength(2);
  expect(blocks.filter((code) => !source.includes(squeezed(code)))).toEqual([]);
});

/** An app in which ours follow the old sessions, as the page says. What begins with /old is not moved yet. */
async function sideBySide(store: LoggedStore): Promise<{ url: string; sessions: Sessions<Data> }> {
  const app = express();
  const sessions = createSessions<Data>({ engine: expressStore(store), property: false });

  app.use(session({ store, secret, resave: false, saveUninitialized: false }));
  app.use(coatcheck(sessions));

  app.use(async (req, _res, next) => {
    const { user, cart } = req.session;
    const ours = await sessions.get(req);
    if (ours.userId !== user) {
      if (ours.userId !== undefined) await ours.flush(); // somebody else's, or signed out since
      if (user !== undefined) {
        ours.userId = user;
        ours.cycleKey();
      }
    }
    // So for each key, from the deploy on that moves its handlers:
    if (cart !== undefined && !ours.get("carried", []).includes("cart")) {
      ours.setDefault("cart", cart);
      ours.update("carried", (keys = []) => [...keys, "cart"]);
    }
    next();
  });

  app.all("/old/in/:who", (request, response, next) => {
    request.session.regenerate((error) => {
      request.session.user = request.params.who;
      next(error);
      response.end();
    });
  });
  app.all("/old/out", (request, response) => {
    request.session.destroy(() => response.clearCookie("connect.sid").end());
  });
  app.all("/old/who", (request, response) => void response.send(request.session.user ?? "nobody"));
  addMoved(app, sessions);
  onTestFinished(() => sessions[Symbol.asyncDispose]());
  return { url: await serve(app), sessions };
}

/** The app without the old library. */
function lastStep(sessions: Sessions<Data>): Promise<string> {
  const app = express().use(coatcheck(sessions));
  addMoved(app, sessions);
  return serve(app);
}

/** Handlers that have been moved. */
function addMoved(app: express.Express, sessions: Sessions<Data>): void {
  app.all("/", async (request, response) => {
    const { userId = "nobody", data } = await sessions.get(request);
    response.send(`${userId} ${JSON.stringify(data.cart)}`);
  });
  app.all("/who", async (request, response) => {
    const { userId = "nobody" } = await sessions.get(request);
    response.send(userId);
  });
  app.all("/buy/:sku", async (request, response) => {
    (await sessions.get(request)).update("cart", (cart = []) => [...cart, request.params.sku]);
    response.end();
  });
  app.all("/pay", async (request, response) => {
    (await sessions.get(request)).delete("cart");
    response.end();
  });
  app.all("/out", async (request, response) => {
    await (await sessions.get(request)).flush();
    response.end();
  });
  app.all("/broken", () => {
    throw new Error("broken");
  });
  app.use((_error: unknown, _request: Request, response: Response, _next: NextFunction) => {
    response.status(500).end();
  });
}

/** Where somebody has signed in with express-session. */
async function signedIn(kept: LoggedStore): Promise<Site> {
  const old = await before(
    { store: kept },
    {
      "/": (request) => {
        request.session.user = "ann";
        request.session.cart = ["coat"];
      },
      "/who": (request) => request.session.user ?? "nobody",
    },
  );
  await old.get();
  return old;
}

/** Keeps each cookie of two, which both come in one answer. */
class Browser {
  readonly #url: string;
  readonly #cookies = new Map<string, string>();

  constructor(url: string, cookies: string) {
    this.#url = url;
    this.#keep(cookies.split("; "));
  }

  get names(): string[] {
    return [...this.#cookies.keys()];
  }

  /** Another one with the same cookies. */
  copy(url = this.#url): Browser {
    return new Browser(url, this.#header());
  }

  forget(name: string): void {
    this.#cookies.delete(name);
  }

  async get(path = "/"): Promise<string> {
    const response = await fetch(this.#url + path, { headers: { cookie: this.#header() } });
    this.#keep(response.headers.getSetCookie());
    return response.text();
  }

  #header(): string {
    return Array.from(this.#cookies, ([name, value]) => `${name}=${value}`).join("; ");
  }

  #keep(lines: readonly string[]): void {
    for (const line of lines) {
      const [, name = "", value = ""] = /^([^=]+)=([^;]*)/.exec(line) ?? [];
      if (value === "") this.#cookies.delete(name);
      else this.#cookies.set(name, value);
    }
  }
}

const ours = "__Host-session";

test("an old session goes on as a new one with the same data, nobody signs in anew, and the old one goes on too", async () => {
  const kept = new LoggedStore();
  const { url } = await sideBySide(kept);
  const old = await signedIn(kept);
  const ann = new Browser(url, old.cookies);
  expect(await ann.get()).toBe('ann ["coat"]');
  expect(ann.names.sort()).toEqual([ours, "connect.sid"]);
  await ann.get("/buy/hat");
  expect(await ann.get()).toBe('ann ["coat","hat"]');
  expect([await ann.get("/old/who"), (await old.get("/who")).body]).toEqual(["ann", "ann"]);
});

test("whatever is not moved yet, both say the same of who it is, in one browser after another", async () => {
  const { url } = await sideBySide(new LoggedStore());
  const browser = new Browser(url, "");
  const seen: string[] = [];
  for (const step of ["/old/in/ann", "/old/out", "/old/in/bob", "/old/in/ann", "/old/out"]) {
    await browser.get(step);
    const other = browser.copy();
    seen.push(`${await browser.get("/who")} ${await browser.get("/old/who")}`);
    // Also when a handler that was not moved is the first to be asked.
    expect(`${await other.get("/old/who")} ${await other.get("/who")}`).toBe(seen.at(-1));
  }
  expect(seen).toEqual(["ann ann", "nobody nobody", "bob bob", "ann ann", "nobody nobody"]);
});

test("nothing of one visitor's data reaches the next in the same browser", async () => {
  const { url } = await sideBySide(new LoggedStore());
  const browser = new Browser(url, "");
  await browser.get("/old/in/ann");
  await browser.get("/buy/coat");
  await browser.get("/old/in/bob");
  expect(await browser.get()).toBe("bob undefined");
  await browser.get("/buy/hat");
  await browser.get("/old/out");
  expect(await browser.get()).toBe("nobody undefined");
});

test("a process that knows only the old library does no harm: who signs out there is signed out here", async () => {
  const kept = new LoggedStore();
  const { url } = await sideBySide(kept);
  const only = await before(
    { store: kept },
    { "/out": (request) => new Promise((resolve) => request.session.destroy(resolve)) },
  );
  const { cookies } = await signedIn(kept);
  const ann = new Browser(url, cookies);
  expect(await ann.get("/who")).toBe("ann");
  await fetch(`${only.url}/out`, { headers: { cookie: cookies } });
  expect(await ann.get("/who")).toBe("nobody");
});

test("our cookie alone opens nothing while the old session says who it is", async () => {
  const kept = new LoggedStore();
  const { url } = await sideBySide(kept);
  const ann = new Browser(url, (await signedIn(kept)).cookies);
  await ann.get();
  const copy = ann.copy();
  copy.forget("connect.sid");
  expect(await copy.get()).toBe("nobody undefined");
});

test("what was carried over is not carried over again, when it has been given up here", async () => {
  const kept = new LoggedStore();
  const { url } = await sideBySide(kept);
  const ann = new Browser(url, (await signedIn(kept)).cookies);
  expect(await ann.get()).toBe('ann ["coat"]');
  await ann.get("/pay");
  expect(await ann.get()).toBe("ann undefined");
});

test("what somebody has who is not signed in is carried over too", async () => {
  const kept = new LoggedStore();
  const { url } = await sideBySide(kept);
  const old = await before({ store: kept }, { "/": (request) => (request.session.cart = ["coat"]) });
  await old.get();
  const stranger = new Browser(url, old.cookies);
  expect(await stranger.get()).toBe('nobody ["coat"]');
  expect(await stranger.get()).toBe('nobody ["coat"]');
});

test("what was bought before signing in stays, under another token", async () => {
  const { url, sessions } = await sideBySide(new LoggedStore());
  const browser = new Browser(url, "");
  await browser.get("/buy/coat");
  const planted = browser.copy(await lastStep(sessions));
  await browser.get("/old/in/ann");
  expect(await browser.get()).toBe('ann ["coat"]');
  expect(await planted.get()).toBe("nobody undefined");
});

test("an answer that fails does not lose the session that was being carried over", async () => {
  const kept = new LoggedStore();
  const { url } = await sideBySide(kept);
  const ann = new Browser(url, (await signedIn(kept)).cookies);
  await ann.get("/broken");
  expect(await ann.get()).toBe('ann ["coat"]');
});

test("after the last step nobody is signed out, and whoever signs out stays signed out, the old cookie or not", async () => {
  const kept = new LoggedStore();
  const { url, sessions } = await sideBySide(kept);
  const ann = new Browser(url, (await signedIn(kept)).cookies);
  await ann.get();

  const later = ann.copy(await lastStep(sessions));
  expect(await later.get()).toBe('ann ["coat"]');
  await later.get("/out");
  expect(later.names).toEqual(["connect.sid"]);
  expect(await later.get()).toBe("nobody undefined");
});

test("two requests that bring the old session alone begin two, and whichever the browser keeps has it all", async () => {
  const kept = new LoggedStore();
  const { url, sessions } = await sideBySide(kept);
  const { cookies } = await signedIn(kept);
  const created: string[] = [];
  sessions.on("created", ({ id }) => created.push(id));
  const [first, second] = [new Browser(url, cookies), new Browser(url, cookies)];
  expect([await first.get(), await second.get()]).toEqual(['ann ["coat"]', 'ann ["coat"]']);
  expect([await first.get(), await second.get()]).toEqual(['ann ["coat"]', 'ann ["coat"]']);
  expect(created).toHaveLength(2);
});

test("what was written here is not replaced by what a handler that has not moved writes there", async () => {
  const kept = new LoggedStore();
  const { url } = await sideBySide(kept);
  const old = await before(
    { store: kept },
    {
      "/": (request) => (request.session.user = "ann"),
      "/buy": (request) => (request.session.cart = ["coat"]),
    },
  );
  await old.get();
  const ann = new Browser(url, old.cookies);
  await ann.get("/buy/hat");
  await old.get("/buy");
  expect(await ann.get()).toBe('ann ["hat"]');
});

test("without the middleware the old cookie and its record are left alone", async () => {
  const kept = new LoggedStore();
  const old = await before({ store: kept }, { "/": (request) => (request.session.user ??= "ann") });
  await old.get();
  const records = (): Promise<string> =>
    new Promise((resolve) => kept.all((_error, all) => resolve(JSON.stringify(all))));
  const beforehand = await records();

  const sessions = createSessions<Data>({ engine: expressStore(kept) });
  const app = express().use(coatcheck(sessions));
  app.get("/", async (request, response) => {
    const { isNew } = await sessions.get(request);
    response.send(String(isNew));
  });
  const now = new Site(await serve(app)).continue(old);
  const page = await now.get();
  expect(page.body).toBe("true");
  expect(page.cookie).toBeUndefined();
  expect(await records()).toBe(beforehand);
  expect((await old.get()).body).toBe("ann");
});

test("from the old store to a better one nobody is signed out", async () => {
  const kept = new session.MemoryStore();
  const first = createSessions<Data>({ engine: expressStore(kept) });
  const begun = await first.open();
  begun.set("user", "ann");
  await begun.save();
  const token = first.token(begun);

  const move = (store: session.MemoryStore): Sessions<Data> =>
    createSessions<Data>({ engine: migrating({ from: expressStore(store), to: memory() }) });
  const second = move(kept);
  const found = await second.open(token);
  expect(found.get("user")).toBe("ann");
  found.set("theme", "dark");
  await found.save();
  expect((await second.open(token)).data).toEqual({ user: "ann", theme: "dark" });
  expect((await first.open(token)).isNew).toBe(true);
});
