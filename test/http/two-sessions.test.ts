import { createServer } from "node:http";
import { connect, createServer as createHttp2, type Http2ServerRequest, type Http2ServerResponse } from "node:http2";
import { HttpCode } from "@nestjs/common";
import express, { type NextFunction, type Request as ExpressRequest, type Response as ExpressResponse } from "express";
import fastify from "fastify";
import { H3 } from "h3";
import { Hono } from "hono";
import Koa from "koa";
import type { AddressInfo } from "node:net";
import { afterEach, describe, expect, test } from "vitest";
import { createSessions, type Session, type Sessions } from "../../src/index.ts";
import { memory } from "../../src/engines/memory.ts";
import { coatcheck as onExpress } from "../../src/http/adapters/express.ts";
import { coatcheck as onFastify } from "../../src/http/adapters/fastify.ts";
import { coatcheck as onFetch } from "../../src/http/adapters/fetch.ts";
import { coatcheck as onH3 } from "../../src/http/adapters/h3.ts";
import { coatcheck as onHono } from "../../src/http/adapters/hono.ts";
import { coatcheck as onKoa } from "../../src/http/adapters/koa.ts";
import { coatcheck as onNest } from "../../src/http/adapters/nest.ts";
import { coatcheck as onNext } from "../../src/http/adapters/next.ts";
import { coatcheck as onNode } from "../../src/http/adapters/node.ts";
import { coatcheck as onSvelteKit } from "../../src/http/adapters/sveltekit.ts";
import { answerError, bodyFor, listen, statusFor } from "./harness-adapter.ts";
import type { Data, RawResponse } from "./harness-call.ts";
import { type Platform, posting, start as startNest } from "./nest-parts.ts";
import { builtApp, kit, play } from "./sveltekit-app.ts";

/** The shop's sessions and an admin's on one request, the second mounted further in. */
interface Two {
  readonly outer: Sessions<Data>;
  readonly inner: Sessions<Data>;
}

/** What a handler does before it answers, with the carrier of its framework. */
type Work = (carrier: object) => Promise<string>;

/** A running app: takes a Cookie header, gives what came back. */
type Ask = (cookie: string) => Promise<Response>;

const closing: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0)) await close();
});

async function onSocket(server: ReturnType<typeof createServer>): Promise<Ask> {
  const { port, close } = await listen(server);
  closing.push(close);
  return (cookie) => fetch(`http://127.0.0.1:${port}/`, { method: "POST", headers: { cookie } });
}

async function onHttp2(server: ReturnType<typeof createHttp2>): Promise<Ask> {
  const { port, close } = await listen(server);
  const client = connect(`http://127.0.0.1:${port}`);
  closing.push(async () => client.destroy(), close);
  return async (cookie) => {
    const stream = client.request({ ":path": "/", ":method": "POST", cookie });
    const head = await new Promise<Record<string, unknown>>((resolve) => stream.once("response", resolve).end());
    const body = (await stream.setEncoding("utf8").toArray()).join("");
    const headers = ([head["set-cookie"]].flat() as string[]).map((line) => ["set-cookie", line] as [string, string]);
    return new Response(body, { status: Number(head[":status"]), headers });
  };
}

function nodeListener({ outer, inner }: Two, work: Work) {
  type Listener = (request: Http2ServerRequest, response: Http2ServerResponse) => unknown;
  const onError = (error: unknown, _request: unknown, response: unknown): void =>
    answerError(error, response as RawResponse);
  const mounted = (sessions: Sessions<Data>, listener: Listener) =>
    onNode<Data, Http2ServerRequest, Http2ServerResponse>(sessions, listener, { onError });
  return mounted(
    outer,
    mounted(inner, async (request, response) => response.end(await work(request))),
  );
}

const onPlatform =
  (platform: Platform) =>
  async ({ outer, inner }: Two, work: Work): Promise<Ask> => {
    const route = posting(outer, work, HttpCode(200));
    const app = await startNest(platform, { ...route, imports: [onNest(outer), onNest(inner)] });
    closing.push(async () => app[Symbol.asyncDispose]());
    return (cookie) => app.post("/", cookie);
  };

async function svelteKit({ outer, inner }: Two, work: Work): Promise<Ask> {
  type Input = Parameters<ReturnType<typeof onSvelteKit>>[0];
  const onError = (error: unknown): Response => new Response(bodyFor(error), { status: statusFor(error) });
  const handles = { outer: onSvelteKit(outer, { onError }), inner: onSvelteKit(inner, { onError }) };
  const app = await builtApp();
  const server = createServer((request, response) => app(request, response, () => response.destroy()));
  const ask = await onSocket(server);
  const end = play((server.address() as AddressInfo).port, {
    first: (_event, input: Input) => handles.outer(input),
    handle: (_event, input: Input) => handles.inner(input),
    answer: async (event: object) => new Response(await work(event)),
  });
  closing.push(async () => end());
  return ask;
}

const apps: Record<string, (two: Two, work: Work) => Ask | Promise<Ask>> = {
  "node http": (two, work) => onSocket(createServer(nodeListener(two, work) as never)),
  "node http2": (two, work) => onHttp2(createHttp2(nodeListener(two, work))),

  express({ outer, inner }, work) {
    const app = express().use(onExpress(outer), onExpress(inner));
    app.use(async (request, response) => void response.send(await work(request)));
    app.use((error: unknown, _request: ExpressRequest, response: ExpressResponse, _next: NextFunction) =>
      answerError(error, response),
    );
    return onSocket(createServer(app));
  },

  async fastify({ outer, inner }, work) {
    const app = fastify();
    await app.register(onFastify, { sessions: outer });
    await app.register(onFastify, { sessions: inner });
    app.setErrorHandler(async (error, _request, reply) => {
      await new Promise(setImmediate);
      reply.code(statusFor(error));
      return bodyFor(error);
    });
    app.post("/", async (request) => work(request));
    await app.ready();
    return onSocket(app.server);
  },

  koa({ outer, inner }, work) {
    const app = new Koa();
    app.use(async (context, next) => {
      await next().catch((error: unknown) => {
        context.status = statusFor(error);
        context.body = bodyFor(error);
      });
    });
    app.use(onKoa(outer)).use(onKoa(inner));
    app.use(async (context) => void (context.body = await work(context)));
    const handle = app.callback();
    return onSocket(createServer((request, response) => void handle(request, response)));
  },

  "koa past its answer"({ outer, inner }, work) {
    const app = new Koa();
    app.on("error", () => {});
    app.use(onKoa(outer)).use(onKoa(inner));
    app.use(async (context) => {
      const body = await work(context);
      context.respond = false;
      context.res.writeHead(200).end(body);
    });
    const handle = app.callback();
    return onSocket(createServer((request, response) => void handle(request, response)));
  },

  fetch({ outer, inner }, work) {
    const onError = (error: unknown): Response => new Response(bodyFor(error), { status: statusFor(error) });
    const handler = async (request: Request): Promise<Response> => new Response(await work(request));
    const handle = onFetch(outer, onFetch(inner, handler, { onError }), { onError });
    return (cookie) => handle(new Request("https://shop.test/", { method: "POST", headers: { cookie } }));
  },

  next({ outer, inner }, work) {
    const onError = (error: unknown): Response => new Response(bodyFor(error), { status: statusFor(error) });
    return (cookie) => {
      const jar = { get: () => undefined, set: () => undefined, delete: () => undefined };
      const given = { cookies: async () => jar, refresh: () => undefined };
      const handler = async (request: Request): Promise<Response> => new Response(await work(request));
      const handle = onNext(outer, given).route(onNext(inner, given).route(handler, { onError }), { onError });
      return handle(new Request("https://shop.test/", { method: "POST", headers: { cookie } }));
    };
  },

  hono({ outer, inner }, work) {
    const app = new Hono().use(onHono(outer)).use(onHono(inner));
    app.post("/", async (c) => c.text(await work(c)));
    app.onError((error, c) => c.text(bodyFor(error), statusFor(error) as 500));
    return async (cookie) => app.request("https://shop.test/", { method: "POST", headers: { cookie } });
  },

  h3({ outer, inner }, work) {
    const app = new H3({ silent: true }).use(onH3(outer)).use(onH3(inner));
    app.post("/", (event) => work(event));
    return async (cookie) => app.request("https://shop.test/", { method: "POST", headers: { cookie } });
  },

  "nest express": onPlatform("express"),
  "nest fastify": onPlatform("fastify"),
  ...(kit !== "" && { sveltekit: svelteKit }),
};

/** Begins a session of each kind, and returns what a visitor has then. */
async function visitor(two: Two) {
  const cookies = new Map<string, string>();
  const ids = new Map<keyof Two, string | undefined>();
  for (const which of ["outer", "inner"] as const) {
    const session = await two[which].open();
    await session.set("count", 1).save();
    cookies.set(which, two[which].token(session) ?? "");
    ids.set(which, session.id);
  }
  return { cookies, ids, header: () => [...cookies].map(([name, value]) => `${name}=${value}`).join("; ") };
}

const sessionsNamed = (name: string): Sessions<Data> => createSessions<Data>({ engine: memory(), cookie: { name } });

describe.each(Object.entries(apps))("two sessions on one request: %s", (_name, start) => {
  for (const failing of [[], ["outer"], ["inner"], ["outer", "inner"]]) {
    const what = failing.length === 0 ? "both are saved" : `${failing.join(" and ")} cannot be saved`;
    for (const first of ["outer", "inner"] as const) {
      for (const saved of [true, false]) {
        test(`when ${what}, a key cycled ${saved ? "and saved before" : "at the commit"} reaches the visitor (${first} used first)`, async () => {
          const two: Two = { outer: sessionsNamed("outer"), inner: sessionsNamed("inner") };
          const { cookies, ids, header } = await visitor(two);
          const order = first === "outer" ? (["outer", "inner"] as const) : (["inner", "outer"] as const);
          const ask = await start(two, async (carrier) => {
            for (const which of order) {
              const session: Session<Data> = await two[which].get(carrier);
              session.set("count", 2).cycleKey();
              if (saved) await session.save();
              if (failing.includes(which)) Object.assign(session.data, { theme: new Map() });
            }
            return "answered";
          });
          const before = new Map(cookies);
          const reply = await ask(header());
          const body = await reply.text();
          const isAnswered = body.includes("answered");
          expect([reply.status, isAnswered]).toEqual(failing.length === 0 ? [200, true] : [500, false]);

          for (const line of reply.headers.getSetCookie()) {
            const [, name = "", value = ""] = /^(\w+)=([^;]*)/.exec(line) ?? [];
            // Each comes once.
            expect(cookies.get(name)).toBe(before.get(name));
            cookies.set(name, value);
          }
          for (const which of order) {
            // Whatever was stored, what the visitor holds now opens the session that it was.
            const session = await two[which].open(cookies.get(which));
            expect([which, session.id]).toEqual([which, ids.get(which)]);
            const isNew = cookies.get(which) !== before.get(which);
            const isKept = session.get("count") === 2;
            // Of both that were to be saved at the commit, one may have been, before the other was not.
            const may = saved || failing.length === 0 ? [true] : [true, false];
            expect([may, may]).toEqual([expect.arrayContaining([isNew]), expect.arrayContaining([isKept])]);
          }
        });
      }
    }
  }
});
