import { cookies } from "next/headers";
import { redirect } from "next/navigation";
import { NextResponse } from "next/server";
import { proxy, readSession, sessions } from "./sessions";

export default proxy(async (request) => {
  const { pathname, searchParams } = new URL(request.url);
  if (request.method === "GET" && pathname === "/") {
    (await sessions.get(request)).update("visits", (n = 0) => n + 1);
  }
  // What the query asks the proxy to do before the page or the handler comes.
  for (const what of searchParams.getAll("proxy")) {
    if (what === "write") (await sessions.get(request)).set("theme", "dark");
    if (what === "cycle") (await sessions.get(request)).cycleKey();
    if (what === "flush") await (await sessions.get(request)).flush();
    if (what === "read") (await readSession()).get("theme");
    if (what === "jar") (await cookies()).set("jar", "from the proxy");
    if (what === "redirect") redirect("/elsewhere");
    if (what === "fail") throw new Error("the proxy failed");
  }
  if (!searchParams.has("headers") && !searchParams.has("own") && !searchParams.has("cache")) return;
  const headers = new Headers(request.headers);
  headers.set("x-from-proxy", "yes");
  const response = NextResponse.next(searchParams.has("headers") ? { request: { headers } } : {});
  const cache = searchParams.get("cache");
  if (cache !== null) response.headers.set("cache-control", cache);
  if (searchParams.has("own")) response.cookies.set("own", "from the proxy");
  return response;
});

export const config = { matcher: ["/((?!_next/|favicon.ico|test/store|test/gate).*)"] };
