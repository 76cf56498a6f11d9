// Sessions on Koa, as a user's compiler sees them. `@ts-expect-error` lines are the point: each must stay an error.
import { createSessions, type Session } from "coatcheck";
import { coatcheck, type SessionProperty } from "coatcheck/koa";
import { memory } from "coatcheck/memory";
import Koa, { type DefaultState, type Middleware } from "koa";
import mount from "koa-mount";

type Equal<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;
function assertType<_ extends true>(): void {}

interface Data {
  visits: number;
  theme: "light" | "dark";
}
const sessions = createSessions<Data>({ engine: memory() });

const plain = new Koa();
plain.use(coatcheck(sessions));
// @ts-expect-error not what createSessions returned
plain.use(coatcheck({}));
plain.use(async (ctx) => {
  const session = await sessions.get(ctx);
  assertType<Equal<typeof session, Session<Data>>>();
  await sessions.get(ctx.request);
  await sessions.get(ctx.req);
  // @ts-expect-error a wrong key
  session.get("vists");
  // @ts-expect-error a wrong value
  session.set("theme", "blue");
});
const listed: Middleware[] = [coatcheck(sessions)];
for (const middleware of listed) plain.use(middleware);
plain.use(mount("/sub", new Koa().use(coatcheck(sessions))));

// `use` says what a middleware adds to the context, so whoever chains has the property typed.
const chained = new Koa().use(coatcheck(sessions));
chained.use(async (ctx) => {
  const session = await ctx.session;
  assertType<Equal<typeof session, Session<Data>>>();
  // @ts-expect-error a wrong value by the property
  session.set("visits", "1");
});

// So has whoever names the context's type.
const named = new Koa<DefaultState, SessionProperty<Data>>();
named.use(coatcheck(sessions));
named.use(async (ctx) => {
  const session = await ctx.session;
  assertType<Equal<typeof session, Session<Data>>>();
  // @ts-expect-error a wrong key by the property
  session.get("vists");
  ctx.body = "ok";
});
