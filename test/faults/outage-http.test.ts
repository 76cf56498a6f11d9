import { once } from "node:events";
import { createServer, request as httpRequest, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import { describe, expect, test, vi } from "vitest";
import { StoreUnavailable } from "../../src/core/errors.ts";
import type { Session } from "../../src/core/session.ts";
import type { Sessions } from "../../src/core/sessions.ts";
import { coatcheck as coatcheckFetch } from "../../src/http/adapters/fetch.ts";
import { coatcheck as coatcheckNode } from "../../src/http/adapters/node.ts";
import { fails, faultyStore, type Intercept, neverAnswers, type StoreVerb } from "../../src/testing/faulty-store.ts";
import { type Data, scene } from "./support.ts";

type Handler = (session: Session<Data>) => unknown;

interface Answered {
  readonly status: number;
  readonly cookies: readonly string[];
}

/** One request, through the adapter for fetch, and through the one for Node with a real server. */
const transports: readonly [string, (sessions: Sessions<Data>, token: string, handle: Handler) => Promise<Answered>][] =
  [
    [
      "fetch",
      async (sessions, token, handle) => {
        const app = coatcheckFetch(
          sessions,
          async (request: Request) => {
            await handle(await sessions.get(request));
            return new Response("done");
          },
          { onError: (error) => new Response(null, { status: statusOf(error) }) },
        );
        const response = await app(
          new Request("https://shop.test/", { method: "POST", headers: { cookie: cookieOf(token) } }),
        );
        return { status: response.status, cookies: response.headers.getSetCookie() };
      },
    ],
    [
      "node",
      async (sessions, token, handle) => {
        const server = createServer(
          coatcheckNode(
            sessions,
            async (request, response) => {
              await handle(await sessions.get(request));
              response.end("done");
            },
            { onError: (error, _request, response) => void response.writeHead(statusOf(error)).end() },
          ),
        );
        server.listen(0, "127.0.0.1");
        await once(server, "listening");
        const { port } = server.address() as AddressInfo;
        const sent = httpRequest({
          port,
          host: "127.0.0.1",
          method: "POST",
          headers: { cookie: cookieOf(token) },
          agent: false,
        });
        sent.end();
        const [response] = (await once(sent, "response")) as [IncomingMessage];
        response.resume();
        await once(response, "end");
        server.close();
        return { status: response.statusCode ?? 0, cookies: response.headers["set-cookie"] ?? [] };
      },
    ],
  ];

function cookieOf(token: string): string {
  return `__Host-session=${token}`;
}

function statusOf(error: unknown): number {
  return (error as { status?: number }).status ?? 500;
}

const faults: readonly [string, (verb: StoreVerb, nth?: number) => Intercept][] = [
  ["fails", fails],
  ["never answers", neverAnswers],
];

describe.each(transports)("over %s", (_transport, send) => {
  describe.each(faults)("a store that %s", (_fault, fault) => {
    const uses: readonly [string, StoreVerb, Handler][] = [
      ["reading", "read", (session) => session.get("n")],
      ["writing", "update", (session) => session.set("n", 1)],
      ["cycling the key", "update", (session) => session.cycleKey()],
      ["renewing", "touch", (session) => session.get("n")],
      ["flushing", "delete", (session) => session.flush()],
    ];
    test.each(uses)("%s: 503, and the visitor's cookie is left alone", async (_use, verb, handle) => {
      const { begin, through, clock, peek } = scene();
      const { token } = await begin({ n: 0 });
      if (verb === "touch") clock.advance({ hours: 2 });
      const answer = await send(through(fault(verb), { deadline: 0.05 }), token, handle);
      expect(answer).toEqual({ status: 503, cookies: [] });
      expect(await peek(token), "the session is as it was").toEqual({ n: 0 });
    });

    test("a new session: 503, and no cookie for what was not stored", async () => {
      const { through } = scene();
      const answer = await send(through(fault("create"), { deadline: 0.05 }), "", (session) => session.set("n", 1));
      expect(answer).toEqual({ status: 503, cookies: [] });
    });
  });

  test("a handler that goes on without its session is answered, and nothing is saved or sent", async () => {
    const { begin, store, clock, peek } = scene();
    const { token } = await begin({ n: 0 });
    const down = scene(faultyStore(store, fails("read")));
    down.clock.set(clock.now);
    const app = coatcheckFetch(down.sessions, async (request: Request) => {
      await expect(down.sessions.get(request)).rejects.toThrow(StoreUnavailable);
      return new Response("without");
    });
    const response = await app(new Request("https://shop.test/", { headers: { cookie: cookieOf(token) } }));
    expect([response.status, response.headers.getSetCookie()]).toEqual([200, []]);
    expect(await peek(token)).toEqual({ n: 0 });
  });

  test("a rotation that was stored is sent, also when a later write of the same request fails", async () => {
    vi.spyOn(console, "error").mockImplementation(() => undefined);
    const { begin, through, peek } = scene();
    const { token } = await begin({ n: 0 });
    const answer = await send(through(fails("update", 2)), token, async (session) => {
      session.cycleKey();
      await session.save();
      session.set("n", 1);
    });
    expect(answer.status).toBe(503);
    expect(await peek(token), "the old token is dead").toBeUndefined();
    const [sent = ""] = answer.cookies;
    expect(await peek(/=([^;]*)/.exec(sent)?.[1] ?? ""), "so the new one has to reach the visitor").toEqual({ n: 0 });
  });
});
