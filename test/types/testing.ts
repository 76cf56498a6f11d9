// Sessions in an app's own tests, as a user's compiler sees them. `@ts-expect-error` lines are the point: each must stay an error.
import { createSessions, type Session } from "coatcheck";
import { devalue, type Rich } from "coatcheck/devalue";
import { createTestSession, openTestSession, type StoreVerb, type TestSession, testStore } from "coatcheck/testing";
import { fastify } from "fastify";
import { Hono } from "hono";
import supertest from "supertest";

type Equal<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;
function assertType<_ extends true>(): void {}

interface Data {
  visits: number;
  theme: "light" | "dark";
}
const store = testStore();
const sessions = createSessions<Data>({ engine: store });
assertType<Equal<typeof store.operations, StoreVerb[]>>();
const taken: StoreVerb[] = store.operations.splice(0);

export async function created(): Promise<unknown[]> {
  const visitor = await createTestSession(sessions, { visits: 3, theme: "dark" }, { userId: "ada", expiry: 60 });
  assertType<Equal<typeof visitor, TestSession<Data>>>();
  assertType<Equal<typeof visitor.session, Session<Data>>>();
  // @ts-expect-error a wrong key
  await createTestSession(sessions, { vists: 3 });
  // @ts-expect-error a wrong value
  await createTestSession(sessions, { theme: "blue" });
  // @ts-expect-error a wrong option
  await createTestSession(sessions, { visits: 3 }, { userID: "ada" });
  // @ts-expect-error an expiry that is none
  await createTestSession(sessions, { visits: 3 }, { expiry: "1h" });

  const untyped = await createTestSession(createSessions(), { anything: [1, null] });
  const rich = await createTestSession(createSessions<{ at: Date }, Rich>({ codec: devalue() }), { at: new Date() });
  assertType<Equal<typeof rich, TestSession<{ at: Date }>>>();
  return [untyped, rich, taken];
}

// Every client takes what it is given, and what it gives is taken. (Playwright: the example in docs/testing-apps.md.)
export async function clients(app: () => void): Promise<void> {
  const visitor = await createTestSession(sessions, { visits: 3 });
  const response = await supertest(app).get("/").set("Cookie", visitor.cookie);
  const next = await openTestSession(sessions, response);
  assertType<Equal<typeof next, TestSession<Data>>>();
  await openTestSession(sessions, await supertest.agent(app).get("/").set(visitor.headers));
  await openTestSession(sessions, await fastify().inject({ url: "/", headers: visitor.headers }));
  await openTestSession(sessions, await new Hono().request("/", { headers: visitor.headers }));
  await openTestSession(sessions, await fetch("http://localhost", { headers: visitor.headers }));
  // @ts-expect-error a response and not its text
  await openTestSession(sessions, await (await fetch("http://localhost")).text());
}
