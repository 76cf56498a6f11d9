import { readFileSync } from "node:fs";
import { join } from "node:path";
import * as ironSession from "iron-session";
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
  // It gives a context no session, as the page says of its types.
  expect(declarations("koa-session/dist/esm/index.d.ts")).not.toMatch(/declare module|declare global/);
  expect(
    unnamed(
      "koa-session",
      declared.filter((name) => !own.has(name)),
    ),
  ).toEqual([]);
});

test("iron-session: everything exported, every option and method has a row", () => {
  const types = declarations("iron-session/dist/index.d.ts");
  const declared = ["interface SessionOptions", "type IronSession<T>"].flatMap((name) => membersOf(types, name));
  const cookie = membersOf(declarations("cookie/dist/index.d.ts"), "interface SetCookie");
  const ownedByIt = new Set(["name", "value"]);
  const names = [...Object.keys(ironSession), ...declared, ...cookie.filter((name) => !ownedByIt.has(name))];
  expect(unnamed("iron-session", names)).toEqual([]);
});

test("Django: every setting and method that docs/settings.md and docs/session.md name has a row", () => {
  const settings = readFileSync(join(root, "docs/settings.md"), "utf8").match(/\b(?:SESSION|SECRET)_[A-Z_]+\b/g) ?? [];
  const table = readFileSync(join(root, "docs/session.md"), "utf8")
    .split("\n")
    .filter((line) => line.startsWith("| `s"));
  const methods = table.flatMap((line) => (line.split("|")[1] ?? "").match(/(?<=\.)\w+/g) ?? []);
  expect(unnamed("django", [...settings, ...methods])).toEqual([]);
});
