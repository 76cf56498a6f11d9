import { redirect } from "@sveltejs/kit";
import sessions from "../../sessions.ts";
import type { RequestHandler } from "./$types";

export const POST: RequestHandler = async (event) => {
  const session = await sessions.get(event);
  await session.flush(); // record deleted, cookie removed
  redirect(303, "/");
};
