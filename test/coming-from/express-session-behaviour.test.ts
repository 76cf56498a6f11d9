import type { Request, Response } from "express";
import { expect, test } from "vitest";
import { devalue } from "../../src/codecs/devalue.ts";
import { memory } from "../../src/engines/memory.ts";
import { barrier } from "../../src/testing.ts";
import { after, before, dataOf } from "./express.ts";
import type { DataSession } from "./settings.ts";
import { called } from "./site.ts";

const theirs = {
  "/": dataOf,
  "/in": (request: Request) => (request.session.user = "ann"),
};
const ours = {
  "/": (session: DataSession) => session.data,
  "/in": (session: DataSession) => void session.set("user", "ann"),
};

test("a request that does not use its session", async () => {
  const old = await before({}, theirs);
  await old.get("/in");
  old.store.calls.length = 0;
  await old.get("/unused");
  expect(old.store.calls).toEqual(["get", "touch"]);
  const now = await after({}, ours);
  await now.get("/in");
  now.operations.length = 0;
  expect((await now.get("/unused")).cookie).toBeUndefined();
  expect(now.operations).toEqual([]);
});

test("a logout while a slow request runs", async () => {
  const pause = barrier();
  const old = await before(
    {},
    {
      ...theirs,
      async "/slow"(request) {
        request.session.views = 1;
        await pause.arrive();
      },
      "/out": (request) => called((done) => request.session.destroy(done)),
    },
  );
  await old.get("/in");
  const slow = old.post("/slow");
  await pause.arrived();
  await old.get("/out");
  pause.release();
  expect((await slow).status).toBe(200);
  expect((await old.get()).body).toBe('{"user":"ann","views":1}');

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
  expect(await (await fetch(now.url, { headers: { cookie: stolen } })).text()).toBe("{}");
});

test("an answer with status 500", async () => {
  const old = await before(
    {},
    {
      ...theirs,
      "/broken": (request: Request, response: Response) => {
        request.session.views = 1;
        response.status(500).send("broken");
      },
    },
  );
  await old.get("/broken");
  expect((await old.get()).body).toBe('{"views":1}');
  const now = await after(
    {},
    {
      ...ours,
      "/broken"(session, { response }) {
        session.set("views", 1);
        response.status(500).send("broken");
      },
    },
  );
  await now.get("/in");
  await now.get("/broken");
  expect((await now.get()).body).toBe('{"user":"ann"}');
});

test("a Date in the data", async () => {
  const theme = new Date(0) as unknown as string;
  const old = await before({}, { ...theirs, "/date": (request) => (request.session.theme = theme) && "" });
  await old.get("/date");
  expect((await old.get()).body).toBe('{"theme":"1970-01-01T00:00:00.000Z"}');

  const now = await after({}, { ...ours, "/date": (session) => void session.set("theme", theme) });
  expect(await now.get("/date")).toMatchObject({ status: 500, body: expect.stringContaining('"theme"') as string });
  const rich = await after(
    { codec: devalue() },
    {
      "/date": (session) => void session.set("theme", theme),
      "/": ({ data }) => (data.theme as unknown) instanceof Date,
    },
  );
  await rich.get("/date");
  expect((await rich.get()).body).toBe("true");
});

test("a leaked store", async () => {
  const old = await before({}, theirs);
  await old.get("/in");
  const sids = await new Promise<string[]>((resolve) => {
    old.store.all((_error, all) => resolve(Object.keys(all ?? {})));
  });
  expect(decodeURIComponent(old.cookies)).toContain(sids[0]);

  const engine = memory();
  const now = await after({ engine }, ours);
  await now.get("/in");
  const { records } = await engine.list(undefined, 10);
  const record = await engine.read(records[0]?.id ?? "", now.clock());
  const token = now.cookies.replace("__Host-session=", "");
  expect(record?.id).toBe(token.slice(0, 32));
  expect(JSON.stringify(record)).not.toContain(token.slice(32));
});

test("caches", async () => {
  const old = await before({}, theirs);
  const their = await old.get("/in");
  expect([their.headers.get("vary"), their.headers.get("cache-control")]).toEqual([null, null]);
  const now = await after({}, ours);
  const set = await now.get("/in");
  expect([set.headers.get("vary"), set.headers.get("cache-control")]).toEqual(["Cookie", "no-store"]);
  const read = await now.get();
  expect([read.headers.get("vary"), read.headers.get("cache-control")]).toEqual(["Cookie", null]);
  expect((await now.get("/unused")).headers.get("vary")).toBeNull();
});
