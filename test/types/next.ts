// The types of sessions on Next.js, as a user meets them. `@ts-expect-error` lines are the point: each must stay an error.
import { createSessions, type Session } from "coatcheck";
import { memory } from "coatcheck/memory";
import { coatcheck, type ReadonlySession } from "coatcheck/next";

type Equal<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;
function assertType<_ extends true>(): void {}

interface Data {
  visits: number;
  theme: "light" | "dark";
  cart: { sku: string; quantity: number }[];
}

/** As `next/headers` and `next/cache` declare them, as far as we look; the real ones are compiled where apps are built. */
interface ResponseCookie {
  name: string;
  value: string;
  expires?: number | Date;
  maxAge?: number;
  sameSite?: true | false | "lax" | "strict" | "none";
}
declare const cookies: () => Promise<{
  get(...args: [name: string] | [{ name: string; value: string }]): { name: string; value: string } | undefined;
  set(...args: [key: string, value: string, cookie?: Partial<ResponseCookie>] | [options: ResponseCookie]): object;
  delete(...args: [key: string] | [options: Omit<ResponseCookie, "value" | "expires">]): object;
}>;
declare const refresh: () => void;

const sessions = createSessions<Data>({ engine: memory() });
const { readSession, action, route, proxy } = coatcheck(sessions, { cookies, refresh });

// @ts-expect-error what Next gives has to be handed in
coatcheck(sessions, { cookies });

// A server component reads, and that is all.
const session = await readSession();
assertType<Equal<typeof session, ReadonlySession<Data>>>();
assertType<Equal<ReturnType<typeof visitsOf>, number>>();
function visitsOf(read: ReadonlySession<Data>): number {
  return read.get("visits", 0);
}
// @ts-expect-error no writing in a server component
session.set("theme", "dark");
// @ts-expect-error
session.update("visits", (n = 0) => n + 1);
// @ts-expect-error
session.delete("theme");
// @ts-expect-error
session.cycleKey();
// @ts-expect-error
await session.flush();
// @ts-expect-error
session.userId = "ada";
// @ts-expect-error
session.data.theme = "dark";
// @ts-expect-error nor inside the data
session.data.cart?.push({ sku: "coat", quantity: 1 });
// @ts-expect-error
session.get("cart", []).push({ sku: "coat", quantity: 1 });
for (const [, value] of session) {
  // @ts-expect-error
  if (typeof value === "object") value.length = 0;
}
// @ts-expect-error a wrong key
session.get("vists");
const theme: "light" | "dark" = session.get("theme", "light");
const skus: string[] = session.get("cart", []).map(({ sku }) => sku);
export { skus, theme };

// What only reads takes both kinds.
declare const writable: Session<Data>;
visitsOf(writable);
// @ts-expect-error what writes does not take one that cannot
const wrong: Session<Data> = session;
export { wrong };

// An action has the arguments that Next passes, after the session.
export const addToCart = action(async (own, form: FormData) => {
  assertType<Equal<typeof own, Session<Data>>>();
  own.set("theme", "dark");
  form.get("sku");
});
assertType<Equal<typeof addToCart, (form: FormData) => Promise<void>>>();
const withState = action((_own, previous: string, form: FormData) => previous + String(form.has("sku")));
assertType<Equal<typeof withState, (previous: string, form: FormData) => Promise<string>>>();
// @ts-expect-error a wrong value
action((own) => own.set("visits", "1"));

// A route handler and a proxy have the request of their own kind, and what Next passes beside it.
export const GET = route(async (request, { params }: { params: Promise<{ id: string }> }) => {
  assertType<Equal<typeof request, Request>>();
  const own = await sessions.get(request);
  return new Response(`${(await params).id} ${own.get("visits", 0)}`);
});
class NextRequest extends Request {
  readonly nextUrl = new URL(this.url);
}
export const POST = route((request: NextRequest) => new Response(request.nextUrl.pathname), {
  onError: (error, request) => new Response(`${String(error)} ${request.nextUrl.pathname}`, { status: 500 }),
});
// @ts-expect-error a handler answers
route(async () => undefined);
export default proxy((request: NextRequest) => new Response(request.nextUrl.pathname));
proxy();
proxy(async (request) => {
  (await sessions.get(request)).set("theme", "dark");
});
// @ts-expect-error what is no answer
proxy(() => "home");
