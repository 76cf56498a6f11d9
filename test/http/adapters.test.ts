import { expect } from "vitest";
import { NotMounted } from "../../src/index.ts";
import { barrier, startsLate } from "../../src/testing.ts";
import type { Routes } from "./harness-call.ts";
import { onEveryAdapter, serve } from "./harness.ts";

const routes: Routes = {
  "/plain": (call) => call.send(200, "no session here"),
  "/read": async (call) => call.send(200, `count: ${(await call.session()).get("count", 0)}`),
  "/write": async (call) => {
    const session = await call.session();
    call.send(200, `count: ${session.update("count", (n = 0) => n + 1)}`);
  },
  "/redirect": async (call) => {
    (await call.session()).set("theme", "dark");
    call.redirect("/read");
  },
};

onEveryAdapter("a visit", (adapter, promise) => {
  promise("without use of the session costs nothing: no cookie, no Vary, no store operation", async () => {
    await using app = await serve(adapter, routes);
    const reply = await app.get("/plain");
    expect(reply).toMatchObject({ status: 200, body: "no session here", setCookies: [] });
    expect(reply.header("vary")).toBeUndefined();
    expect(reply.header("cache-control")).toBeUndefined();
    expect(app.operations).toEqual([]);
  });

  promise("that reads an empty session gets Vary: Cookie, no cookie, and asks no store", async () => {
    await using app = await serve(adapter, routes);
    const reply = await app.get("/read");
    expect(reply).toMatchObject({ status: 200, body: "count: 0", setCookies: [] });
    expect(reply.header("vary")).toBe("Cookie");
    expect(reply.header("cache-control")).toBeUndefined();
    expect(app.operations).toEqual([]);
  });

  promise("that writes first gets one cookie with every attribute, Vary and no-store, after one create", async () => {
    await using app = await serve(adapter, routes);
    const reply = await app.post("/write");
    expect(reply).toMatchObject({ status: 200, body: "count: 1" });
    expect(reply.setCookie).toMatch(
      /^__Host-session=[0-9a-f]{32}[\w-]{43}; Max-Age=1209600; Path=\/; HttpOnly; Secure; SameSite=Lax$/,
    );
    expect(reply.header("vary")).toBe("Cookie");
    expect(reply.header("cache-control")).toBe("no-store");
    expect(app.operations).toEqual(["create"]);
  });

  promise("that reads what an earlier one wrote gets the data and no second cookie", async () => {
    await using app = await serve(adapter, routes);
    const visitor = app.visitor();
    await visitor.post("/write");
    for (const _ of [1, 2, 3]) {
      const reply = await visitor.get("/read");
      expect(reply).toMatchObject({ body: "count: 1", setCookies: [] });
      expect(reply.header("vary")).toBe("Cookie");
    }
    expect(app.operations).toEqual(["create", "read", "read", "read"]);
  });

  promise("that writes again keeps its cookie and its id", async () => {
    await using app = await serve(adapter, routes);
    const visitor = app.visitor();
    await visitor.post("/write");
    const [id] = await app.ids();
    const reply = await visitor.post("/write");
    expect(reply).toMatchObject({ body: "count: 2", setCookies: [] });
    expect(await app.ids()).toEqual([id]);
    expect(await app.stored()).toEqual({ count: 2 });
  });

  promise("without use pays nothing either when a good cookie comes along", async () => {
    await using app = await serve(adapter, routes);
    const visitor = app.visitor();
    await visitor.post("/write");
    app.operations.length = 0;
    const reply = await visitor.get("/plain");
    expect(reply.setCookies).toEqual([]);
    expect(reply.header("vary")).toBeUndefined();
    expect(app.operations).toEqual([]);
  });

  promise("by two visitors never mixes their sessions", async () => {
    await using app = await serve(adapter, routes);
    const [ann, bob] = [app.visitor(), app.visitor()];
    await ann.post("/write");
    await bob.post("/write");
    await ann.post("/write");
    expect(await ann.get("/read")).toMatchObject({ body: "count: 2" });
    expect(await bob.get("/read")).toMatchObject({ body: "count: 1" });
  });

  promise("that is redirected sees no byte before the record is stored", async () => {
    const pause = barrier();
    await using app = await serve(adapter, routes, { store: startsLate("create", pause) });
    const visitor = app.visitor();
    const request = visitor.send({ method: "POST", path: "/redirect" });
    await pause.arrived();
    // A whole exchange beside it: whatever the server had sent before would be here by now.
    await app.get("/plain");
    expect(request.bytes).toBe(0);
    expect(await app.ids()).toEqual([]);
    pause.release();
    const reply = await request.reply;
    expect(reply.status).toBe(303);
    expect(reply.header("location")).toMatch(/\/read$/);
    expect(await app.stored()).toEqual({ theme: "dark" });
    visitor.keep(reply);
    expect(visitor.cookie).toBeDefined();
  });

  promise("to a page that does not exist is the framework's own 404, untouched", async () => {
    await using app = await serve(adapter, routes);
    const visitor = app.visitor();
    await visitor.post("/write");
    app.operations.length = 0;
    const reply = await visitor.get("/nowhere");
    expect(reply).toMatchObject({ status: 404, setCookies: [] });
    expect(reply.header("vary")).toBeUndefined();
    expect(app.operations).toEqual([]);
  });

  promise("that asks for its session twice reads the store once and gets the same session", async () => {
    await using app = await serve(adapter, {
      ...routes,
      "/twice": async (call) => {
        const [first, second] = await Promise.all([call.session(), app.sessions.get(call.carrier)]);
        call.send(200, String(first === second && first === (await call.session())));
      },
    });
    const visitor = app.visitor();
    await visitor.post("/write");
    app.operations.length = 0;
    expect(await visitor.get("/twice")).toMatchObject({ body: "true" });
    expect(app.operations).toEqual(["read"]);
  });

  promise("has no session for an object that no adapter has seen", async () => {
    await using app = await serve(adapter, {
      "/wrong": async (call) => {
        const error: unknown = await app.sessions.get({ headers: {} }).catch((reason: unknown) => reason);
        call.send(200, String(error instanceof NotMounted));
      },
    });
    expect(await app.get("/wrong")).toMatchObject({ body: "true" });
    await expect(app.sessions.get({})).rejects.toThrow(NotMounted);
  });

  promise("whose handler does not wait for the session is answered, with what it then did saved", async () => {
    await using app = await serve(adapter, {
      ...routes,
      "/careless": (call) => {
        void call.session().then((session) => session.set("theme", "dark"));
        call.send(200, "answered");
      },
    });
    const visitor = app.visitor();
    await visitor.post("/write");
    const reply = await visitor.post("/careless");
    expect(reply).toMatchObject({ status: 200, body: "answered" });
    expect(reply.header("vary")).toBe("Cookie");
    expect(await app.stored()).toEqual({ count: 1, theme: "dark" });
  });

  promise("gets nothing for a token in the address", async () => {
    await using app = await serve(adapter, routes);
    const token = (await app.post("/write")).cookie;
    const value = token.replace("__Host-session=", "");
    app.operations.length = 0;
    expect(await app.get(`/read?${token}&session=${value}&sid=${value}`)).toMatchObject({ body: "count: 0" });
    expect(app.operations).toEqual([]);
  });
});
