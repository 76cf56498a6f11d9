import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import express from "express";
import session from "express-session";
import { expect, test } from "vitest";
import { coatcheck } from "../../../src/http/adapters/express.ts";
import { createSessions } from "../../../src/index.ts";
import { expressStore } from "../../../src/engines/express-store.ts";

declare module "express-session" {
  interface SessionData {
    user: string;
  }
}

test("express-session and Coatcheck share a store while an app moves, and leave each other's sessions alone", async () => {
  const store = new session.MemoryStore();
  const sessions = createSessions<{ visits: number }>({
    engine: expressStore(store, { prefix: "" }),
    cookie: { secure: false },
    // `request.session` is express-session's as long as both are there.
    property: false,
  });
  const app = express();
  app.use(session({ store, secret: "x".repeat(32), resave: false, saveUninitialized: false }));
  app.use(coatcheck(sessions));
  app.get("/", async (request, response) => {
    request.session.user ??= "ann";
    const ours = await sessions.get(request);
    response.send(`${request.session.user} ${ours.update("visits", (n = 0) => n + 1)} ${ours.id}`);
  });
  app.get("/out", async (request, response) => {
    await (await sessions.get(request)).flush();
    response.send(request.session.user);
  });
  const server = createServer(app).listen(0, "127.0.0.1");
  await once(server, "listening");
  const ask = (path: string, cookie = ""): Promise<Response> =>
    fetch(`http://127.0.0.1:${(server.address() as AddressInfo).port}${path}`, { headers: { cookie } });

  const first = await ask("/");
  const cookie = first.headers
    .getSetCookie()
    .map((header) => header.split(";")[0])
    .join("; ");
  const [user, visits, id = ""] = (await (await ask("/", cookie)).text()).split(" ");
  expect([user, visits]).toEqual(["ann", "2"]);
  const sids = (): Promise<string[]> =>
    new Promise((resolve) => store.all((_, all) => resolve(Object.keys(all ?? {}))));
  const [theirs, ...ours] = (await sids()).sort((sid) => (sid === id ? 1 : -1));
  expect(ours).toEqual([id]);
  expect(await sessions.byId(theirs ?? "")).toBeUndefined();
  expect(await sessions.revoke(theirs ?? "")).toBe(false);
  expect(await (await ask("/out", cookie)).text()).toBe("ann");
  expect(await sids()).toEqual([theirs]);
  server.close();
  server.closeAllConnections();
});
