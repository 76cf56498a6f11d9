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
import type { Data } from "./settings.ts";
import { allOf, serve, Site } from "./site.ts";

test("docs/coming-from.md: its code is run here", () => {
  const source = squeezed(readFileSync(import.meta.filename, "utf8"));
  const blocks = blocksIn(readFileSync(join(root, "docs/coming-from.md"), "utf8"));
  expect(blocks).toHaveLength(2);
  expect(blocks.filter((code) => !source.includes(squeezed(code)))).toEqual([]);
});

/** An app that carries old sessions over, as the page says. */
async function sideBySide(store: LoggedStore): Promise<{ url: string; sessions: Sessions<Data> }> {
  const app = express();
  const sessions = createSessions<Data>({ engine: expressStore(store), property: false });

  app.use(session({ store, secret, resave: false, saveUninitialized: false }));
  app.use(coatcheck(sessions));

  app.use(async (req, res, next) => {
    const { user, cart } = req.session;
    const ours = await sessions.get(req);
    if (user !== undefined && ours.isNew) {
      ours.userId = user;
      ours.update({ cart: cart ?? [] });
      await ours.save(); // before the old one is gone
      await new Promise((resolve) => req.session.destroy(resolve));
      res.clearCookie("connect.sid"); // or a logout here would be undone by it
    }
    next();
  });

  app.all("/", async (request, response) => {
    const { userId = "nobody", data } = await sessions.get(request);
    response.send(`${userId} ${JSON.stringify(data)}`);
  });
  app.all("/broken", () => {
    throw new Error("broken");
  });
  app.all("/out", async (request, response) => {
    await (await sessions.get(request)).flush();
    response.end();
  });
  app.use((_error: unknown, _request: Request, response: Response, _next: NextFunction) => {
    response.status(500).end();
  });
  onTestFinished(() => sessions[Symbol.asyncDispose]());
  return { url: await serve(app), sessions };
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

  async get(path = "/"): Promise<string> {
    const cookie = Array.from(this.#cookies, ([name, value]) => `${name}=${value}`).join("; ");
    const response = await fetch(this.#url + path, { headers: { cookie } });
    this.#keep(response.headers.getSetCookie());
    return response.text();
  }

  #keep(lines: readonly string[]): void {
    for (const line of lines) {
      const [, name = "", value = ""] = /^([^=]+)=([^;]*)/.exec(line) ?? [];
      if (value === "") this.#cookies.delete(name);
      else this.#cookies.set(name, value);
    }
  }
}

test("an old session goes on as a new one with the same data, once, and nobody signs in anew", async () => {
  const kept = new LoggedStore();
  const { url } = await sideBySide(kept);
  const old = await signedIn(kept);
  expect((await old.get("/who")).body).toBe("ann");
  const ann = new Browser(url, old.cookies);
  expect(await ann.get()).toBe('ann {"cart":["coat"]}');
  expect(ann.names).toEqual(["__Host-session"]);
  expect(await ann.get()).toBe('ann {"cart":["coat"]}');
  expect((await old.get("/who")).body).toBe("nobody");
});

test("an answer that fails does not lose the session that was being carried over", async () => {
  const kept = new LoggedStore();
  const { url } = await sideBySide(kept);
  const ann = new Browser(url, (await signedIn(kept)).cookies);
  await ann.get("/broken");
  expect(await ann.get()).toBe('ann {"cart":["coat"]}');
});

test("whoever signs out after that stays signed out, also for a copy of the old cookie", async () => {
  const kept = new LoggedStore();
  const { url } = await sideBySide(kept);
  const { cookies } = await signedIn(kept);
  const ann = new Browser(url, cookies);
  await ann.get();
  await ann.get("/out");
  expect(await ann.get()).toBe("nobody {}");
  expect(await new Browser(url, cookies).get()).toBe("nobody {}");
});

test("two requests with the same old session at once begin two, and both are answered as hers", async () => {
  const kept = new LoggedStore();
  const { url, sessions } = await sideBySide(kept);
  const { cookies } = await signedIn(kept);
  const created: string[] = [];
  sessions.on("created", ({ id }) => created.push(id));
  const both = allOf(2);
  const get = kept.get.bind(kept);
  // Theirs only: each has read the old session before either ends it.
  kept.get = (...args) => {
    if (args[0].startsWith("cc_")) get(...args);
    else void both().then(() => get(...args));
  };
  const answers = await Promise.all([new Browser(url, cookies).get(), new Browser(url, cookies).get()]);
  expect(answers).toEqual(Array(2).fill('ann {"cart":["coat"]}'));
  expect(created).toHaveLength(2);
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
