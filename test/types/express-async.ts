// `coatcheck.async`, as a user's compiler sees it. In a file of its own: TypeScript 5.7 wants the handler's type named.
import { createSessions } from "coatcheck";
import { coatcheck } from "coatcheck/express";
import { memory } from "coatcheck/memory";
import express, { type RequestHandler } from "express";

type Equal<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;
function assertType<_ extends true>(): void {}

const sessions = createSessions<{ visits: number }>({ engine: memory() });
const app = express();
app.use(coatcheck(sessions));
app.get(
  "/4",
  coatcheck.async(async (request, response) => {
    assertType<Equal<typeof request.originalUrl, string>>();
    await sessions.get(request);
    response.send("ok");
  }),
);
app.get(
  "/named",
  coatcheck.async<RequestHandler>(async (request, response) => {
    response.send((await sessions.get(request)).get("visits", 0));
  }),
);
