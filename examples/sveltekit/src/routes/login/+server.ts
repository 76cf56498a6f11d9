import { redirect } from "@sveltejs/kit";
import sessions from "../../sessions.ts";
import type { RequestHandler } from "./$types";

export const POST: RequestHandler = async (event) => {
  const session = await sessions.get(event);
  const form = await event.request.formData();
  session.userId = String(form.get("name")); // after you have checked the password
  session.cycleKey(); // new token, same session; the old token is dead
  redirect(303, "/");
};
