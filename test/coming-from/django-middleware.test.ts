import { expect, test } from "vitest";
import { memory } from "../../src/engines/memory.ts";
import { barrier, fails, faultyStore } from "../../src/testing.ts";
import { after } from "./express.ts";
import type { DataSession } from "./settings.ts";
import { allOf } from "./site.ts";

const routes = {
  "/in": (session: DataSession) => void session.set("user", "ann"),
  "/": (session: DataSession) => session.data,
};

test("a request that does not touch its session", async () => {
  const site = await after({}, routes);
  await site.get("/in");
  site.operations.length = 0;
  const page = await site.get("/unused");
  expect([page.cookie, page.headers.get("vary"), site.operations]).toEqual([undefined, null, []]);
});

test("a request that reads it", async () => {
  const site = await after({}, routes);
  await site.get("/in");
  site.operations.length = 0;
  const page = await site.get();
  expect([page.cookie, page.headers.get("vary"), site.operations]).toEqual([undefined, "Cookie", ["read"]]);
});

test("a view that fails with 500", async () => {
  const site = await after(
    {},
    {
      ...routes,
      "/broken"(session) {
        session.set("user", "bob");
        throw new Error("broken");
      },
    },
  );
  await site.get("/in");
  expect((await site.get("/broken")).status).toBe(500);
  expect((await site.get()).body).toBe('{"user":"ann"}');
});

test("the last value is deleted", async () => {
  const site = await after(
    {},
    { ...routes, "/out": (session) => session.delete("user"), "/new": ({ isNew }) => isNew },
  );
  await site.get("/in");
  await site.get("/out");
  expect((await site.get()).body).toBe("{}");
  expect((await site.get("/new")).body).toBe("false");
});

test("a cookie that opens nothing", async () => {
  const site = await after({}, routes);
  const cookie = `__Host-session=${"0".repeat(32)}${"a".repeat(43)}`;
  const response = await fetch(site.url, { headers: { cookie } });
  expect([await response.text(), response.headers.getSetCookie()]).toEqual(["{}", []]);
});

test("two cookies of the name", async () => {
  const site = await after({}, routes);
  await site.get("/in");
  const shadow = `__Host-session=${"0".repeat(32)}${"a".repeat(43)}`;
  for (const cookie of [`${shadow}; ${site.cookies}`, `${site.cookies}; ${shadow}`]) {
    expect(await (await fetch(site.url, { headers: { cookie } })).text()).toBe('{"user":"ann"}');
  }
});

test("a logout beside a slow request", async () => {
  for (const [method, status] of [["POST", 400] as const, ["GET", 200] as const]) {
    const wait = barrier();
    const site = await after(
      {},
      {
        ...routes,
        async "/slow"(session) {
          session.set("views", 1);
          await wait.arrive();
        },
        "/out": (session) => session.flush(),
      },
    );
    await site.get("/in");
    const cookie = site.cookies;
    const slow = fetch(`${site.url}/slow`, { method, headers: { cookie } });
    await wait.arrived();
    await site.get("/out");
    wait.release();
    expect((await slow).status).toBe(status);
    expect(await (await fetch(site.url, { headers: { cookie } })).text()).toBe("{}");
  }
});

test("two requests at once", async () => {
  const both = allOf(2);
  const site = await after(
    {},
    {
      ...routes,
      async "/theme"(session) {
        session.set("theme", "dark");
        await both();
      },
      async "/views"(session) {
        session.set("views", 1);
        await both();
      },
    },
  );
  await site.get("/in");
  await Promise.all([site.get("/theme"), site.get("/views")]);
  expect(JSON.parse((await site.get()).body)).toEqual({ user: "ann", theme: "dark", views: 1 });
});

test("a store that is down", async () => {
  const site = await after({ engine: faultyStore(memory(), fails("read")) }, routes);
  await site.get("/in");
  const { cookies } = site;
  expect(await site.get()).toMatchObject({ status: 503, cookie: undefined });
  expect(site.cookies).toBe(cookies);
});

test("a cookie of Django's", async () => {
  const site = await after({ cookie: { name: "sessionid" } }, routes);
  const cookie = `sessionid=${"a1b2c3d4".repeat(4)}`;
  const response = await fetch(site.url, { headers: { cookie } });
  expect([await response.text(), response.headers.getSetCookie()]).toEqual(["{}", []]);
  expect(site.operations).toEqual([]);
});
