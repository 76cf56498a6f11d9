import { route, sessions } from "../../sessions";

export const POST = route(async (request) => {
  const session = await sessions.get(request);
  await session.flush(); // record deleted, cookie removed
  return new Response(null, { status: 303, headers: { location: "/" } });
});
