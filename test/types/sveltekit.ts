// The types of sessions on SvelteKit, as a user meets them: Kit's own are checked with examples/sveltekit, by the compiler
// that Kit comes with. `@ts-expect-error` lines are the point: each must stay an error.
import { createSessions, type Session } from "coatcheck";
import { memory } from "coatcheck/memory";
import { coatcheck, type SessionProperty, type SvelteKitEvent } from "coatcheck/sveltekit";

type Equal<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;
function assertType<_ extends true>(): void {}

interface Data {
  visits: number;
  theme: "light" | "dark";
}

const sessions = createSessions<Data>({ engine: memory() });

/** As Kit has it, in what matters here. */
interface RequestEvent extends SvelteKitEvent {
  readonly request: Request;
  readonly locals: SessionProperty<Data>;
  readonly cookies: SvelteKitEvent["cookies"] & { delete(name: string): void };
  readonly params: Partial<Record<string, string>>;
}
type Handle = (input: {
  event: RequestEvent;
  resolve: (event: RequestEvent, options?: { preload?: () => boolean }) => Promise<Response>;
}) => Response | Promise<Response>;

// A handle of Kit's, with options and without.
const handles: Handle[] = [
  coatcheck(sessions),
  coatcheck(sessions, {}),
  coatcheck(sessions, { onError: () => new Response(null, { status: 503 }) }),
  coatcheck(sessions, { onError: async (error, event) => new Response(`${String(error)} ${event.url.pathname}`) }),
  coatcheck(sessions, { onError: (_error, event: RequestEvent) => new Response(event.params["slug"]) }),
];
handles satisfies object;
// @ts-expect-error an answer has to be one
coatcheck(sessions, { onError: () => "sorry" });
// @ts-expect-error what createSessions did not make
coatcheck({});

export async function load(event: RequestEvent): Promise<number> {
  const session = await sessions.get(event);
  assertType<Equal<typeof session, Session<Data>>>();
  const same = await event.locals.session;
  assertType<Equal<typeof same, Session<Data>>>();
  // @ts-expect-error a wrong key
  session.get("vists");
  // @ts-expect-error what would be lost
  event.locals.session = Promise.resolve(session);
  return session.update("visits", (n = 0) => n + 1);
}
