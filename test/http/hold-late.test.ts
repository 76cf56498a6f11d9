import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { setImmediate } from "node:timers/promises";
import express, { type RequestHandler } from "express";
import { afterEach, describe, expect, test } from "vitest";
import { HeadersSent, type Sessions } from "../../src/index.ts";
import { coatcheck as onExpress } from "../../src/http/adapters/express.ts";
import { coatcheck } from "../../src/http/adapters/node.ts";
import { listen } from "./harness-adapter.ts";
import type { Data } from "./harness-call.ts";
import { sessionsOn } from "./nest-parts.ts";

type Listener = (request: IncomingMessage, response: ServerResponse) => unknown;

const closing: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0)) await close();
});

/** Status, names of the cookies, and body. */
async function ask(listener: Listener): Promise<unknown[]> {
  const { port, close } = await listen(createServer((request, response) => void listener(request, response)));
  closing.push(close);
  const reply = await fetch(`http://127.0.0.1:${port}/`, { method: "POST" });
  return [reply.status, reply.headers.getSetCookie().map((line) => line.replace(/=.*/, "")), await reply.text()];
}

const named = (name: string): Sessions<Data> => sessionsOn(undefined, { cookie: { name } });

const late: unknown = expect.any(HeadersSent);

/** Whether the session could be changed, or why not. */
async function change(sessions: Sessions<Data>, request: object): Promise<unknown> {
  const session = await sessions.get(request);
  try {
    return session.set("count", 1).size;
  } catch (error) {
    return error;
  }
}

describe("a session first used after `end`, while a minifier keeps the answer back,", () => {
  const minify =
    (listener: Listener): Listener =>
    (request, response) => {
      const write = response.write.bind(response);
      const end = response.end.bind(response);
      response.end = (page?: unknown) => {
        const answer = async (): Promise<void> => {
          await setImmediate();
          write(page);
          end();
        };
        void answer();
        return response;
      };
      return listener(request, response);
    };
  test("comes late where the minifier is inside of ours", async () => {
    const sessions = named("one");
    let changed: unknown;
    const reply = await ask(
      minify(
        coatcheck(sessions, async (request, response) => {
          response.end("page");
          changed = await change(sessions, request);
        }),
      ),
    );
    expect([...reply, changed]).toEqual([200, [], "page", late]);
  });

  test("comes in time where the minifier is mounted after ours", async () => {
    const sessions = named("one");
    let changed: unknown;
    const reply = await ask(
      coatcheck(
        sessions,
        minify(async (request, response) => {
          response.end("page");
          changed = await change(sessions, request);
        }) as never,
      ),
    );
    expect([...reply, changed]).toEqual([200, ["one"], "page", 1]);
  });

  test.each(["before", "after"])("comes late when another one has been settled, the minifier %s ours", async (side) => {
    const [shop, admin] = [named("shop"), named("admin")];
    let changed: unknown;
    const page: Listener = async (request, response) => {
      await change(shop, request);
      response.end("page");
      // Its commit takes a few turns of the queue of promises, and the minifier one of the event loop.
      for (let turn = 0; turn < 50; turn += 1) await Promise.resolve();
      changed = await change(admin, request);
    };
    const mounted = (listener: Listener): Listener => coatcheck(shop, coatcheck(admin, listener) as never);
    const reply = await ask(side === "before" ? minify(mounted(page)) : mounted(minify(page)));
    expect([...reply, changed]).toEqual([200, ["shop"], "page", late]);
  });
});

describe.each(["before", "after"])("a session first used as the head leaves, by who is mounted %s ours,", (side) => {
  async function visit(
    sessions: Sessions<Data>,
    other: RequestHandler,
    handler: RequestHandler = (_request, response) => void response.send("page"),
  ): Promise<unknown[]> {
    const ours = onExpress(sessions);
    const app = express().use(...(side === "before" ? [other, ours] : [ours, other]));
    return ask(app.use(handler));
  }

  /** As on-headers does it. */
  const onHead =
    (told: (request: object) => unknown): RequestHandler =>
    (request, response, next) => {
      const { writeHead } = response;
      let fired = false;
      response.writeHead = (...args: unknown[]) => {
        if (!fired) {
          fired = true;
          told(request);
        }
        return Reflect.apply(writeHead, response, args) as typeof response;
      };
      next();
    };

  test("comes late, and the answer arrives", async () => {
    const sessions = named("one");
    const changes: Promise<unknown>[] = [];
    const reply = await visit(
      sessions,
      onHead((request) => changes.push(change(sessions, request))),
    );
    expect(reply).toEqual([200, [], "page"]);
    expect(await Promise.all(changes)).toEqual([late]);
  });

  test("comes late also where the handler began the head by itself", async () => {
    const sessions = named("one");
    const changes: Promise<unknown>[] = [];
    const reply = await visit(
      sessions,
      onHead((request) => changes.push(change(sessions, request))),
      (_request, response) => void response.writeHead(200).end("page"),
    );
    // On the way to us its `writeHead` can still be held.
    expect(reply).toEqual([200, side === "before" ? [] : ["one"], "page"]);
    expect(await Promise.all(changes)).toEqual([side === "before" ? late : 1]);
  });

  test("can be read by a log that waits for it in its own `end`", async () => {
    const sessions = named("one");
    const seen: unknown[] = [];
    const log: RequestHandler = (request, response, next) => {
      const { end } = response;
      response.end = (...args: unknown[]) => {
        const finish = async (): Promise<void> => {
          seen.push((await sessions.get(request)).size);
          Reflect.apply(end, response, args);
        };
        void finish();
        return response;
      };
      next();
    };
    expect(await visit(sessions, log)).toEqual([200, [], "page"]);
    expect(seen).toEqual([0]);
  });
});
