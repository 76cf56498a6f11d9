import { randomBytes } from "node:crypto";
import { expect } from "vitest";
import type { Call, Routes } from "./harness-call.ts";
import { onEveryAdapter, serve } from "./harness.ts";

const name = "__Host-session";
const routes: Routes = {
  "/read": async (call: Call) => call.send(200, `count: ${(await call.session()).get("count", 0)}`),
  "/write": async (call: Call) => {
    call.send(200, `count: ${(await call.session()).update("count", (n = 0) => n + 1)}`);
  },
};

/** A token of the right shape that nobody issued. */
const madeUp = (): string => randomBytes(16).toString("hex") + randomBytes(32).toString("base64url");
const secrets = [
  "an older secret, of more than 32 characters",
  "the newest secret, of more than 32 characters",
] as const;

onEveryAdapter("a cookie", (adapter, promise) => {
  promise("of the right shape that nobody issued opens nothing, and is never adopted", async () => {
    await using app = await serve(adapter, routes);
    const token = madeUp();
    expect(await app.get("/read", `${name}=${token}`)).toMatchObject({ body: "count: 0", setCookies: [] });
    expect(app.operations).toEqual(["read"]);
    const reply = await app.post("/write", `${name}=${token}`);
    expect(reply).toMatchObject({ status: 200, body: "count: 1" });
    const [id = ""] = await app.ids();
    expect(reply.cookie).toContain(id);
    expect(token).not.toContain(id);
  });

  promise("with a good id and a wrong secret opens nothing, and the record it names is left alone", async () => {
    await using app = await serve(adapter, routes);
    const good = (await app.post("/write")).cookie;
    const [id = ""] = await app.ids();
    const forged = good.slice(0, -43) + randomBytes(32).toString("base64url");
    expect(await app.get("/read", forged)).toMatchObject({ body: "count: 0", setCookies: [] });
    const reply = await app.post("/write", forged);
    expect(reply.cookie).not.toContain(id);
    expect(await app.get("/read", good)).toMatchObject({ body: "count: 1" });
  });

  promise("made of what a store holds opens nothing", async () => {
    await using app = await serve(adapter, routes);
    await app.post("/write");
    const [id = ""] = await app.ids();
    const record = await app.records.read(id, app.clock());
    expect(record?.secretHash).toHaveLength(43);
    expect(await app.get("/read", `${name}=${id}${record?.secretHash}`)).toMatchObject({ body: "count: 0" });
  });

  promise("with any one character changed opens nothing and breaks nothing", async () => {
    await using app = await serve(adapter, routes, { secrets });
    const good = (await app.post("/write")).cookie;
    const variants = Array.from(good.slice(name.length + 1), (character, i) => {
      const at = name.length + 1 + i;
      return good.slice(0, at) + (character === "a" ? "b" : "a") + good.slice(at + 1);
    });
    app.operations.length = 0;
    const replies = await Promise.all(variants.map((cookie) => app.get("/read", cookie)));
    expect(variants).toHaveLength(97);
    expect(new Set(replies.map(({ status, body }) => `${status} ${body}`))).toEqual(new Set(["200 count: 0"]));
    expect(app.operations).toEqual([]);
    expect(await app.get("/read", good)).toMatchObject({ body: "count: 1" });
  });

  promise("that is malformed never reaches the store, and earns no cookie until something is written", async () => {
    await using app = await serve(adapter, routes);
    const token = madeUp();
    const malformed = [
      "",
      "x",
      token.slice(1),
      `${token}A`,
      token.toUpperCase(),
      `${token.slice(0, -1)}=`,
      `"${token}"`,
      `../${token.slice(3)}`,
      `${token.slice(0, -3)}%00`,
      "%",
      "%E0%A4%A",
      "%ff%fe",
      "'; drop table sessions; --",
      "null",
      "a".repeat(8000),
      "=".repeat(75),
      `j:${JSON.stringify({ id: 1 })}`,
      "\u00e9".repeat(75),
    ];
    for (const value of malformed) {
      expect(await app.get("/read", `${name}=${value}`)).toMatchObject({
        status: 200,
        body: "count: 0",
        setCookies: [],
      });
    }
    expect(app.operations).toEqual([]);
    const reply = await app.post("/write", `${name}=x`);
    expect(reply.setCookies).toHaveLength(1);
    expect(app.operations).toEqual(["create"]);
  });

  promise("that is forged never reaches the store where secrets are configured", async () => {
    await using app = await serve(adapter, routes, { secrets });
    const good = (await app.post("/write")).cookie;
    app.operations.length = 0;
    for (const value of [madeUp(), `${madeUp()}${good.slice(-22)}`, good.slice(name.length + 1, -22)]) {
      expect(await app.get("/read", `${name}=${value}`)).toMatchObject({ body: "count: 0", setCookies: [] });
    }
    expect(app.operations).toEqual([]);
  });

  promise("that has expired opens nothing: a write begins another session", async () => {
    await using app = await serve(adapter, routes, { idleTimeout: 600 });
    const cookie = (await app.post("/write")).cookie;
    app.clock.advance({ seconds: 599 });
    expect(await app.get("/read", cookie)).toMatchObject({ body: "count: 1" });
    app.clock.advance({ seconds: 600 });
    expect(await app.get("/read", cookie)).toMatchObject({ body: "count: 0", setCookies: [] });
    const reply = await app.post("/write", cookie);
    expect(reply).toMatchObject({ body: "count: 1" });
    expect(reply.cookie).not.toBe(cookie);
  });

  promise("of our name among others of our name is found, whichever comes first", async () => {
    await using app = await serve(adapter, routes);
    const good = (await app.post("/write")).cookie;
    for (const other of [`${name}=garbage`, `${name}=${madeUp()}`, `${name}=`, "theme=dark", `x=${name}`]) {
      for (const header of [`${good}; ${other}`, `${other}; ${good}`, `${other};${good};${other}`]) {
        expect([header, (await app.get("/read", header)).body]).toEqual([header, "count: 1"]);
      }
    }
  });

  promise("that comes a hundred times over costs three reads at most", async () => {
    await using app = await serve(adapter, routes);
    const header = Array.from({ length: 100 }, () => `${name}=${madeUp()}`).join("; ");
    expect(await app.get("/read", header)).toMatchObject({ status: 200, body: "count: 0" });
    expect(app.operations).toEqual(["read", "read", "read"]);
  });

  promise("that comes in pieces, as HTTP/2 allows, is put together", async () => {
    await using app = await serve(adapter, routes);
    const good = (await app.post("/write")).cookie;
    const reply = await app.send({ path: "/read", cookie: ["theme=dark", good, "lang=de"] }).reply;
    expect(reply).toMatchObject({ body: "count: 1" });
  });

  promise("whose name only looks like ours is somebody else's", async () => {
    await using app = await serve(adapter, routes);
    const value = (await app.post("/write")).cookie.slice(name.length + 1);
    app.operations.length = 0;
    const lookAlikes = [
      `\u00a0${name}`,
      `${name}\u00a0`,
      name.toLowerCase(),
      name.toUpperCase(),
      `x${name}`,
      `${name}x`,
      `"${name}"`,
      `%5F_Host-session`,
      `$Version=1, ${name}`,
      "session",
      "\u00ad__Host-session",
    ];
    for (const lookAlike of lookAlikes) {
      expect([lookAlike, (await app.get("/read", `${lookAlike}=${value}`)).body]).toEqual([lookAlike, "count: 0"]);
    }
    expect(app.operations).toEqual([]);
  });

  promise("header full of percent signs, quotes and separators is read without harm", async () => {
    await using app = await serve(adapter, routes);
    const good = (await app.post("/write")).cookie;
    const garbage = [
      `a="b; c"`,
      "%%%=%%%",
      `"`,
      "=",
      "==;==",
      ";;;",
      "a",
      "__proto__=x",
      "constructor=y",
      `q="\\"; \\""`,
      "\u00a0",
      "x=\ty",
    ];
    for (const piece of garbage) {
      for (const header of [`${piece}; ${good}`, `${good}; ${piece}`]) {
        expect([header, (await app.get("/read", header)).body]).toEqual([header, "count: 1"]);
      }
    }
    expect({}).not.toHaveProperty("x");
  });

  promise("header of 12,000 characters is read in one go", async () => {
    await using app = await serve(adapter, routes);
    const good = (await app.post("/write")).cookie;
    const padding = Array.from({ length: 1000 }, (_, i) => `c${i}=${i}`).join("; ");
    expect(await app.get("/read", `${padding}; ${good}`)).toMatchObject({ body: "count: 1" });
    expect(await app.get("/read", `${name}${";".repeat(10_000)}=`)).toMatchObject({ status: 200, body: "count: 0" });
  });

  promise("may be named __proto__, if somebody must", async () => {
    await using app = await serve(adapter, routes, { cookie: { name: "__proto__" } });
    const reply = await app.post("/write");
    expect(reply.setCookie).toMatch(/^__proto__=[\w-]{75};/);
    expect(await app.get("/read", reply.cookie)).toMatchObject({ body: "count: 1" });
    expect(await app.get("/read", "__proto__=x")).toMatchObject({ body: "count: 0", setCookies: [] });
  });

  promise(
    "signed by an older secret goes on working, and is replaced by the newest one's when it is renewed",
    async () => {
      await using before = await serve(adapter, routes, { secrets: [secrets[0]] });
      const old = (await before.post("/write")).cookie;
      await using after = await serve(adapter, routes, { secrets: [secrets[1], secrets[0]], engine: before.records });
      expect(await after.get("/read", old)).toMatchObject({ body: "count: 1", setCookies: [] });
      after.clock.advance({ hours: 2 });
      const renewed = await after.get("/read", old);
      expect(renewed.cookie).not.toBe(old);
      expect(renewed.cookie.slice(0, -22)).toBe(old.slice(0, -22));
      await using newest = await serve(adapter, routes, { secrets: [secrets[1]], engine: before.records });
      expect(await newest.get("/read", renewed.cookie)).toMatchObject({ body: "count: 1" });
    },
  );
});
