import { gate } from "../../../sessions";

/** Answers when the slow page is being rendered; with `?open`, lets it go. */
export async function GET(request: Request): Promise<Response> {
  if (new URL(request.url).searchParams.has("open")) gate.release();
  else await gate.arrived();
  return new Response("ok");
}
