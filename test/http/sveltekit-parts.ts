import { createServer } from "node:http";
import type { EngineFactory } from "../../src/core/engine.ts";
import { memory } from "../../src/engines/memory.ts";
import { coatcheck, type SvelteKitEvent } from "../../src/http/adapters/sveltekit.ts";
import { createSessions, type Session, type Sessions } from "../../src/index.ts";
import { faultyStore, type Intercept, operationLog, type StoreVerb } from "../../src/testing.ts";
import { listen } from "./harness-adapter.ts";
import type { Data } from "./harness-call.ts";
import { builtApp, play } from "./sveltekit-app.ts";

/** An event, as far as these tests look at it. */
export interface Event extends SvelteKitEvent {
  readonly request: Request;
  readonly locals: { session?: Promise<Session<Data>> };
  readonly cookies: SvelteKitEvent["cookies"] & { set(name: string, value: string, options?: object): void };
  setHeaders(headers: Record<string, string>): void;
}

/** What Kit hands to a hook, with Kit's ways to throw. */
export interface Input {
  readonly event: Event;
  resolve(event: Event): Promise<Response>;
  fetch(request: Request): Promise<Response>;
  readonly request: Request;
  readonly error: (status: number, message: string) => never;
  readonly redirect: (status: number, location: string) => never;
}

export type Play = (event: Event, input: Input) => unknown;

interface Options {
  readonly plays: (sessions: Sessions<Data>) => Record<string, Play>;
  readonly fault?: Intercept;
  readonly engine?: EngineFactory;
  readonly secrets?: string[];
  readonly property?: boolean;
  readonly onError?: (error: unknown, event: SvelteKitEvent) => Response;
}

export interface Kit extends AsyncDisposable {
  readonly sessions: Sessions<Data>;
  readonly operations: StoreVerb[];
  /** What reached `handleError`. */
  readonly errors: unknown[];
  /** One visitor: keeps the cookies. */
  visit(path: string, init?: { method?: string; headers?: Record<string, string>; body?: string }): Promise<Response>;
  /** The visitor's session, as it is stored. */
  stored(): Promise<Session<Data>>;
}

/** As a browser sends a form; without `accept`, Kit takes it for one of its client. */
const form = { "content-type": "application/x-www-form-urlencoded", accept: "text/html" };
export const submit = { method: "POST", headers: form, body: "" };

export async function setUp({ plays, fault, engine, onError, ...settings }: Options): Promise<Kit> {
  const log = operationLog();
  const store = memory();
  const sessions = createSessions<Data>({
    ...settings,
    engine: engine ?? faultyStore(fault === undefined ? store : faultyStore(store, fault), log),
  });
  const errors: unknown[] = [];
  const handle = coatcheck(sessions, onError && { onError });
  const app = await builtApp();
  const server = await listen(createServer((request, response) => app(request, response, () => response.destroy())));
  const end = play(server.port, {
    handle: (_event, input: Input) => handle(input),
    handleError: (_event, { error }: { error: unknown }) => void errors.push(error),
    ...plays(sessions),
  });
  const jar = new Map<string, string>();
  return {
    sessions,
    operations: log.verbs,
    errors,
    async visit(path, { headers = {}, ...init } = {}) {
      const cookie = Array.from(jar, ([name, value]) => `${name}=${value}`).join("; ");
      const response = await fetch(`http://127.0.0.1:${server.port}${path}`, {
        ...init,
        headers: { ...headers, ...(cookie !== "" && { cookie }) },
        redirect: "manual",
      });
      for (const line of response.headers.getSetCookie()) {
        const [, name = "", value = ""] = /^([^=]*)=([^;]*)/.exec(line) ?? [];
        if (value === "") jar.delete(name);
        else jar.set(name, value);
      }
      return response;
    },
    stored: () => sessions.open(jar.get("__Host-session")),
    async [Symbol.asyncDispose]() {
      await server.close();
      end();
      await sessions[Symbol.asyncDispose]();
    },
  };
}

/** The lines that set the session's cookie. */
export const lines = (response: Response): string[] =>
  response.headers.getSetCookie().filter((line) => line.startsWith("__Host-session="));
