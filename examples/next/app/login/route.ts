import { route, sessions } from "../../sessions";

export const POST = route(async (request) => {
  const session = await sessions.get(request);
  const form = new URLSearchParams(await request.text());
  session.userId = form.get("name") ?? undefined; // after you have checked the password
  session.cycleKey(); // new token, same session; the old token is dead
  return new Response(null, { status: 303, headers: { location: "/" } });
});
