import type { FastifyRequest } from "fastify";
import { expect, test } from "vitest";
import { barrier } from "../../src/testing.ts";
import { after, before } from "./fastify.ts";
import type { DataSession } from "./settings.ts";
import { allOf } from "./site.ts";

const theirs = {
  "/in": (request: FastifyRequest) => (request.session.user = "ann"),
  "/": (request: FastifyRequest) => request.session.user ?? "nobody",
};
const ours = {
  "/in": (session: DataSession) => void session.set("user", "ann"),
  "/": (session: DataSession) => session.get("user", "nobody"),
};

test("a request that does not use its session", async () => {
  const old = await before({}, theirs);
  await old.get("/in");
  old.store.calls.length = 0;
  expect((await old.get("/unused")).cookie?.name).toBe("sessionId");
  expect(old.store.calls).toEqual(["get", "set"]);
  const now = await after({}, ours);
  await now.get("/in");
  now.operations.length = 0;
  expect((await now.get("/unused")).cookie).toBeUndefined();
  expect(now.operations).toEqual([]);
});

test("twenty increments at once", async () => {
  const all = allOf(20);
  const old = await before(
    {},
    {
      ...theirs,
      async "/count"({ session }) {
        const views = session.views || 0;
        await all();
        session.views = views + 1;
      },
      "/views": (request) => request.session.views,
    },
  );
  await old.get("/in");
  await Promise.all(Array.from({ length: 20 }, () => old.get("/count")));
  expect((await old.get("/views")).body).toBe("1");
  const everybody = allOf(20);
  const now = await after(
    {},
    {
      ...ours,
      async "/count"(session) {
        session.update("views", (n = 0) => n + 1);
        await everybody();
      },
      "/views": (session) => session.get("views"),
    },
  );
  await now.get("/in");
  await Promise.all(Array.from({ length: 20 }, () => now.get("/count")));
  expect((await now.get("/views")).body).toBe("20");
});

test("a logout while a slow request runs", async () => {
  const pause = barrier();
  const old = await before(
    {},
    { ...theirs, "/slow": () => pause.arrive(), "/out": (request) => request.session.destroy() },
  );
  await old.get("/in");
  const slow = old.get("/slow");
  await pause.arrived();
  await old.get("/out");
  pause.release();
  await slow;
  expect((await old.get()).body).toBe("ann");

  const wait = barrier();
  const now = await after(
    {},
    {
      ...ours,
      async "/slow"(session) {
        session.set("views", 1);
        await wait.arrive();
      },
      "/out": (session) => session.flush(),
    },
  );
  await now.get("/in");
  const stolen = now.cookies;
  const late = now.post("/slow");
  await wait.arrived();
  await now.get("/out");
  wait.release();
  expect((await late).status).toBe(400);
  expect(await (await fetch(now.url, { headers: { cookie: stolen } })).text()).toBe("nobody");
});

test("an answer with status 500", async () => {
  const old = await before(
    {},
    {
      ...theirs,
      async "/broken"(request, reply) {
        request.session.user = "bob";
        await reply.status(500).send("broken");
      },
    },
  );
  await old.get("/broken");
  expect((await old.get()).body).toBe("bob");
  const now = await after(
    {},
    {
      ...ours,
      async "/broken"(session, { reply }) {
        session.set("user", "bob");
        await reply.status(500).send("broken");
      },
    },
  );
  await now.get("/broken");
  expect((await now.get()).body).toBe("nobody");
});
