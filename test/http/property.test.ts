import { createRequire } from "node:module";
import { inspect } from "node:util";
import { describe, expect, test } from "vitest";
import type { Session } from "../../src/index.ts";
import type { Call, Data } from "./harness-call.ts";
import { adapterNamed, serve } from "./harness.ts";
import { kit } from "./sveltekit-app.ts";

type Place = { session: Promise<Session<Data>> };
type Habits = Record<string, (place: object) => void>;

const { toThePromise, toTheProperty } = createRequire(import.meta.url)("./fixtures/sloppy.cjs") as {
  readonly toThePromise: Habits;
  readonly toTheProperty: Habits;
};

/** Where an adapter's framework has the property, if not on what is handed to the handler. */
const within: Record<string, string> = { hono: "var", h3: "context", sveltekit: "locals" };

const adapters = [
  "node http",
  "express 5",
  "express 4",
  "fastify",
  "koa 3",
  "koa 2",
  "nest express",
  "nest fastify",
  "hono",
  "h3",
  ...(kit === "" ? [] : ["sveltekit"]),
].map(adapterNamed);

describe.each(adapters)("the property: $name", (adapter) => {
  const placeOf = ({ carrier }: Call): Place =>
    (adapter.name in within ? Reflect.get(carrier, within[adapter.name] ?? "") : carrier) as Place;

  // Hono makes `c.var` anew whenever it is asked, and nobody hears what is assigned in it.
  const habits: Habits = adapter.name === "hono" ? toThePromise : { ...toThePromise, ...toTheProperty };

  test.each(Object.entries(habits))("who %s without waiting is told, without strict mode too", async (_name, habit) => {
    await using app = await serve(adapter, {
      "/begin": async (call) => {
        (await call.session()).update({ theme: "light", count: 1 });
        call.send(200);
      },
      "/habit": (call) => {
        habit(placeOf(call));
        call.send(200, "done");
      },
    });
    const visitor = app.visitor();
    await visitor.post("/begin");
    const reply = await visitor.post("/habit");
    expect(reply.status).toBe(500);
    expect(reply.body).not.toContain("done");
    expect(app.errors).toEqual([
      expect.objectContaining({ name: "TypeError", message: expect.stringContaining("await request.session") }),
    ]);
    expect(await app.stored()).toEqual({ theme: "light", count: 1 });
  });

  test("is the session in every manner in which one waits for a promise", async () => {
    await using app = await serve(adapter, {
      "/": async (call) => {
        const place = placeOf(call);
        const session = await place.session;
        session.set("count", 1);
        let ended = 0;
        const all = await Promise.all([
          place.session,
          Promise.resolve(place.session),
          place.session.then((found) => found),
          place.session.catch(() => undefined),
          place.session.finally(() => (ended += 1)),
          call.session(),
        ]);
        const { session: promise } = place;
        expect([all.every((found) => found === session), ended]).toEqual([true, 1]);
        expect([promise === place.session, promise instanceof Promise]).toEqual([true, true]);
        expect([inspect(promise).startsWith("Promise"), JSON.stringify(promise)]).toEqual([true, "{}"]);
        call.send(200);
      },
    });
    expect(await app.post("/")).toMatchObject({ status: 200 });
    expect(app.errors).toEqual([]);
    expect(app.operations).toEqual(["create"]);
  });

  test("loads nothing for who only looks whether it is there, or logs it", async () => {
    await using app = await serve(adapter, {
      "/begin": async (call) => {
        (await call.session()).set("count", 1);
        call.send(200);
      },
      "/": (call) => {
        const { session } = placeOf(call);
        call.send(200, String(session !== undefined && inspect(session) !== ""));
      },
    });
    const visitor = app.visitor();
    await visitor.post("/begin");
    app.operations.length = 0;
    const reply = await visitor.get("/");
    expect([reply.body, reply.header("vary"), app.operations]).toEqual(["true", undefined, []]);
  });
});
