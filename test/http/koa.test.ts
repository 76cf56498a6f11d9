import { createServer } from "node:http";
import { Readable } from "node:stream";
import Koa, { type Context, type Middleware } from "koa";
import Koa2 from "koa2";
import mount from "koa-mount";
import { afterEach, describe, expect, test } from "vitest";
import { createSessions, HeadersSent, type Sessions, type SessionsOptions } from "../../src/index.ts";
import { memory } from "../../src/engines/memory.ts";
import { coatcheck } from "../../src/http/adapters/koa.ts";
import { barrier, fails, faultyStore, operationLog, startsLate } from "../../src/testing.ts";
import { listen } from "./harness-adapter.ts";
import type { Data } from "./harness-call.ts";

const sessionsOn = (engine = memory(), options: Partial<SessionsOptions> = {}): Sessions<Data> =>
  createSessions<Data>({ engine, ...options });

const unsaved = (): Sessions<Data> => sessionsOn(faultyStore(memory(), fails("create")));

const closing: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0)) await close();
});

/** Serves these middleware in this order; `told` is what Koa's own error event said. */
async function serving(...middleware: Middleware[]): Promise<{ app: Koa; base: string; told: unknown[] }> {
  const app = new Koa();
  const told: unknown[] = [];
  app.on("error", (error) => told.push(error));
  for (const each of middleware) app.use(each);
  const handle = app.callback();
  const { port, close } = await listen(createServer((request, response) => void handle(request, response)));
  closing.push(close);
  return { app, base: `http://127.0.0.1:${port}/`, told };
}

const write = async (sessions: Sessions<Data>, context: Context): Promise<void> => {
  (await sessions.get(context)).set("count", 1);
};

describe("a Koa context", () => {
  test("has one session for itself, its request and response, Node's under them, and the property", async () => {
    const sessions = sessionsOn();
    const { base } = await serving(coatcheck(sessions), async (context) => {
      const carriers = [context, context.request, context.response, context.req, context.res];
      const found: unknown[] = await Promise.all(carriers.map((carrier) => sessions.get(carrier)));
      found.push(await context["session"]);
      context.body = String(new Set(found).size);
    });
    expect(await (await fetch(base)).text()).toBe("1");
  });

  test("mounted twice, in a sub-app too, has one session and one cookie", async () => {
    const operations = operationLog();
    const sessions = sessionsOn(faultyStore(memory(), operations));
    const sub = new Koa();
    sub.use(coatcheck(sessions));
    sub.use(async (context) => {
      (await sessions.get(context)).update("count", (n = 0) => n + 1);
      context.body = context.path;
    });
    const { base } = await serving(
      coatcheck(sessions),
      async (context, next) => {
        await write(sessions, context);
        await next();
      },
      mount("/sub", sub),
    );
    const reply = await fetch(`${base}sub/page`);
    expect([await reply.text(), reply.headers.getSetCookie().length]).toEqual(["/page", 1]);
    expect(operations.verbs).toEqual(["create"]);
  });

  test("mounted in a sub-app alone has sessions there", async () => {
    const sessions = unsaved();
    const sub = new Koa();
    sub.use(coatcheck(sessions));
    sub.use((context) => write(sessions, context));
    const { base } = await serving(
      async (context, next) => {
        await next().catch((error: Error) => (context.body = error.name));
      },
      mount("/sub", sub),
    );
    const reply = await fetch(`${base}sub`);
    expect([reply.status, await reply.text()]).toEqual([503, "StoreUnavailable"]);
    expect((await fetch(base)).status).toBe(404);
  });

  test('with secure: "auto" believes a proxy only as far as app.proxy does', async () => {
    for (const proxy of [true, false]) {
      const sessions = sessionsOn(memory(), { cookie: { secure: "auto" } });
      const { app, base } = await serving(coatcheck(sessions), (context) => write(sessions, context));
      app.proxy = proxy;
      const reply = await fetch(base, { headers: { "x-forwarded-proto": "https" } });
      expect(reply.headers.getSetCookie().join().includes("; Secure")).toBe(proxy);
    }
  });
});

describe("an error of a later middleware on Koa", () => {
  test("answered by Koa itself, which throws all headers away, still carries the cookie", async () => {
    const sessions = sessionsOn();
    const { base, told } = await serving(coatcheck(sessions), async (context) => {
      const session = await sessions.get(context);
      if (context.path === "/401") {
        session.set("count", 1);
        context.throw(401, "who?");
      }
      if (context.path === "/500") {
        session.cycleKey();
        context.throw(500);
      }
      context.body = String(session.set("count", 1).size);
    });
    const cookie = (await fetch(base)).headers.getSetCookie().join().replace(/;.*/, "");
    for (const [path, status] of [
      ["401", 401],
      ["500", 500],
    ] as const) {
      const reply = await fetch(base + path, { headers: path === "401" ? {} : { cookie } });
      expect(reply.status).toBe(status);
      expect(reply.headers.getSetCookie()).toEqual([expect.stringMatching(/^__Host-session=[\w-]{75};/)]);
      expect([reply.headers.get("vary"), reply.headers.get("cache-control")]).toEqual(["Cookie", "no-store"]);
    }
    expect(told).toMatchObject([{ status: 401 }, { status: 500 }]);
  });

  test("thrown by a middleware before ours, after the session was saved, carries the cookie too", async () => {
    const sessions = sessionsOn();
    const { base } = await serving(
      async (_context, next) => {
        await next();
        throw new Error("of a middleware further out");
      },
      coatcheck(sessions),
      (context) => write(sessions, context),
    );
    const reply = await fetch(base);
    expect([reply.status, reply.headers.getSetCookie().length]).toEqual([500, 1]);
  });
});

describe("a failed save on Koa", () => {
  test("is thrown to the middleware before ours; a body that is not theirs does not leave", async () => {
    const sessions = unsaved();
    const source = Readable.from(["never sent"]);
    const seen: unknown[] = [];
    const { base, told } = await serving(
      async (context, next) => {
        context.set("x-before", "kept");
        try {
          await next();
        } catch (error) {
          seen.push(error);
        }
        if (context.path === "/status") context.status = 507;
      },
      coatcheck(sessions),
      async (context) => {
        await write(sessions, context);
        context.set("etag", '"original"');
        context.body = context.path === "/stream" ? source : { never: "sent" };
      },
    );
    for (const [path, status] of [
      ["", 503],
      ["status", 507],
      ["stream", 503],
    ] as const) {
      const reply = await fetch(base + path);
      expect([path, reply.status]).toEqual([path, status]);
      expect(await reply.text()).not.toContain("never");
      expect(reply.headers.get("etag")).toBeNull();
      expect(reply.headers.get("x-before")).toBe("kept");
      expect(reply.headers.get("vary")).toBe("Cookie");
    }
    expect(seen).toMatchObject(Array.from({ length: 3 }, () => ({ code: "STORE_UNAVAILABLE" })));
    expect(told).toEqual([]);
    expect(source.destroyed).toBe(true);
  });

  test.each([
    ["koa 3", Koa],
    ["koa 2", Koa2 as unknown as typeof Koa],
  ])("leaves nothing of a body whose type was said before the session was used (%s)", async (_, Version) => {
    const sessions = unsaved();
    const app = new Version();
    app.use(async (context, next) => {
      await next().catch(() => undefined);
      if (context.path === "/status") context.status = 507;
    });
    app.use(coatcheck(sessions));
    app.use(async (context) => {
      context.type = "json";
      context.set("content-encoding", "identity");
      context.message = "All Is Well";
      await write(sessions, context);
      context.message = "All Is Well";
      context.set({ etag: '"original"', "last-modified": new Date(0).toUTCString() });
      context.body = { never: "sent" };
    });
    const handle = app.callback();
    const { port, close } = await listen(createServer((request, response) => void handle(request, response)));
    closing.push(close);
    for (const [path, status, message] of [
      ["", 503, "Service Unavailable"],
      ["status", 507, "Insufficient Storage"],
    ] as const) {
      const reply = await fetch(`http://127.0.0.1:${port}/${path}`);
      expect([reply.status, reply.statusText, await reply.text()]).toEqual([status, message, message]);
      expect(reply.headers.get("content-type")).toBe("text/plain; charset=utf-8");
      for (const name of ["etag", "last-modified", "content-encoding"]) expect(reply.headers.get(name)).toBeNull();
    }
  });

  test("without anybody to catch it is Koa's own answer, and its error event, once", async () => {
    const sessions = unsaved();
    const { base, told } = await serving(coatcheck(sessions), async (context) => {
      await write(sessions, context);
      context.body = "never sent";
    });
    const reply = await fetch(base);
    expect([reply.status, await reply.text()]).toEqual([503, "Service Unavailable"]);
    expect(told).toMatchObject([{ code: "STORE_UNAVAILABLE" }]);
  });

  test("of an answer past Koa goes to the error event, as does one behind an answer to another error", async () => {
    const sessions = unsaved();
    const { base, told } = await serving(coatcheck(sessions), async (context) => {
      await write(sessions, context);
      if (context.path === "/throw") context.throw(401);
      context.respond = false;
      context.res.writeHead(200, { "x-own": "1" }).end("by hand");
    });
    for (const path of ["", "throw"]) {
      const reply = await fetch(base + path);
      expect([reply.status, await reply.text()]).toEqual([503, "Service Unavailable"]);
      expect(reply.headers.get("x-own")).toBeNull();
    }
    expect(told).toMatchObject([{ code: "STORE_UNAVAILABLE" }, { status: 401 }, { code: "STORE_UNAVAILABLE" }]);
  });

  test("of an answer still being written is whole, and told to the error event", async () => {
    const sessions = unsaved();
    const { base, told } = await serving(coatcheck(sessions), async (context) => {
      await write(sessions, context);
      context.respond = false;
      context.res.write("first");
    });
    const reply = await fetch(base);
    expect([reply.status, await reply.text()]).toEqual([503, ""]);
    expect(told).toMatchObject([{ code: "STORE_UNAVAILABLE" }]);
  });
});

describe("an answer of Koa", () => {
  test("past Koa waits for the commit, also when it is begun while the session is being saved", async () => {
    for (const respond of [false, true]) {
      const pause = barrier();
      const sessions = sessionsOn(faultyStore(memory(), startsLate("create", pause)));
      const { base, told } = await serving(coatcheck(sessions), async (context) => {
        await write(sessions, context);
        context.status = 200;
        context.set("x-own", "kept");
        context.respond = respond;
        const byHand = async (): Promise<void> => {
          if (respond) await pause.arrived();
          context.res.end("by hand");
          if (!respond) await pause.arrived();
          pause.release();
        };
        void byHand();
      });
      const reply = await fetch(base);
      expect([reply.status, await reply.text()]).toEqual([200, "by hand"]);
      expect([reply.headers.get("x-own"), reply.headers.getSetCookie().length]).toEqual(["kept", 1]);
      expect(told).toEqual([]);
    }
  });

  test("past Koa is saved when it is made, with what was changed until then", async () => {
    const store = memory();
    const sessions = sessionsOn(store);
    const { base } = await serving(
      async (context, next) => {
        await next();
        // Koa is done with its middleware, and only now the answer is made.
        const session = await sessions.get(context);
        session.set("theme", "dark");
        context.res.statusCode = 200;
        context.res.end("by hand");
      },
      coatcheck(sessions),
      async (context) => {
        (await sessions.get(context)).get("count");
        context.respond = false;
      },
    );
    const reply = await fetch(base);
    expect([reply.status, await reply.text(), reply.headers.getSetCookie().length]).toEqual([200, "by hand", 1]);
    expect((await store.list(undefined, 2)).records).toHaveLength(1);
  });

  test("begun while its session is being saved in vain is Koa's answer to that", async () => {
    const pause = barrier();
    const sessions = sessionsOn(faultyStore(faultyStore(memory(), fails("create")), startsLate("create", pause)));
    const { base, told } = await serving(coatcheck(sessions), async (context) => {
      await write(sessions, context);
      const byHand = async (): Promise<void> => {
        await pause.arrived();
        context.res.end("by hand");
        pause.release();
      };
      void byHand();
    });
    const reply = await fetch(base);
    expect([reply.status, await reply.text()]).toEqual([503, "Service Unavailable"]);
    expect(told).toMatchObject([{ code: "STORE_UNAVAILABLE" }]);
  });

  const bodies: Record<string, [status: number, body: string, answer: (context: Context) => void]> = {
    "an object": [200, '{"a":1}', (context) => (context.body = { a: 1 })],
    "a stream": [200, "piece", (context) => (context.body = Readable.from(["piece"]))],
    "a Blob": [200, "blob", (context) => (context.body = new Blob(["blob"]))],
    "a Response": [201, "made", (context) => (context.body = new Response("made", { status: 201 }))],
    null: [204, "", (context) => (context.body = null)],
    "a status alone": [202, "Accepted", (context) => (context.status = 202)],
    "304": [304, "", (context) => (context.status = 304)],
  };
  test.each(Object.entries(bodies))("by %s carries the cookie", async (_name, [status, body, answer]) => {
    const sessions = sessionsOn();
    const { base } = await serving(coatcheck(sessions), async (context) => {
      await write(sessions, context);
      answer(context);
    });
    const reply = await fetch(base);
    expect([reply.status, await reply.text(), reply.headers.getSetCookie().length]).toEqual([status, body, 1]);
  });

  test("keeps what a middleware before ours says afterwards, beside ours", async () => {
    const sessions = sessionsOn();
    const { base } = await serving(
      async (context, next) => {
        await next();
        context.set({ vary: "Accept", "cache-control": "private", "set-cookie": "late=1" });
      },
      coatcheck(sessions),
      (context) => write(sessions, context),
    );
    const { headers } = await fetch(base);
    expect([headers.get("vary"), headers.get("cache-control")]).toEqual(["Accept, Cookie", "private"]);
    expect(headers.getSetCookie()).toEqual(["late=1", expect.stringMatching(/^__Host-session=/)]);
  });

  test("saves a session that a middleware before ours uses first, and refuses what came too late", async () => {
    const store = memory();
    const sessions = sessionsOn(store);
    let late: unknown;
    const { base } = await serving(
      async (context, next) => {
        await next();
        const session = await sessions.get(context);
        try {
          session.set("count", 2);
        } catch (error) {
          late = error;
        }
      },
      coatcheck(sessions),
      async (context) => {
        if (context.path === "/used") (await sessions.get(context)).get("count");
      },
    );
    expect((await fetch(base)).headers.getSetCookie()).toHaveLength(1);
    expect(late).toBeUndefined();
    expect((await fetch(`${base}used`)).headers.getSetCookie()).toEqual([]);
    expect(late).toBeInstanceOf(HeadersSent);
  });

  test.each([
    ["koa 3", Koa],
    ["koa 2", Koa2 as unknown as typeof Koa],
  ])(
    "whose stream breaks during the commit is answered as an error, and nobody else is hurt (%s)",
    async (_, Version) => {
      for (const [saves, status] of [
        [true, 500],
        [false, 503],
      ] as const) {
        const pause = barrier();
        const store = saves ? memory() : faultyStore(memory(), fails("create"));
        const sessions = sessionsOn(faultyStore(store, startsLate("create", pause)));
        const source = new Readable({ read() {} });
        const app = new Version();
        app.on("error", () => {});
        app.use(coatcheck(sessions));
        app.use(async (context) => {
          await write(sessions, context);
          context.body = source;
        });
        const handle = app.callback();
        const { port, close } = await listen(createServer((request, response) => void handle(request, response)));
        closing.push(close);
        const answer = fetch(`http://127.0.0.1:${port}/`);
        await pause.arrived(1);
        source.destroy(new Error("broken"));
        await new Promise(setImmediate);
        pause.release();
        expect((await answer).status).toBe(status);
      }
    },
  );

  test("whose stream breaks after the commit is cut, and told to the error event", async () => {
    const sessions = sessionsOn();
    const { base, told } = await serving(coatcheck(sessions), async (context) => {
      await write(sessions, context);
      context.body = Readable.from(
        (async function* pieces() {
          yield "first";
          throw new Error("broken");
        })(),
      );
    });
    const reply = await fetch(base);
    expect(reply.headers.getSetCookie()).toHaveLength(1);
    await expect(reply.text()).rejects.toThrow("terminated");
    // Koa hears of it twice, from the stream and from the response.
    expect(told[0]).toMatchObject({ message: "broken" });
  });
});
