import { readFileSync } from "node:fs";
import { join } from "node:path";
import { SessionOptions } from "koa-session";
import { expect, test } from "vitest";
import { root } from "../../scripts/bootstrap/paths.mjs";
import { membersOf } from "./members.ts";
import { pages } from "./rows.ts";

const declarations = (file: string): string => readFileSync(join(root, "node_modules", file), "utf8");

/** What the library declares and the first column of its page does not name. */
function unnamed(page: string, declared: readonly string[]): string[] {
  const rows = pages.find(({ name }) => name === page)?.rows ?? [];
  const words = new Set(rows.flatMap(({ name }) => name.match(/\w+/g) ?? []));
  expect(declared.length).toBeGreaterThan(10);
  return [...new Set(declared)].filter((name) => !words.has(name)).sort();
}

test("express-session: every option, method and property of its types has a row", () => {
  const types = declarations("@types/express-session/index.d.ts");
  const declared = [
    "interface SessionOptions",
    "class Session",
    "interface CookieOptions",
    "class Cookie",
    "class Store",
  ];
  expect(
    unnamed(
      "express-session",
      declared.flatMap((name) => membersOf(types, name)),
    ),
  ).toEqual([
    // The middleware calls them, and no application does.
    "createSession",
    "load",
  ]);
});

test("@fastify/session: every option, method and property of its types has a row", () => {
  const types = declarations("@fastify/session/types/index.d.ts");
  const declared = [
    "interface FastifyInstance",
    "interface FastifyRequest",
    "interface FastifySessionOptions",
    "interface CookieOptions",
    "interface FastifySessionObject",
    "interface ExpressSessionData",
  ];
  const cookies = membersOf(declarations("@fastify/cookie/types/index.d.ts"), "interface CookieSerializeOptions");
  expect(unnamed("fastify-session", [...declared.flatMap((name) => membersOf(types, name)), ...cookies])).toEqual([]);
});

test("koa-session: every option, method and property has a row", () => {
  const types = declarations("koa-session/dist/esm/session.d.ts");
  const declared = [...Object.keys(SessionOptions.shape), ...membersOf(types, "declare class Session")];
  const own = new Set(["constructor", "_requireSave", "_expire"]);
  expect(
    unnamed(
      "koa-session",
      declared.filter((name) => !own.has(name)),
    ),
  ).toEqual([]);
});
