// Sessions on Fastify, as a user's compiler sees them. `@ts-expect-error` lines are the point: each must stay an error.
import { createSessions, type Session } from "coatcheck";
import { coatcheck, type SessionProperty } from "coatcheck/fastify";
import { memory } from "coatcheck/memory";
import fastify, { type FastifyRequest } from "fastify";

type Equal<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;
function assertType<_ extends true>(): void {}

interface Data {
  visits: number;
  theme: "light" | "dark";
}
const sessions = createSessions<Data>({ engine: memory() });

const app = fastify();
app.register(coatcheck, { sessions });
app.register(coatcheck, { sessions, prefix: "/shop" });
// @ts-expect-error not what createSessions returned
app.register(coatcheck, { sessions: {} });
// @ts-expect-error no sessions
app.register(coatcheck, {});

app.get("/", async (request, reply) => {
  const session = await sessions.get(request);
  assertType<Equal<typeof session, Session<Data>>>();
  assertType<Equal<typeof session, Awaited<ReturnType<typeof sessions.get>>>>();
  await sessions.get(reply);
  await sessions.get(request.raw);
  // @ts-expect-error a wrong key
  session.get("vists");
  // @ts-expect-error a wrong value
  session.set("theme", "blue");
  // @ts-expect-error no global augmentation: Fastify's request has no session of our type
  await request.session;
  const byProperty = await (request as FastifyRequest & SessionProperty<Data>).session;
  assertType<Equal<typeof byProperty, Session<Data>>>();
  // @ts-expect-error a wrong value by the property
  byProperty.set("visits", "1");
  const decorated = await request.getDecorator<SessionProperty<Data>["session"]>("session");
  assertType<Equal<typeof decorated, Session<Data>>>();
  return reply.send("ok");
});

// Other servers, other loggers.
export async function elsewhere(): Promise<void> {
  await fastify({ http2: true }).register(coatcheck, { sessions });
  await fastify({ logger: true }).register(coatcheck, { sessions });
  await fastify().register(async (child) => child.register(coatcheck, { sessions }));
}
