import { expect } from "vitest";
import type { Session } from "../../src/index.ts";
import { type Intercept, START } from "../../src/testing.ts";
import type { Data, Routes } from "./harness-call.ts";
import { onEveryAdapter, serve } from "./harness.ts";

/** One route for each thing a handler does to its session. */
function routesFor(acts: Record<string, (session: Session<Data>) => unknown>): Routes {
  const routes: Record<string, Routes[string]> = {};
  for (const [path, act] of Object.entries(acts)) {
    routes[path] = async (call) => {
      await act(await call.session());
      call.send(200);
    };
  }
  return {
    ...routes,
    "/show": async (call) => call.send(200, JSON.stringify((await call.session()).data)),
  };
}

const write = (session: Session<Data>): unknown => session.set("count", 1);

onEveryAdapter("a session", (adapter, promise) => {
  promise("that is flushed is deleted, its cookie removed and its token dead", async () => {
    await using app = await serve(adapter, routesFor({ "/write": write, "/flush": (session) => session.flush() }));
    const visitor = app.visitor();
    await visitor.post("/write");
    const old = visitor.cookie;
    const reply = await visitor.post("/flush");
    expect(reply.setCookie).toMatch(/^__Host-session=; Max-Age=0; Path=\/; Expires=Thu, 01 Jan 1970 00:00:00 GMT;/);
    expect(visitor.cookie).toBeUndefined();
    expect(await app.ids()).toEqual([]);
    expect(await app.get("/show", old)).toMatchObject({ body: "{}" });
  });

  promise("that was never there can be flushed: no cookie is sent to a visitor who brought none", async () => {
    await using app = await serve(adapter, routesFor({ "/flush": (session) => session.flush() }));
    expect((await app.post("/flush")).setCookies).toEqual([]);
    expect(app.operations).toEqual([]);
    expect((await app.post("/flush", "__Host-session=garbage")).setCookies).toEqual([
      expect.stringContaining("Max-Age=0"),
    ]);
    expect(app.operations).toEqual([]);
  });

  promise("that is written after flush() begins anew, with another id and nothing of the old data", async () => {
    await using app = await serve(
      adapter,
      routesFor({
        "/write": write,
        "/again": async (session) => {
          await session.flush();
          session.set("theme", "dark");
        },
      }),
    );
    const visitor = app.visitor();
    await visitor.post("/write");
    const [oldId = ""] = await app.ids();
    const reply = await visitor.post("/again");
    expect(reply.cookie).not.toContain(oldId);
    expect(await app.ids()).not.toContain(oldId);
    expect(await app.stored()).toEqual({ theme: "dark" });
    expect(await visitor.get("/show")).toMatchObject({ body: '{"theme":"dark"}' });
  });

  promise("that is cleared is empty and keeps its id and its cookie", async () => {
    await using app = await serve(adapter, routesFor({ "/write": write, "/clear": (session) => session.clear() }));
    const visitor = app.visitor();
    await visitor.post("/write");
    const ids = await app.ids();
    expect((await visitor.post("/clear")).setCookies).toEqual([]);
    expect(await app.stored()).toEqual({});
    expect(await app.ids()).toEqual(ids);
  });

  promise("notices changes deep inside its data", async () => {
    await using app = await serve(
      adapter,
      routesFor({
        "/write": (session) => session.set("cart", [{ sku: "a", quantity: 1 }]),
        "/nested": (session) => {
          for (const item of session.data.cart ?? []) item.quantity += 1;
        },
        "/got": (session) => session.get("cart")?.push({ sku: "b", quantity: 5 }),
      }),
    );
    const visitor = app.visitor();
    await visitor.post("/write");
    await visitor.post("/nested");
    await visitor.post("/got");
    expect(await app.stored()).toEqual({
      cart: [
        { sku: "a", quantity: 2 },
        { sku: "b", quantity: 5 },
      ],
    });
  });

  promise("cycles its key in one write: new cookie, same id and data, old token dead", async () => {
    await using app = await serve(adapter, routesFor({ "/write": write, "/cycle": (session) => session.cycleKey() }));
    const visitor = app.visitor();
    await visitor.post("/write");
    const old = visitor.cookie;
    const ids = await app.ids();
    expect((await visitor.post("/cycle")).cookie).not.toBe(old);
    expect(app.operations).toEqual(["create", "read", "update"]);
    expect(await app.ids()).toEqual(ids);
    expect(await app.get("/show", old)).toMatchObject({ body: "{}" });
    expect(await visitor.get("/show")).toMatchObject({ body: '{"count":1}' });
  });

  promise("is not begun by setExpiry, cycleKey or deletes alone", async () => {
    await using app = await serve(
      adapter,
      routesFor({
        "/nothing": (session) => {
          session.setExpiry(60);
          session.cycleKey();
          session.delete("count");
          session.clear();
          session.set("count", 1).delete("count");
        },
      }),
    );
    expect((await app.post("/nothing")).setCookies).toEqual([]);
    expect(app.operations).toEqual([]);
  });

  const expiries: Record<string, [expiry: number | Date, attribute: RegExp, ends: number]> = {
    "0 lasts until the browser closes": [0, /^(?!.*(Max-Age|Expires))/, 1_209_600],
    "300 lasts that many seconds": [300, /; Max-Age=300;/, 300],
    "a Date lasts until then": [new Date(START + 86_400_000), /; Max-Age=86400;/, 86_400],
    "a Date far away is promised no longer than browsers keep it": [new Date(START + 5e10), /; Max-Age=34560000;/, 5e7],
  };
  for (const [what, [expiry, attribute, ends]] of Object.entries(expiries)) {
    promise(`with setExpiry ${what}`, async () => {
      await using app = await serve(
        adapter,
        routesFor({ "/write": (session) => session.set("count", 1).setExpiry(expiry), "/later": write }),
      );
      const reply = await app.post("/write");
      expect(reply.setCookie).toMatch(attribute);
      const { records } = await app.records.list(undefined, 2);
      expect(records).toMatchObject([{ expiresAt: START + ends * 1000 }]);
      app.clock.set(START + ends * 1000);
      expect(await app.get("/show", reply.cookie)).toMatchObject({ body: "{}" });
    });
  }

  promise("with a past date ends with the request", async () => {
    await using app = await serve(
      adapter,
      routesFor({ "/write": write, "/end": (session) => session.setExpiry(new Date(START - 1)) }),
    );
    const visitor = app.visitor();
    await visitor.post("/write");
    expect((await visitor.post("/end")).setCookie).toContain("Max-Age=0");
    expect(await app.ids()).toEqual([]);
  });

  promise("that vanished before its renewal is shown once more, and earns no new cookie", async () => {
    const vanished: Intercept = async (call, proceed) => (call.verb === "touch" ? false : proceed());
    await using app = await serve(adapter, routesFor({ "/write": write }), { store: vanished });
    const { cookie } = await app.post("/write");
    app.clock.advance({ hours: 2 });
    expect(await app.get("/show", cookie)).toMatchObject({ status: 200, body: '{"count":1}', setCookies: [] });
    expect(app.operations).toEqual(["create", "read", "touch"]);
  });

  promise("takes its cookie back with the very attributes it was set with", async () => {
    const cookie = { name: "sid", domain: "shop.example", path: "/app", sameSite: "strict", httpOnly: false } as const;
    await using app = await serve(adapter, routesFor({ "/write": write, "/flush": (session) => session.flush() }), {
      cookie,
    });
    const set = await app.post("/write");
    const removed = await app.post("/flush", set.cookie);
    const attributes = (line: string): string[] =>
      line
        .split("; ")
        .slice(1)
        .filter((attribute) => !/^(Max-Age|Expires)=/.test(attribute));
    expect(attributes(set.setCookie)).toEqual(["Domain=shop.example", "Path=/app", "Secure", "SameSite=Strict"]);
    expect(attributes(removed.setCookie)).toEqual(attributes(set.setCookie));
    expect(removed.setCookie).toMatch(/^sid=; Max-Age=0;/);
  });

  const follows = async (): Promise<void> => {
    const options = { cookie: { secure: "auto" } } as const;
    await using app = await serve(
      adapter,
      routesFor({ "/write": write, "/flush": (session) => session.flush() }),
      options,
    );
    const set = await app.post("/write");
    expect(set.setCookie).toMatch(/^session=/);
    expect(set.setCookie.includes("; Secure")).toBe(adapter.secure);
    const removed = await app.post("/flush", set.cookie);
    expect(removed.setCookie.includes("; Secure")).toBe(adapter.secure);
  };
  promise(
    'with secure: "auto" has a Secure cookie on a secure connection and a plain one on others',
    follows,
    "secureAuto",
  );
});
