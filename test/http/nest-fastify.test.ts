import { FastifyAdapter } from "@nestjs/platform-fastify";
import { Get } from "@nestjs/common";
import type { FastifyInstance } from "fastify";
import type { ServerResponse } from "node:http";
import { describe, expect, test } from "vitest";
import type { Sessions } from "../../src/index.ts";
import { memory } from "../../src/engines/memory.ts";
import { coatcheck } from "../../src/http/adapters/nest.ts";
import type { Data } from "./harness-call.ts";
import {
  type Caught,
  controllerOf,
  counting,
  filterNamed,
  middleware,
  type Parts,
  posting,
  sessionsOn,
  start,
  unsaved,
} from "./nest-parts.ts";

describe("a middleware of Nest on Fastify", () => {
  /** It runs before Fastify's own request and reply are known. */
  const using = (sessions: Sessions<Data>): Parts => ({
    configure: (consumer) =>
      void consumer
        .apply(middleware(async (request) => (await sessions.get(request)).set("count", 1)))
        .forRoutes("{*path}"),
  });

  test("that used the session leaves the handler's answer as revocable as ever", async () => {
    const sessions = unsaved();
    const caught: Caught[] = [];
    const seen: object[] = [];
    await using app = await start("fastify", {
      ...posting(sessions, (request, response: { header(name: string, value: string): unknown }) => {
        seen.push(request);
        response.header("etag", '"original"');
        return "written";
      }),
      ...using(sessions),
      main(nest) {
        nest.useGlobalFilters(filterNamed("global", caught));
        const hooked = nest.getHttpAdapter().getInstance() as FastifyInstance;
        hooked.addHook("onRequest", async (_request, answer) => void answer.header("x-before", "kept"));
      },
    });
    const reply = await app.post("/");
    expect([reply.status, await reply.text()]).toEqual([418, "global"]);
    expect([reply.headers.get("etag"), reply.headers.get("x-before")]).toEqual([null, "kept"]);
    expect(caught[0]?.request).toBe(seen[0]);
  });

  test("that answers by itself is answered for by the global filters when that cannot be saved", async () => {
    const sessions = unsaved();
    await using app = await start("fastify", {
      ...posting(sessions, () => "not reached"),
      configure: (consumer) =>
        void consumer
          .apply(async (request: object, response: ServerResponse) => {
            (await sessions.get(request)).set("count", 1);
            response.end("by the middleware");
          })
          .forRoutes("{*path}"),
    });
    const reply = await app.post("/");
    expect([reply.status, await reply.json()]).toEqual([503, { statusCode: 503, message: "Service Unavailable" }]);
    expect(app.logged).toMatchObject([{ code: "STORE_UNAVAILABLE" }]);
  });

  test.each([true, false])('goes by trustProxy (%s) with secure: "auto"', async (trustProxy) => {
    const sessions = sessionsOn(memory(), { cookie: { secure: "auto" } });
    await using app = await start(
      "fastify",
      {
        ...posting(sessions, () => "written"),
        ...using(sessions),
      },
      new FastifyAdapter({ trustProxy }),
    );
    const reply = await app.visit("/", { method: "POST", headers: { "x-forwarded-proto": "https" } });
    expect(reply.headers.getSetCookie().join().includes("; Secure")).toBe(trustProxy);
  });
});

test("inject, which asks no server, sees what a socket sees", async () => {
  const sessions = sessionsOn();
  await using app = await start("fastify", {
    imports: [coatcheck(sessions)],
    controllers: [controllerOf({ home: counting(sessions, Get("/")) })],
  });
  if (!(app.adapter instanceof FastifyAdapter)) throw new Error("expected Fastify");
  const reply = await app.adapter.inject("/");
  expect([reply.body, String(reply.headers["set-cookie"]).split("=")[0]]).toEqual(["1", "__Host-session"]);
});

test("routes of a Fastify plugin that main.ts registers have sessions, whether it waited for the plugin or not", async () => {
  const sessions = sessionsOn();
  const isNew = async (request: object): Promise<string> => String((await sessions.get(request)).isNew);
  await using app = await start("fastify", {
    imports: [coatcheck(sessions)],
    async main(nest) {
      const fastify = nest.getHttpAdapter().getInstance() as FastifyInstance;
      await fastify.register(async (plugin) => void plugin.get("/awaited", isNew));
      void fastify.register(async (plugin) => void plugin.get("/not-awaited", isNew));
    },
  });
  const replies = await Promise.all(["/awaited", "/not-awaited"].map((path) => app.visit(path)));
  expect(await Promise.all(replies.map((reply) => reply.text()))).toEqual(["true", "true"]);
});
