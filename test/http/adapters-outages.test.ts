import { expect } from "vitest";
import { StoreUnavailable } from "../../src/index.ts";
import { memory } from "../../src/engines/memory.ts";
import { fails, type Intercept, neverAnswers } from "../../src/testing.ts";
import type { Routes } from "./harness-call.ts";
import { onEveryAdapter, serve } from "./harness.ts";

const routes: Routes = {
  "/write": async (call) => {
    (await call.session()).set("count", 1);
    call.send(200);
  },
  "/read": async (call) => call.send(200, `count: ${(await call.session()).get("count", 0)}`),
};

/** Faults that can be switched on and off while the server runs. */
function outage(...faults: Intercept[]) {
  const state = { on: true };
  const intercept: Intercept = (call, proceed) => {
    if (!state.on) return proceed();
    return faults.reduceRight<() => Promise<unknown>>((next, fault) => async () => fault(call, next), proceed)();
  };
  return { state, intercept };
}

onEveryAdapter("an outage", (adapter, promise) => {
  promise(
    "of the store while reading is a 503 that leaves the cookie alone; once it is back the session is there",
    async () => {
      const { state, intercept } = outage(fails("read"));
      await using app = await serve(adapter, routes, { store: intercept });
      const visitor = app.visitor();
      await visitor.post("/write");
      const { cookie } = visitor;
      const reply = await visitor.get("/read");
      expect(reply).toMatchObject({ status: 503, body: "error handler: STORE_UNAVAILABLE", setCookies: [] });
      expect(app.errors).toEqual([expect.any(StoreUnavailable)]);
      expect(reply.header("vary")).toBe("Cookie");
      state.on = false;
      expect(await visitor.get("/read")).toMatchObject({ status: 200, body: "count: 1" });
      expect(visitor.cookie).toBe(cookie);
    },
  );

  promise("of the store while writing leaves what was stored before, and the cookie that opens it", async () => {
    const { state, intercept } = outage(fails("update"));
    await using app = await serve(
      adapter,
      {
        ...routes,
        "/more": async (call) => {
          (await call.session()).set("count", 2).cycleKey();
          call.send(200);
        },
      },
      { store: intercept },
    );
    const visitor = app.visitor();
    await visitor.post("/write");
    expect(await visitor.post("/more")).toMatchObject({ status: 503, setCookies: [] });
    state.on = false;
    expect(await visitor.get("/read")).toMatchObject({ body: "count: 1" });
  });

  promise("of a store that never answers a read ends at the deadline, and the cookie stays", async () => {
    await using app = await serve(adapter, routes, { store: neverAnswers("read", 1), deadline: 0.05 });
    const visitor = app.visitor();
    await visitor.post("/write");
    expect(await visitor.get("/read")).toMatchObject({ status: 503, setCookies: [] });
    expect(await visitor.get("/read")).toMatchObject({ body: "count: 1" });
  });

  promise("of the store while renewing is a 503, not a page with a promise it cannot keep", async () => {
    await using app = await serve(adapter, routes, { store: fails("touch") });
    const visitor = app.visitor();
    await visitor.post("/write");
    app.clock.advance({ hours: 2 });
    expect(await visitor.get("/read")).toMatchObject({ status: 503, setCookies: [] });
  });

  promise("of the store while flushing reaches the handler, and the cookie stays", async () => {
    await using app = await serve(
      adapter,
      {
        ...routes,
        "/logout": async (call) => {
          await (await call.session()).flush();
          call.send(200);
        },
      },
      { store: fails("delete") },
    );
    const visitor = app.visitor();
    await visitor.post("/write");
    expect(await visitor.post("/logout")).toMatchObject({ status: 503, setCookies: [] });
    expect(await visitor.get("/read")).toMatchObject({ body: "count: 1" });
  });

  promise("of the store is no failure of a handler that never waits for its session", async () => {
    await using app = await serve(
      adapter,
      {
        ...routes,
        "/careless": (call) => {
          void call.session().catch(() => undefined);
          call.send(200, "answered");
        },
      },
      { store: fails("read") },
    );
    const visitor = app.visitor();
    await visitor.post("/write");
    const reply = await visitor.get("/careless");
    expect(reply).toMatchObject({ status: 200, body: "answered", setCookies: [] });
    expect(reply.header("vary")).toBe("Cookie");
  });

  promise("of a store that throws instead of rejecting is an outage like any other", async () => {
    const store = memory();
    store.create = () => {
      throw new Error("thrown, not rejected");
    };
    await using app = await serve(adapter, routes, { engine: store });
    expect(await app.post("/write")).toMatchObject({ status: 503, setCookies: [] });
  });
});
