import { Router, type Response } from "express";
import { keptOf, lookAt } from "../look.ts";
import { sessions } from "../sessions.ts";
import type { Html } from "../views/html.ts";
import { recordPanel } from "../views/record.ts";
import { shopPage } from "../views/shop.ts";
import { ticketPage } from "../views/ticket.ts";

export const pageRoutes = Router();

pageRoutes.get("/", async (request, response) => {
  const session = await sessions.get(request);
  session.update("visits", (visits = 0) => visits + 1);
  // It would be saved before the response leaves anyway. This page wants to show the record as it is after that.
  await session.save();
  send(response, shopPage(await lookAt(session)));
});

/** The counter alone, for a terminal. */
pageRoutes.get("/visits", async (request, response) => {
  const session = await sessions.get(request);
  const visits = session.update("visits", (current = 0) => current + 1);
  response.type("text").send(`${visits}\n`);
});

/** Looks without writing, so it can also show that there is nothing. */
pageRoutes.get("/ticket", async (request, response) => {
  const session = await sessions.get(request);
  send(response, ticketPage(await lookAt(session), "Only looking"));
});

pageRoutes.get("/logged-out", async (request, response) => {
  const session = await sessions.get(request);
  send(response, ticketPage(await lookAt(session), "You are logged out"));
});

/** The panel alone, for the script that brings it up to date. */
pageRoutes.get("/record", async (request, response) => {
  const session = await sessions.get(request);
  send(response, recordPanel(await keptOf(session)));
});

/** The back button must not show an old cart. */
function send(response: Response, content: Html): void {
  response.set("Cache-Control", "no-store").type("html").send(content.text);
}
