import { store } from "../../../sessions";

/** What the store has done since it was last asked; and, with `?down=`, a store that fails or works again. */
export function GET(request: Request): Response {
  const down = new URL(request.url).searchParams.get("down");
  if (down !== null) store.down = down === "yes";
  return Response.json(store.log.verbs.splice(0));
}
