import { H3, HTTPError, onError } from "h3";
import { describe, expect, test, vi } from "vitest";
import { coatcheck } from "../../src/http/adapters/h3.ts";
import { fails } from "../../src/testing.ts";
import { cookieOf, setUp } from "./h3-parts.ts";

const post = { method: "POST" };

describe("an error", () => {
  test.each([
    ["an HTTPError of 401", () => new HTTPError({ status: 401 }), 401, true],
    ["a number of 404", () => 404, 404, true],
    ["an HTTPError of 502", () => new HTTPError({ status: 502 }), 502, false],
    ["any other", () => new Error("thrown"), 500, false],
  ])("thrown as %s keeps the changes below 500 and drops them above", async (_what, error, status, kept) => {
    const { sessions, app } = setUp();
    app.post("/", async (event) => {
      (await sessions.get(event)).set("count", 1);
      // oxlint-disable-next-line typescript/only-throw-error -- h3 takes a number for a status
      throw error();
    });
    const reply = await app.request("/", post);
    expect([reply.status, reply.headers.get("vary")]).toEqual([status, "Cookie"]);
    expect(reply.headers.getSetCookie()).toHaveLength(kept ? 1 : 0);
  });

  test("that is returned is one that was thrown", async () => {
    const { sessions, app, operations } = setUp();
    app.post("/", async (event) => {
      (await sessions.get(event)).set("count", 1);
      return new HTTPError({ status: 500 });
    });
    const reply = await app.request("/", post);
    expect([reply.status, reply.headers.getSetCookie(), operations]).toEqual([500, [], []]);
  });

  const handlers: Record<string, ConstructorParameters<typeof H3>[0]> = {
    "nobody's but h3's": {},
    "an onError that only looks": { onError: () => undefined },
    "an onError that returns a value": {
      onError: (_error, event) => {
        event.res.status = 500;
        return "sorry";
      },
    },
    "an onError that hands errHeaders to its Response": {
      onError: (_error, event) => new Response("sorry", { status: 500, headers: event.res.errHeaders }),
    },
  };
  for (const [what, config] of Object.entries(handlers)) {
    test(`after a cycled key is answered with the new cookie by ${what}`, async () => {
      const { sessions, app } = setUp(config);
      app.post("/", async (event) => {
        const session = await sessions.get(event);
        if (session.get("count") === undefined) return String(session.set("count", 1).size);
        session.cycleKey();
        throw new Error("after it");
      });
      const old = cookieOf(await app.request("/", post));
      const reply = await app.request("/", { ...post, headers: { cookie: old } });
      expect([reply.status, reply.headers.get("vary")]).toEqual([500, "Cookie"]);
      expect(reply.headers.getSetCookie()).toEqual([expect.stringMatching(/^__Host-session=/)]);
      const session = await sessions.open(cookieOf(reply).slice("__Host-session=".length));
      expect([cookieOf(reply) === old, session.get("count")]).toEqual([false, 1]);
    });
  }

  test.each([
    ["a value", () => "sorry"],
    ["a Response", () => new Response("sorry", { status: 500 })],
  ])("after a cycled key is answered with the new cookie by an onError middleware with %s", async (_what, answer) => {
    const { sessions } = setUp();
    const app = new H3({ silent: true });
    app.use(onError(answer)).use(coatcheck(sessions));
    app.post("/", async (event) => {
      await (await sessions.get(event)).set("count", 1).save();
      throw new Error("after it");
    });
    const reply = await app.request("/", post);
    expect([await reply.text(), reply.headers.getSetCookie().length]).toEqual(["sorry", 1]);
  });

  test("while saving is h3's: its status, and nothing of the message or of the answer that failed", async () => {
    const { sessions, app } = setUp({ fault: fails("create") });
    app.post("/", async (event) => {
      (await sessions.get(event)).set("count", 1);
      event.res.headers.set("etag", '"1"');
      event.res.errHeaders.set("x-error", "1");
      return "written";
    });
    const reply = await app.request("/", post);
    expect(await reply.json()).toEqual({ status: 503, unhandled: true, message: "HTTPError" });
    expect([...reply.headers.keys()].sort()).toEqual(["content-type", "vary"]);
  });

  test("while saving keeps the headers that were there before, and is no 200 whatever onError returns", async () => {
    const { sessions } = setUp({ fault: fails("create") });
    const app = new H3({ silent: true, onError: (error) => (error.cause as Error).name });
    app.use((event) => event.res.headers.set("x-request", "7")).use(coatcheck(sessions));
    app.post("/", async (event) => {
      (await sessions.get(event)).set("count", 1);
      event.res.headers.set("etag", '"1"');
      event.res.status = 201;
      return "written";
    });
    const reply = await app.request("/", post);
    expect([reply.status, await reply.text(), reply.headers.get("x-request")]).toEqual([503, "StoreUnavailable", "7"]);
    expect(reply.headers.has("etag")).toBe(false);
  });

  test("while saving cancels the stream that is not sent", async () => {
    const { sessions, app } = setUp({ fault: fails("create") });
    const cancel = vi.fn<() => void>();
    app.post("/", async (event) => {
      (await sessions.get(event)).set("count", 1);
      return new ReadableStream({ cancel });
    });
    expect((await app.request("/", post)).status).toBe(503);
    expect(cancel).toHaveBeenCalledOnce();
  });
});
