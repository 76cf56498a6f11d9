import type { PageServerLoad } from "./$types";

export const load: PageServerLoad = async (event) => {
  const session = await event.locals.session; // typed; loaded on first use
  const visits = session.update("visits", (n = 0) => n + 1); // exact, however many requests run at once
  return { visits, theme: session.get("theme", "light") };
};
