import { type Handler, appOn } from "./app.ts";

const { ENGINE = "", SERVER = "", PER_REQUEST = "" } = process.env;

/** What a connection of one request brings, no other may wait for: where there is one, each request has sessions of its own. */
const shared: Handler | undefined = PER_REQUEST === "" ? appOn(ENGINE, SERVER) : undefined;

export default {
  fetch: (request: Request): Response | Promise<Response> => (shared ?? appOn(ENGINE, SERVER))(request),
};
