import { expect, vi } from "vitest";
import { type Session, SessionInterrupted } from "../../src/index.ts";
import { fails, type Intercept, neverAnswers } from "../../src/testing.ts";
import type { Data, Routes } from "./harness-call.ts";
import { onEveryAdapter, serve } from "./harness.ts";

/** Headers of an answer that must never leave; an error page behind them would be cached, followed or misread. */
const telling = [
  ["etag", '"original"'],
  ["location", "/original"],
  ["content-type", "application/x-original"],
  ["set-cookie", "original=1"],
  ["cache-control", "public, max-age=60"],
  ["x-original", "1"],
] as const;

const routes: Routes = {
  "/write": async (call) => {
    (await call.session()).set("count", 1);
    call.send(200, "written", telling);
  },
  "/read": async (call) => call.send(200, `count: ${(await call.session()).get("count", 0)}`),
  "/bad": async (call) => {
    const session: Session<Data> = await call.session();
    Object.assign(session.data, { theme: new Map() });
    call.send(200, "written", telling);
  },
};

onEveryAdapter("a failure", (adapter, promise) => {
  const cases: Record<string, [status: number, code: string, path: string, store: Intercept]> = {
    "a value in data that JSON cannot carry": [500, "INVALID_DATA", "/bad", (_, proceed) => proceed()],
    "a store that fails": [503, "STORE_UNAVAILABLE", "/write", fails("create")],
    "a store that fails with an error of its own": [
      503,
      "STORE_UNAVAILABLE",
      "/write",
      fails("create", 1, new Error("ECONNRESET")),
    ],
    "a store that never answers": [503, "STORE_UNAVAILABLE", "/write", neverAnswers("create")],
  };
  for (const [what, [status, code, path, store]] of Object.entries(cases)) {
    promise(
      `at the commit (${what}) is a ${status} from the error handler, with nothing of the answer in it`,
      async () => {
        await using app = await serve(adapter, routes, { store, deadline: 0.05 });
        const reply = await app.post(path);
        expect(reply).toMatchObject({ status, body: `error handler: ${code}`, setCookies: [] });
        expect(app.errors).toMatchObject([{ code }]);
        for (const [name, value] of telling) expect(reply.header(name) ?? "").not.toContain(value);
        expect(reply.header("vary")).toBe("Cookie");
        expect(await app.ids()).toEqual([]);
      },
    );
  }

  promise(
    "at the commit takes back the status message too",
    async () => {
      await using app = await serve(
        adapter,
        {
          "/": async (call) => {
            (await call.session()).set("count", 1);
            Reflect.set(call.raw(), "statusMessage", "All Is Well");
            call.send(200, "written");
          },
        },
        { store: fails("create") },
      );
      expect(await app.post("/")).toMatchObject({ status: 503, statusMessage: "Service Unavailable" });
    },
    "statusMessage",
  );

  promise(
    "at the commit keeps the headers that were set before the session was first used",
    async () => {
      await using app = await serve(
        adapter,
        {
          "/": async (call) => {
            call.raw().setHeader("x-request", "7");
            (await call.session()).set("count", 1);
            call.send(200, "written", telling);
          },
        },
        { store: fails("create") },
      );
      const reply = await app.post("/");
      expect(reply.status).toBe(503);
      expect(reply.header("x-request")).toBe("7");
      expect(reply.header("x-original")).toBeUndefined();
    },
    "response",
  );

  promise("at the commit of a session that another request ended is a 400 on POST, without a cookie", async () => {
    await using app = await serve(adapter, {
      ...routes,
      "/late": async (call) => {
        const session = await call.session();
        for (const id of await app.ids()) await app.records.delete(id);
        session.set("count", 2);
        call.send(200, "written", telling);
      },
    });
    const visitor = app.visitor();
    await visitor.post("/write");
    const interrupted = app.next("interrupted");
    const reply = await visitor.post("/late");
    expect(reply).toMatchObject({ status: 400, body: "error handler: SESSION_INTERRUPTED", setCookies: [] });
    expect(reply.header("etag")).not.toBe('"original"');
    expect(app.errors).toEqual([expect.any(SessionInterrupted)]);
    expect(await interrupted).toHaveProperty("id");
    expect(await app.ids()).toEqual([]);
  });

  for (const method of ["GET", "HEAD"]) {
    promise(
      `at the commit of a session that another request ended is no failure of a ${method}: 200, and no cookie`,
      async () => {
        await using app = await serve(adapter, {
          ...routes,
          "/late": async (call) => {
            const session = await call.session();
            for (const id of await app.ids()) await app.records.delete(id);
            session.set("count", 2);
            session.cycleKey();
            call.send(200, "shown");
          },
        });
        const visitor = app.visitor();
        await visitor.post("/write");
        const interrupted = app.next("interrupted");
        expect(await visitor.request({ method, path: "/late" })).toMatchObject({ status: 200, setCookies: [] });
        expect(await interrupted).toHaveProperty("id");
        expect(app.errors).toEqual([]);
        expect(await app.ids()).toEqual([]);
      },
    );
  }
  promise("at the commit after save() had cycled the key still sends the new cookie: the old one is dead", async () => {
    await using app = await serve(adapter, {
      ...routes,
      "/cycle": async (call) => {
        const session: Session<Data> = await call.session();
        session.cycleKey();
        await session.save();
        Object.assign(session.data, { theme: new Map() });
        call.send(200, "written", telling);
      },
    });
    const visitor = app.visitor();
    // Its answer sets a cookie of the application's own too, which stays out of this.
    const old = (await visitor.post("/write")).setCookies.filter((line) => line.startsWith("__Host-")).join();
    const reply = await visitor.post("/cycle");
    expect(reply).toMatchObject({ status: 500, body: "error handler: INVALID_DATA" });
    expect(reply.setCookie).toMatch(/^__Host-session=[\w-]{75};/);
    expect(old).not.toContain(reply.cookie);
    expect(reply.header("cache-control")).toBe("no-store");
    expect(await visitor.get("/read")).toMatchObject({ body: "count: 1" });
  });

  promise("of a payload that cannot be decoded is a 500, and record and cookie stay", async () => {
    await using app = await serve(adapter, routes);
    const visitor = app.visitor();
    await visitor.post("/write");
    const [id = ""] = await app.ids();
    const record = await app.records.read(id, app.clock());
    if (record === undefined) throw new Error("nothing stored");
    await app.records.update({ ...record, payload: "{not json: classified}" }, record.revision, app.clock());
    const reply = await visitor.get("/read");
    expect(reply).toMatchObject({ status: 500, body: "error handler: CORRUPT_PAYLOAD", setCookies: [] });
    expect(String(app.errors[0])).not.toContain("classified");
    expect(await app.ids()).toEqual([id]);
  });

  promise("without an error handler of the application's own is answered by status alone", async () => {
    const log = vi.spyOn(console, "error").mockImplementation(() => {});
    await using app = await serve(adapter, routes, { store: fails("create"), errorHandler: false });
    const reply = await app.post("/write");
    expect(reply).toMatchObject({ status: 503, setCookies: [] });
    expect(reply.header("x-original")).toBeUndefined();
    expect(log.mock.calls.flat().join()).not.toMatch(/[\w-]{75}/);
  });
});
