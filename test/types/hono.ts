// The types of sessions on Hono, as a user meets them. `@ts-expect-error` lines are the point: each must stay an error.
import { createSessions, type Session } from "coatcheck";
import { coatcheck, type CoatcheckEnv } from "coatcheck/hono";
import { memory } from "coatcheck/memory";
import { Hono } from "hono";

type Equal<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;
function assertType<_ extends true>(): void {}

interface Data {
  visits: number;
  theme: "light" | "dark";
}

const sessions = createSessions<Data>({ engine: memory() });

// Chained, the app knows what the middleware adds, and nothing is declared globally.
new Hono().use(coatcheck(sessions)).get("/", async (c) => {
  const session = await c.var.session;
  assertType<Equal<typeof session, Session<Data>>>();
  const got = await c.get("session");
  assertType<Equal<typeof got, Session<Data>>>();
  session.set("theme", "dark").update("visits", (n = 0) => n + 1);
  // @ts-expect-error a wrong key
  session.get("vists");
  // @ts-expect-error a wrong value
  session.set("visits", "1");
  // @ts-expect-error a promise has no data: await it
  c.var.session.get("visits");
  // @ts-expect-error what would be lost
  c.var.session = Promise.resolve(session);
  return c.text(String(session.get("visits", 0)));
});

// Beside variables of the app's own, on a path, in a sub-app, for one route, and by name.
const shop = new Hono<{ Variables: { tenant: string } }>()
  .use("/shop/*", coatcheck(sessions))
  .get("/shop", async (c) => {
    assertType<Equal<typeof c.var.tenant, string>>();
    assertType<Equal<Awaited<typeof c.var.session>, Session<Data>>>();
    return c.text("shop");
  });
new Hono().route("/", shop).get("/one", coatcheck(sessions), async (c) => {
  assertType<Equal<Awaited<typeof c.var.session>, Session<Data>>>();
  return c.text("one");
});
const named = new Hono<CoatcheckEnv<Data>>();
named.use(coatcheck(sessions));
named.get("/", async (c) => c.text((await c.var.session).get("theme", "light")));

new Hono().get("/", async (c) => {
  // @ts-expect-error no global augmentation: an app without the middleware has no session
  c.var.session;
  const session = await sessions.get(c);
  assertType<Equal<typeof session, Session<Data>>>();
  return c.text("none");
});
