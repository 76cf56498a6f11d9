import { expect, vi } from "vitest";
import type { Routes } from "./harness-call.ts";
import { onEveryAdapter, serve } from "./harness.ts";

const routes: Routes = {
  "/write": async (call) => {
    (await call.session()).set("count", 1);
    call.send(200);
  },
  "/read": async (call) => call.send(200, `count: ${(await call.session()).get("count", 0)}`),
  "/throw": () => {
    throw new Error("thrown");
  },
  "/reject": async (call) => {
    (await call.session()).set("count", 2);
    throw new Error("rejected");
  },
  "/change-500": async (call) => {
    const session = await call.session();
    session.set("count", 2);
    session.data.theme = "dark";
    session.userId = "ann";
    session.setExpiry(60);
    call.send(500, "sorry");
  },
  "/cycle-500": async (call) => {
    const session = await call.session();
    session.set("count", 2).cycleKey();
    session.userId = "ann";
    call.send(500, "sorry");
  },
  "/cycle-throw": async (call) => {
    const session = await call.session();
    session.set("count", 2).cycleKey();
    throw new Error("after the key was cycled");
  },
  "/flush-500": async (call) => {
    await (await call.session()).flush();
    call.send(500, "sorry");
  },
  "/save-500": async (call) => {
    await (await call.session()).set("count", 3).save();
    call.send(500, "sorry");
  },
  "/invalid-500": async (call) => {
    Object.assign((await call.session()).data, { theme: () => 1 });
    call.send(500, "sorry");
  },
  "/expiry-500": async (call) => {
    (await call.session()).setExpiry(365 * 24 * 3600);
    call.send(500, "sorry");
  },
};

onEveryAdapter("a server error", (adapter, promise) => {
  promise("thrown by a handler that used no session reaches the error handler, without Vary or cookie", async () => {
    await using app = await serve(adapter, routes);
    const reply = await app.get("/throw");
    expect(reply).toMatchObject({ status: 500, body: "error handler: OTHER", setCookies: [] });
    expect(reply.header("vary")).toBeUndefined();
    expect(app.errors).toEqual([new Error("thrown")]);
    expect(app.operations).toEqual([]);
  });

  promise("of a rejected handler keeps nothing of what it wrote", async () => {
    await using app = await serve(adapter, routes);
    const visitor = app.visitor();
    expect(await visitor.post("/reject")).toMatchObject({ status: 500, body: "error handler: OTHER", setCookies: [] });
    await visitor.post("/write");
    expect(await visitor.post("/reject")).toMatchObject({ status: 500, setCookies: [] });
    expect(app.errors).toEqual([new Error("rejected"), new Error("rejected")]);
    expect(await app.stored()).toEqual({ count: 1 });
    expect(app.operations).toEqual(["create", "read"]);
  });

  promise("answered as such keeps neither data nor user nor expiry", async () => {
    await using app = await serve(adapter, routes);
    const visitor = app.visitor();
    await visitor.post("/write");
    const [id = ""] = await app.ids();
    const before = await app.records.read(id, app.clock());
    expect(await visitor.post("/change-500")).toMatchObject({ status: 500, body: "sorry", setCookies: [] });
    expect(await app.records.read(id, app.clock())).toEqual(before);
    expect(app.operations).toEqual(["create", "read"]);
  });

  for (const [path, body] of [
    ["/cycle-500", "sorry"],
    ["/cycle-throw", "error handler: OTHER"],
  ] as const) {
    promise(`keeps a cycled key (${path}): new cookie sent, old one dead, data as it was loaded`, async () => {
      await using app = await serve(adapter, routes);
      const visitor = app.visitor();
      await visitor.post("/write");
      const old = visitor.cookie;
      const [id] = await app.ids();
      const reply = await visitor.post(path);
      expect(reply).toMatchObject({ status: 500, body });
      expect(reply.cookie).not.toBe(old);
      expect(reply.header("cache-control")).toBe("no-store");
      expect(await visitor.get("/read")).toMatchObject({ body: "count: 1" });
      expect(await app.get("/read", old)).toMatchObject({ body: "count: 0" });
      expect(await app.ids()).toEqual([id]);
      expect(await app.records.listByUser("ann", app.clock())).toEqual([]);
      expect(app.operations).toEqual(["create", "read", "update", "read", "read"]);
    });
  }

  promise("after flush() leaves the record deleted and the cookie removed", async () => {
    await using app = await serve(adapter, routes);
    const visitor = app.visitor();
    await visitor.post("/write");
    const reply = await visitor.post("/flush-500");
    expect(reply.status).toBe(500);
    expect(reply.setCookie).toMatch(/^__Host-session=; Max-Age=0;/);
    expect(visitor.cookie).toBeUndefined();
    expect(await app.ids()).toEqual([]);
  });

  promise("after save() keeps what was saved, and sends the cookie of a session begun there", async () => {
    await using app = await serve(adapter, routes);
    const visitor = app.visitor();
    const reply = await visitor.post("/save-500");
    expect(reply.status).toBe(500);
    expect(reply.setCookies).toHaveLength(1);
    expect(await visitor.get("/read")).toMatchObject({ body: "count: 3" });
  });

  promise("with data JSON cannot carry stays the application's own answer: nothing of it is saved anyway", async () => {
    await using app = await serve(adapter, routes);
    const visitor = app.visitor();
    await visitor.post("/write");
    expect(await visitor.post("/invalid-500")).toMatchObject({ status: 500, body: "sorry", setCookies: [] });
    expect(app.errors).toEqual([]);
  });

  promise("renews the session by the expiry it has, not by the one that was not kept", async () => {
    await using app = await serve(adapter, routes);
    const visitor = app.visitor();
    await visitor.post("/write");
    const now = app.clock.advance({ hours: 2 });
    const reply = await visitor.post("/expiry-500");
    expect(reply.setCookie).toContain("Max-Age=1209600;");
    const { records } = await app.records.list(undefined, 2);
    expect(records).toMatchObject([{ expiresAt: now + 1_209_600_000 }]);
  });

  promise(
    "thrown after headers were set, without an error handler, is a whole and plain answer",
    async () => {
      vi.spyOn(console, "error").mockImplementation(() => {});
      await using app = await serve(
        adapter,
        {
          "/": async (call) => {
            const response = call.raw();
            response.setHeader("content-length", "1000");
            (await call.session()).set("count", 1);
            throw new Error("before the body");
          },
        },
        { errorHandler: false },
      );
      const reply = await app.post("/");
      expect(reply).toMatchObject({ status: 500, setCookies: [] });
    },
    "response",
  );

  promise(
    "at the commit after a length was set is a whole answer too",
    async () => {
      vi.spyOn(console, "error").mockImplementation(() => {});
      await using app = await serve(
        adapter,
        {
          "/": async (call) => {
            const response = call.raw();
            response.setHeader("content-length", "5");
            Object.assign((await call.session()).data, { theme: new Map() });
            response.end("whole");
          },
        },
        { errorHandler: false },
      );
      const reply = await app.post("/");
      expect(reply).toMatchObject({ status: 500, setCookies: [] });
      expect(reply.header("vary")).toBe("Cookie");
    },
    "response",
  );
});
