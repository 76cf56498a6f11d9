import { after } from "next/server";
import { readSession, route, sessions } from "../../../sessions";
import { increment } from "../forms/actions";

const told: string[] = [];

/** What is done when the response has left, after a key was cycled or not; a GET tells what came of it. */
export const POST = route(async (request) => {
  const session = await sessions.get(request);
  if (new URL(request.url).searchParams.has("cycle")) session.cycleKey();
  after(async () => {
    const visits = (await readSession()).get("visits", 0);
    const refused = await increment().catch((error: { code: string }) => error.code);
    told.push(`${visits} ${refused}`);
  });
  return new Response("done");
});

export function GET(): Response {
  return Response.json(told.splice(0));
}
