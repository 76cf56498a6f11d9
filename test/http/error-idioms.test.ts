import { createServer, type RequestListener } from "node:http";
import express, { type ErrorRequestHandler } from "express";
import express4 from "express4";
import Koa from "koa";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { memory } from "../../src/engines/memory.ts";
import { coatcheck as onExpress } from "../../src/http/adapters/express.ts";
import { coatcheck as onKoa } from "../../src/http/adapters/koa.ts";
import { createSessions, SessionInterrupted, type Sessions, StoreUnavailable } from "../../src/index.ts";
import { fails, faultyStore } from "../../src/testing.ts";
import { listen } from "./harness-adapter.ts";
import type { Data } from "./harness-call.ts";

beforeEach(() => {
  vi.spyOn(console, "error").mockImplementation(() => undefined);
});
afterEach(() => vi.restoreAllMocks());

const unsaved = (): Sessions<Data> => createSessions<Data>({ engine: faultyStore(memory(), fails("create")) });

async function ask(listener: RequestListener): Promise<[status: number, body: string]> {
  const { port, close } = await listen(createServer(listener));
  try {
    const reply = await fetch(`http://127.0.0.1:${port}/`, { method: "POST" });
    return [reply.status, await reply.text()];
  } finally {
    await close();
  }
}

/** As error handlers of Express are written in tutorials: for an error that may be anything. */
const idiom: ErrorRequestHandler = (err, _request, response, _next) => {
  err.statusCode = err.statusCode || 500;
  err.expose = err.expose || false;
  response.status(err.statusCode).json({ status: err.statusCode, error: err });
};

test.each(Object.entries({ "express 5": express, "express 4": express4 as unknown as typeof express }))(
  "an error handler on %s may write into the error what it reads from it",
  async (_name, framework) => {
    const sessions = unsaved();
    const app = framework();
    app.use(onExpress(sessions));
    app.use(async (request, response) => {
      (await sessions.get(request)).set("count", 1);
      response.send("page");
    });
    app.use(idiom);
    const [status, body] = await ask(app);
    expect([status, JSON.parse(body)]).toEqual([
      503,
      { status: 503, error: { code: "STORE_UNAVAILABLE", name: "StoreUnavailable", status: 503 } },
    ]);
  },
);

test("ctx.throw(status, error) on Koa answers with the status, and tells the visitor no message", async () => {
  const sessions = unsaved();
  const app = new Koa();
  app.silent = true;
  app.use(async (context, next) => {
    try {
      await next();
    } catch (error) {
      context.throw((error as StoreUnavailable).status, error as Error);
    }
  });
  app.use(onKoa(sessions)).use(async (context) => {
    (await sessions.get(context)).set("count", 1);
    context.body = "page";
  });
  const handle = app.callback();
  expect(await ask((request, response) => void handle(request, response))).toEqual([503, "Service Unavailable"]);
});

test("what is written into an error is what is read from it, in that one alone, and not in its JSON", () => {
  const [written, other] = [new StoreUnavailable("down"), new StoreUnavailable("down")];
  const json = JSON.stringify(written);
  Object.assign(written, { statusCode: 418, expose: true });
  expect([written.statusCode, written.expose, written.status]).toEqual([418, true, 503]);
  expect([other.statusCode, other.expose, new SessionInterrupted("gone").statusCode]).toEqual([503, false, 400]);
  expect(JSON.stringify(written)).toBe(json);
});
