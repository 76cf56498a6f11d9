import { once } from "node:events";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import express, { type Express } from "express";
import fastify from "fastify";
import { Hono } from "hono";
import type { Browser } from "playwright-core";
import supertest from "supertest";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { memory } from "../../src/engines/memory.ts";
import { coatcheck as onExpress } from "../../src/http/adapters/express.ts";
import { coatcheck as onFastify } from "../../src/http/adapters/fastify.ts";
import { coatcheck as onHono } from "../../src/http/adapters/hono.ts";
import { createSessions, type Sessions, type SessionsOptions } from "../../src/index.ts";
import { createTestSession, fakeClock, openTestSession } from "../../src/testing.ts";
import { launch } from "../browser/visitor.ts";

interface Data {
  visits: number;
}
const make = (options: SessionsOptions = {}): Sessions<Data> => createSessions<Data>({ engine: memory(), ...options });

function expressApp(sessions: Sessions<Data>): Express {
  const app = express();
  app.use(onExpress(sessions));
  app.get("/", async (request, response) => {
    response.send(`visits: ${(await sessions.get(request)).update("visits", (n = 0) => n + 1)}`);
  });
  app.post("/login", async (request, response) => {
    const session = await sessions.get(request);
    session.userId = "ada";
    session.cycleKey();
    response.send("welcome");
  });
  return app;
}

describe("supertest", () => {
  test("takes the header, goes on with a response's cookie", async () => {
    const sessions = make();
    const app = expressApp(sessions);
    const visitor = await createTestSession(sessions, { visits: 3 });
    expect((await supertest(app).get("/").set("Cookie", visitor.cookie)).text).toBe("visits: 4");
    const login = await supertest(app).post("/login").set(visitor.headers);
    const ada = await openTestSession(sessions, login);
    expect(ada.session.userId).toBe("ada");
    expect((await supertest(app).get("/").set("Cookie", ada.cookie)).text).toBe("visits: 5");
  });

  test("the trap: an agent's jar drops Secure cookies over http, and every request is a new visitor", async () => {
    const agent = supertest.agent(expressApp(make()));
    for (const _ of [1, 2]) expect((await agent.get("/")).text).toBe("visits: 1");
  });

  test("the ways out: the header for every request of the agent, or cookies that follow the connection", async () => {
    const sessions = make();
    const { cookie } = await createTestSession(sessions, { visits: 3 });
    const agent = supertest.agent(expressApp(sessions)).set("Cookie", cookie);
    expect((await agent.get("/")).text).toBe("visits: 4");
    expect((await agent.get("/")).text).toBe("visits: 5");

    const keeping = supertest.agent(expressApp(make({ cookie: { secure: "auto" } })));
    expect((await keeping.get("/")).text).toBe("visits: 1");
    expect((await keeping.get("/")).text).toBe("visits: 2");
  });
});

test("Fastify's inject", async () => {
  const sessions = make();
  const app = fastify();
  app.register(onFastify, { sessions });
  app.get("/", async (request) => `visits: ${(await sessions.get(request)).update("visits", (n = 0) => n + 1)}`);
  const visitor = await createTestSession(sessions, { visits: 3 });
  expect((await app.inject({ url: "/", headers: visitor.headers })).body).toBe("visits: 4");
  const begun = await openTestSession(sessions, await app.inject("/"));
  expect(begun.session.get("visits")).toBe(1);
  await app.close();
});

test("Hono's app.request", async () => {
  const sessions = make();
  const app = new Hono().use(onHono(sessions));
  app.get("/", async (c) => c.text(`visits: ${(await sessions.get(c)).update("visits", (n = 0) => n + 1)}`));
  const visitor = await createTestSession(sessions, { visits: 3 });
  expect(await (await app.request("/", { headers: visitor.headers })).text()).toBe("visits: 4");
  const begun = await openTestSession(sessions, await app.request("/"));
  expect(begun.session.get("visits")).toBe(1);
});

test("fetch", async () => {
  const sessions = make();
  await using site = await listen(expressApp(sessions));
  const visitor = await createTestSession(sessions, { visits: 3 });
  expect(await (await fetch(site.url("127.0.0.1"), { headers: visitor.headers })).text()).toBe("visits: 4");
  const begun = await openTestSession(sessions, await fetch(site.url("127.0.0.1")));
  expect(begun.session.get("visits")).toBe(1);
});

const executable = process.env["COATCHECK_TEST_CHROMIUM"] ?? "";

describe.skipIf(executable === "")("Chromium, by Playwright", () => {
  let browser: Browser;
  beforeAll(async () => {
    browser = await launch(executable);
  }, 60_000);
  afterAll(() => browser.close());

  const pages = [
    { name: "the default cookie", host: "localhost", options: {} },
    { name: "the default cookie, at an address", host: "127.0.0.1", options: {} },
    { name: "a cookie for http, strict", host: "localhost", options: { secure: false, sameSite: "strict" } },
    { name: "a cookie of one path", host: "localhost", options: { path: "/app/" } },
    { name: 'secure: "auto"', host: "localhost", options: { secure: "auto" } },
  ] as const;

  // On two clocks, ahead of the browser's and behind it: by the second one a cookie with an end would be over.
  test.each(pages)("$name is kept and sent, and the app's next one takes its place", async ({ host, options }) => {
    for (const clock of [fakeClock(), fakeClock(Date.UTC(2020, 0, 1))]) {
      const sessions = make({ cookie: options, clock, renew: "always" });
      await using site = await listen(expressApp(sessions), "path" in options ? options.path : "/");
      const visitor = await createTestSession(sessions, { visits: 3 });
      const context = await browser.newContext();
      await context.addCookies([visitor.browserCookie(site.url(host))]);
      const page = await context.newPage();
      await page.goto(site.url(host));
      expect(await page.innerText("body")).toBe("visits: 4");
      const cookies = async (): Promise<string[]> => (await context.cookies()).map(({ value }) => value);
      expect(await cookies()).toEqual([visitor.token]);
      await page.evaluate("fetch('login', { method: 'POST' })");
      const after = await cookies();
      expect(after).toHaveLength(1);
      expect((await sessions.open(after[0])).userId).toBe("ada");
      await context.close();
    }
  });
});

interface Site extends AsyncDisposable {
  url(host: string): string;
}

async function listen(app: Express, path = "/"): Promise<Site> {
  const server: Server = createServer(express().use(path, app)).listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  return {
    url: (host) => `http://${host}:${port}${path}`,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
}
