import { fileURLToPath } from "node:url";
import { coatcheck } from "coatcheck/express";
import express, { type Express, type NextFunction, type Request, type Response } from "express";
import { addSecurityHeaders, sameOriginOnly } from "./guard.ts";
import { accountRoutes } from "./routes/account.ts";
import { pageRoutes } from "./routes/pages.ts";
import { rushRoutes } from "./routes/rush.ts";
import { shopRoutes } from "./routes/shop.ts";
import { sessions } from "./sessions.ts";
import { messagePage } from "./views/message.ts";

const publicFolder = fileURLToPath(new URL("public/", import.meta.url));

/** Everything but the port. */
export function createApp(): Express {
  const app = express();
  app.disable("x-powered-by");
  app.use(addSecurityHeaders);

  app.use(express.static(publicFolder, { index: false }));
  // Asked for by browsers on pages without a <link>, such as /visits.
  app.get("/favicon.ico", (_, response) => response.sendFile("favicon.svg", { root: publicFolder }));

  app.use(sameOriginOnly, express.urlencoded({ extended: false, limit: "4kb" }));

  // Where it stands hardly matters: it does nothing until a handler asks for the session.
  app.use(coatcheck(sessions));
  app.use(pageRoutes, shopRoutes, accountRoutes, rushRoutes);

  app.use(notFound, failed);
  return app;
}

function notFound(_: Request, response: Response): void {
  response
    .status(404)
    .send(messagePage("There is no such page", "Perhaps it was taken home in somebody's pocket.").text);
}

/** Express knows an error handler by its four parameters. */
function failed(error: unknown, _request: Request, response: Response, next: NextFunction): void {
  if (response.headersSent) return next(error);
  const status = statusOf(error);
  if (status >= 500) console.error(error);
  response.status(status).send(messagePage(...explain(status)).text);
}

/** The errors of Coatcheck and of Express's parsers say which status fits. */
function statusOf(error: unknown): number {
  const status: unknown = typeof error === "object" && error !== null ? Reflect.get(error, "status") : undefined;
  return typeof status === "number" && status >= 400 && status < 600 ? status : 500;
}

function explain(status: number): [title: string, text: string] {
  if (status === 503) return ["The cloakroom does not answer", "Your ticket stays good. Please try again in a moment."];
  if (status >= 500) return ["Something went wrong", "It is our fault, and nothing of this request was kept."];
  return ["That did not work", "The request was not understood, or your session ended meanwhile. Nothing was changed."];
}
