import { setTimeout } from "node:timers/promises";
import { Router } from "express";
import { rushOf, rushSize } from "../look.ts";
import { sessions } from "../sessions.ts";
import { rushResult } from "../views/rush.ts";

/** Twenty requests at once, each writing to the same session. */
export const rushRoutes = Router();

/** Long enough for every request the browser sends together to have read the session before the first one writes. */
const pause = 100;

/** Clears away the run before. */
rushRoutes.post("/rush", async (request, response) => {
  const session = await sessions.get(request);
  const before = [...session.keys()].filter(isTicket);
  for (const key of before) session.delete(key);
  session.set("rushCount", 0);
  response.status(204).end();
});

rushRoutes.post("/rush/:number", async (request, response, next) => {
  const number = Number(request.params.number);
  if (!Number.isInteger(number) || number < 1 || number > rushSize) return next();

  const session = await sessions.get(request);
  await setTimeout(pause);
  // What this request has read is old by now. A framework that writes all of it back undoes the others' work.
  session.update("rushCount", (count = 0) => count + 1);
  session.set(`request-${number}`, true);
  response.status(204).end();
});

/** What is there now, as a piece of the page. */
rushRoutes.get("/rush", async (request, response) => {
  const session = await sessions.get(request);
  response
    .set("Cache-Control", "no-store")
    .type("html")
    .send(rushResult(rushOf(session)).text);
});

function isTicket(key: string): key is `request-${number}` {
  return key.startsWith("request-");
}
