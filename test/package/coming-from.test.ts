import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { root } from "../../scripts/bootstrap/paths.mjs";
import { withProgram } from "../http/walk-example.ts";
import { exampleIn, packedFolder, typeErrors } from "./packed.ts";

const folder = packedFolder();
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** What a page prints, as a file beside the packed tarball, with what the page leaves out around it. */
function written(page: string, name: string, head = "", tail = ""): string {
  const text = readFileSync(join(root, `docs/coming-from/${page}.md`), "utf8");
  const file = `${page}-${name}.ts`;
  writeFileSync(join(folder, file), head + exampleIn(text, name) + tail);
  return file;
}

describe("the whole app of docs/coming-from/express-session.md", () => {
  test.each([
    { name: "before", cookie: "connect.sid" },
    { name: "after", cookie: "__Host-session" },
  ])("$name type-checks under strict, and does what it says", async ({ name, cookie }) => {
    const file = written("express-session", name);
    expect(typeErrors(folder, [file])).toEqual([]);
    await withProgram(join(folder, file), folder, (base) => walk(base, cookie));
  });
});

async function walk(base: string, name: string): Promise<void> {
  let cookie = "";
  const visit = async (path: string, body?: string): Promise<string> => {
    const response = await fetch(base + path, {
      method: body === undefined ? "GET" : "POST",
      headers: { cookie, "content-type": "application/x-www-form-urlencoded" },
      redirect: "manual",
      ...(body !== undefined && { body }),
    });
    const [line] = response.headers.getSetCookie();
    if (line !== undefined) cookie = line.split(";")[0] ?? "";
    return response.text();
  };
  expect(await visit("/")).toBe("Visit 1, in the light theme");
  expect(cookie.startsWith(`${name}=`)).toBe(true);
  await visit("/cart", "sku=coat");
  expect(await visit("/")).toBe("Visit 2, in the dark theme");
  const earlier = cookie;
  await visit("/login", "name=ann");
  expect(cookie).not.toBe(earlier);
  expect(await visit("/")).toBe("Visit 3, in the dark theme");
  await visit("/logout", "");
  expect(cookie).toBe(`${name}=`);
  expect(await visit("/")).toBe("Visit 1, in the light theme");
}

/** A handler of the old library, which has its types by declaration merging. */
const before = {
  "express-session": {
    head: 'import express from "express";\nimport "express-session";\n',
    tail: `
      express().get("/", (req) => {
        const views: number = req.session.views ?? 0;
        // @ts-expect-error of nothing else
        return [views, req.session.cart];
      });`,
  },
  "fastify-session": {
    head: 'import fastify from "fastify";\nimport "@fastify/session";\n',
    tail: `
      fastify().get("/", async (request) => {
        const views: number = request.session.views ?? 0;
        // @ts-expect-error of nothing else
        return [views, request.session.cart];
      });`,
  },
};

const after = `
  export async function handler(request: object): Promise<unknown> {
    const session = await sessions.get(request);
    // @ts-expect-error a read may be undefined
    const sure: number = session.get("views");
    const views: number = session.get("views", 0);
    // @ts-expect-error a key that is none
    session.get("vievs");
    // @ts-expect-error a value of another type
    session.set("user", 1);
    return [sure, views];
  }
  // @ts-expect-error what JSON cannot carry
  createSessions<{ seen: Map<string, Date> }>();`;

describe.each(Object.entries(before))("the types of docs/coming-from/%s.md", (page, { head, tail }) => {
  test("before and after are as the page says", () => {
    const files = [
      written(page, "types-before", head, tail),
      written(page, "types-after", 'import { createSessions } from "coatcheck";\n', after),
    ];
    expect(typeErrors(folder, files)).toEqual([]);
  });
});

test("Passport checks the password, and the session remembers whom it let in", async () => {
  const head = `
    import express, { type RequestHandler } from "express";
    import { createSessions } from "coatcheck";
    import { coatcheck } from "coatcheck/express";
    import { memory } from "coatcheck/memory";
    interface User { id: string }
    declare global { namespace Express { interface Request { user?: object } } }
    const users = new Map<string, User>([["ann", { id: "ann" }]]);
    const sessions = createSessions<{}>({ engine: memory() });
    const app = express();
    app.use(coatcheck(sessions));
    // In Passport's place.
    const authenticate: RequestHandler = (req, _res, next) => {
      req.user = { id: "ann" };
      next();
    };`;
  const tail = `
    app.get("/", (req, res) => void res.json(req.user ?? null));
    const port = Number(process.env["PORT"]);
    app.listen(port, "127.0.0.1", () => console.log(\`http://localhost:\${port}/\`));`;
  const file = written("express-session", "passport", head, tail);
  expect(typeErrors(folder, [file])).toEqual([]);
  await withProgram(join(folder, file), folder, async (base) => {
    expect(await (await fetch(base)).json()).toBeNull();
    const login = await fetch(`${base}/login`, { method: "POST", redirect: "manual" });
    const cookie = login.headers.getSetCookie()[0]?.split(";")[0] ?? "";
    expect(await (await fetch(base, { headers: { cookie } })).json()).toEqual({ id: "ann" });
  });
});
