import { copies, store } from "../../../sessions";

/** What the store has done since it was last asked; and, with `?down=`, a store that fails or works again. */
export function GET(request: Request): Response {
  const { searchParams } = new URL(request.url);
  if (searchParams.has("copies")) return Response.json([copies()]);
  const down = searchParams.get("down");
  if (down !== null) store.down = down === "yes";
  return Response.json(store.log.verbs.splice(0));
}
