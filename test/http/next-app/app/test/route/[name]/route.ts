import { cookies } from "next/headers";
import { forbidden, notFound, redirect } from "next/navigation";
import { readSession, route, sessions } from "../../../../sessions";
import { increment } from "../../forms/actions";

interface Context {
  params: Promise<{ name: string }>;
}

export const GET = route(async (request, { params }: Context) => answer(request, (await params).name));
export const POST = route(async (request, { params }: Context) => answer(request, (await params).name));

async function answer(request: Request, name: string): Promise<Response> {
  const session = await sessions.get(request);
  switch (name) {
    case "increment":
      return new Response(String(session.update("visits", (n = 0) => n + 1)));
    case "cycle":
      session.cycleKey();
      break;
    case "flush":
      await session.flush();
      break;
    case "redirect":
      session.update("visits", (n = 0) => n + 1);
      session.cycleKey();
      return redirect("/elsewhere");
    case "missing":
      session.update("visits", (n = 0) => n + 1);
      session.cycleKey();
      return notFound();
    case "plainly-missing":
      return notFound();
    case "forbidden":
      session.cycleKey();
      return forbidden();
    case "fail":
      session.update("visits", (n = 0) => n + 1);
      if (request.method === "POST") session.cycleKey();
      throw new Error("the handler failed");
    case "jar": {
      (await cookies()).set("jar", "from the handler");
      session.cycleKey();
      return new Response("both", { headers: { "set-cookie": "own=from the response" } });
    }
    case "reader":
      session.set("theme", "dark");
      return new Response((await readSession()).get("theme", "light"));
    case "action":
      return new Response(String(await increment()));
    case "seen":
      return Response.json({ theme: session.get("theme", "light"), header: request.headers.get("x-from-proxy") });
    case "stream": {
      session.update("visits", (n = 0) => n + 1);
      const text = new TextEncoderStream();
      void writeInPieces(text.writable);
      return new Response(text.readable);
    }
  }
  return new Response(name);
}

async function writeInPieces(body: WritableStream<string>): Promise<void> {
  const writer = body.getWriter();
  for (const piece of ["one ", "two ", "three"]) await writer.write(piece);
  await writer.close();
}
