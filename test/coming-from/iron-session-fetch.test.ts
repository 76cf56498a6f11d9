import { getRequestListener } from "@hono/node-server";
import { getIronSession, nextProxyCookies, webCookies } from "iron-session";
import { expect, test } from "vitest";
import { coatcheck } from "../../src/http/adapters/fetch.ts";
import { coatcheck as onNext } from "../../src/http/adapters/next.ts";
import { options } from "./node.ts";
import { type Data, open } from "./settings.ts";
import { serve, Site } from "./site.ts";

/** Not its own Response in the place of everybody's: other tests of this process have theirs. */
const ours = { overrideGlobalObjects: false };

test("webCookies(request, headers)", async () => {
  const handle = async (request: Request): Promise<Response> => {
    const headers = new Headers({ location: "/elsewhere" });
    const session = await getIronSession<Data>(webCookies(request, headers), options);
    session.user = "ann";
    await session.save();
    return new Response(null, { status: 303, headers });
  };
  const old = new Site(await serve(getRequestListener(handle, ours)));
  expect(await old.get()).toMatchObject({ status: 303, cookie: { name: "iron" } });

  const { sessions } = open({});
  const handler = async (request: Request): Promise<Response> => {
    (await sessions.get(request)).set("user", "ann");
    return Response.redirect("http://shop.example/elsewhere", 303);
  };
  const now = new Site(await serve(getRequestListener(coatcheck(sessions, handler), ours)));
  expect(await now.get()).toMatchObject({ status: 303, cookie: { name: "__Host-session" } });
});

test("nextProxyCookies(request, response)", async () => {
  const [sent, back] = [new Map<string, string>(), new Map<string, string>()];
  const get = (name: string): { name: string; value: string } | undefined => {
    const value = sent.get(name);
    return value === undefined ? undefined : { name, value };
  };
  const request = { cookies: { get, set: (name: string, value: string) => sent.set(name, value) } };
  const response = { cookies: { set: (name: string, value: string) => back.set(name, value) } };
  const old = await getIronSession<Data>(nextProxyCookies(request, response), options);
  old.user = "ann";
  await old.save();
  expect(sent).toEqual(back);

  const { sessions } = open({});
  const jar = { get: () => undefined, set: () => undefined, delete: () => undefined };
  const { proxy } = onNext(sessions, { cookies: async () => jar, refresh: () => undefined });
  const handle = proxy(async (asked) => void (await sessions.get(asked)).set("user", "ann"));
  const { headers } = await handle(new Request("http://shop.example/"));
  const [pair = ""] = headers.getSetCookie()[0]?.split(";") ?? [];
  expect(pair).toMatch(/^__Host-session=[\w-]{75}$/);
  // By which the rest of Next sees it.
  expect(headers.get("x-middleware-request-cookie")).toBe(pair);
});
