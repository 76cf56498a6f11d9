import { expect } from "vitest";
import type { Session } from "../../src/index.ts";
import type { Call, Data, Pairs } from "./harness-call.ts";
import { onEveryAdapter, serve } from "./harness.ts";

const write = async (call: Call, headers: Pairs = []): Promise<void> => {
  (await call.session()).update("count", (n = 0) => n + 1);
  call.send(200, "written", headers);
};

const read = async (call: Call, headers: Pairs = []): Promise<void> => {
  (await call.session()).get("count");
  call.send(200, "read", headers);
};

onEveryAdapter("headers", (adapter, promise) => {
  promise("of the application's own cookies stay beside the session's", async () => {
    await using app = await serve(adapter, {
      "/": (call) =>
        write(call, [
          ["set-cookie", "theme=dark; Path=/"],
          ["set-cookie", "lang=de; Path=/"],
        ]),
    });
    const { setCookies } = await app.post("/");
    expect(setCookies).toEqual([
      "theme=dark; Path=/",
      "lang=de; Path=/",
      expect.stringMatching(/^__Host-session=[\w-]{75};/),
    ]);
  });

  promise("of the application's own cookies stay where the session sets none", async () => {
    await using app = await serve(adapter, {
      "/": (call) =>
        read(call, [
          ["set-cookie", "theme=dark; Path=/"],
          ["set-cookie", "lang=de; Path=/"],
        ]),
    });
    expect((await app.get("/")).setCookies).toEqual(["theme=dark; Path=/", "lang=de; Path=/"]);
  });

  const cacheControls: Record<string, string> = {
    private: "private",
    "private, max-age=60": "private, max-age=60",
    "no-store": "no-store",
    "Max-Age=0, No-Store": "Max-Age=0, No-Store",
    "public, max-age=3600": "no-store",
    "max-age=3600": "no-store",
    'no-cache="set-cookie"': "no-store",
    'private="x-user"': "no-store",
    "x-private": "no-store",
  };
  promise("with a cookie make the answer uncacheable, unless the application already did", async () => {
    await using app = await serve(adapter, {
      "/": (call) => write(call, [["cache-control", call.query.get("say") ?? ""]]),
    });
    for (const [said, sent] of Object.entries(cacheControls)) {
      const reply = await app.post(`/?say=${encodeURIComponent(said)}`);
      expect([said, reply.header("cache-control")]).toEqual([said, sent]);
    }
  });

  promise("without a cookie leave the application's Cache-Control alone, also when data was written", async () => {
    await using app = await serve(adapter, {
      "/write": (call) => write(call, [["cache-control", "public, max-age=3600"]]),
      "/read": (call) => read(call, [["cache-control", "public, max-age=3600"]]),
    });
    const visitor = app.visitor();
    await visitor.post("/write");
    for (const path of ["/write", "/read"]) {
      const reply = await visitor.get(path);
      expect(reply.setCookies).toEqual([]);
      expect(reply.header("cache-control")).toBe("public, max-age=3600");
      expect(reply.header("vary")).toBe("Cookie");
    }
  });

  promise("that remove the cookie make the answer uncacheable too", async () => {
    await using app = await serve(adapter, {
      "/write": (call) => write(call),
      "/logout": async (call) => {
        await (await call.session()).flush();
        call.send(200, "bye", [["cache-control", "public"]]);
      },
    });
    const visitor = app.visitor();
    await visitor.post("/write");
    const reply = await visitor.post("/logout");
    expect(reply.header("cache-control")).toBe("no-store");
    expect(reply.header("vary")).toBe("Cookie");
  });

  promise("that renew the cookie say Vary and no-store although nothing was written", async () => {
    await using app = await serve(adapter, { "/write": (call) => write(call), "/read": (call) => read(call) });
    const visitor = app.visitor();
    await visitor.post("/write");
    app.clock.advance({ hours: 2 });
    const reply = await visitor.get("/read");
    expect(reply.setCookies).toHaveLength(1);
    expect(reply.header("cache-control")).toBe("no-store");
    expect(reply.header("vary")).toBe("Cookie");
  });

  const varies: Record<string, string> = {
    Accept: "Accept, Cookie",
    "Accept-Encoding, Origin": "Accept-Encoding, Origin, Cookie",
    cookie: "cookie",
    "Origin, Cookie": "Origin, Cookie",
    "*": "*",
  };
  promise("merge Vary with what the application said; * stays", async () => {
    await using app = await serve(adapter, { "/": (call) => read(call, [["vary", call.query.get("say") ?? ""]]) });
    for (const [said, sent] of Object.entries(varies)) {
      expect((await app.get(`/?say=${encodeURIComponent(said)}`)).header("vary")).toBe(sent);
    }
  });

  promise("of an application that set Vary twice keep both", async () => {
    await using app = await serve(adapter, {
      "/": (call) =>
        read(call, [
          ["vary", "Accept"],
          ["vary", "Origin"],
        ]),
    });
    expect((await app.get("/")).header("vary")).toBe("Accept, Origin, Cookie");
  });

  const readers: Record<string, (session: Session<Data>) => unknown> = {
    get: (session) => session.get("count"),
    has: (session) => session.has("count"),
    keys: (session) => [...session.keys()],
    values: (session) => [...session.values()],
    entries: (session) => [...session.entries()],
    iteration: (session) => [...session],
    size: (session) => session.size,
    isEmpty: (session) => session.isEmpty(),
    data: (session) => session.data.count,
    userId: (session) => session.userId,
    id: (session) => session.id,
    testCookieWorked: (session) => session.testCookieWorked(),
    getExpiryAge: (session) => session.getExpiryAge(),
    toJSON: (session) => JSON.stringify(session),
    nothing: () => undefined,
  };
  promise("say Vary: Cookie whichever way the session was read, with a session and without", async () => {
    await using app = await serve(adapter, {
      "/write": (call) => write(call),
      "/read": async (call) => {
        readers[call.query.get("by") ?? ""]?.(await call.session());
        call.send(200);
      },
    });
    const visitor = app.visitor();
    await visitor.post("/write");
    for (const by of Object.keys(readers)) {
      for (const reply of [await visitor.get(`/read?by=${by}`), await app.get(`/read?by=${by}`)]) {
        expect([by, reply.header("vary"), reply.setCookies]).toEqual([by, "Cookie", []]);
      }
    }
  });

  promise("never show the id, the secret or the data anywhere but in Set-Cookie", async () => {
    await using app = await serve(adapter, {
      "/": async (call) => {
        (await call.session()).set("theme", "hidden-value");
        call.redirect("/next");
      },
    });
    const reply = await app.post("/");
    const [id = ""] = await app.ids();
    const rest = JSON.stringify([reply.headers.filter(([name]) => name !== "set-cookie"), reply.body]);
    expect(reply.cookie).toContain(id);
    expect(rest).not.toContain(id);
    expect(rest).not.toContain("hidden-value");
  });
});
