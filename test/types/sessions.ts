// The types of sessions, as a user meets them. `@ts-expect-error` lines are the point: each must stay an error.
import { type Codec, createSessions, type JsonValue, type Session } from "coatcheck";
import { coatcheck as fetchAdapter } from "coatcheck/fetch";
import { coatcheck as nodeAdapter } from "coatcheck/node";
import { compressed } from "coatcheck/compressed";
import { devalue, type Rich } from "coatcheck/devalue";
import { encrypted } from "coatcheck/encrypted";
import { coatcheck } from "coatcheck/express";
import { memory } from "coatcheck/memory";
import express, { type Request, type Response } from "express";
import http from "node:http";
import http2 from "node:http2";
import https from "node:https";

type Equal<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;
function assertType<_ extends true>(): void {}

interface Item {
  sku: string;
  quantity: number;
}
interface Tree {
  children: Tree[];
  note?: string;
}
interface Data {
  visits: number;
  cart: Item[];
  theme: "light" | "dark";
  tree: Tree;
  anything: JsonValue;
}

const sessions = createSessions<Data>({ engine: memory() });

export async function handler(request: Request, response: Response): Promise<void> {
  const session = await sessions.get(request);
  assertType<Equal<typeof session, Session<Data>>>();

  // Reads may be undefined unless a fallback is given, and are never any.
  const visits = session.get("visits");
  assertType<Equal<typeof visits, number | undefined>>();
  const counted = session.get("visits", 0);
  assertType<Equal<typeof counted, number>>();
  const theme = session.get("theme", "light");
  assertType<Equal<typeof theme, "light" | "dark">>();
  assertType<Equal<typeof session.data.cart, Item[] | undefined>>();
  assertType<Equal<Awaited<ReturnType<typeof sessions.byId>>, Session<Data> | undefined>>();

  session.set("theme", "dark").set("visits", 2);
  session.update("visits", (n = 0) => n + 1);
  session.update("cart", (cart = []) => [...cart, { sku: "a", quantity: 1 }]);
  session.update({ visits: 1, theme: "light" });
  session.data.theme = "dark";
  for (const [key, value] of session) console.log(key.toUpperCase(), value);

  // @ts-expect-error a wrong key
  session.get("vists");
  // @ts-expect-error a wrong key
  session.set("vists", 1);
  // @ts-expect-error a wrong value
  session.set("visits", "1");
  // @ts-expect-error a wrong literal
  session.set("theme", "blue");
  // @ts-expect-error a wrong fallback
  session.get("visits", "none");
  // @ts-expect-error an update that returns nothing
  session.update("visits", (_n) => undefined);
  // @ts-expect-error an asynchronous update
  session.update("visits", async (n = 0) => n + 1);
  // @ts-expect-error a wrong key through data
  session.data.vists = 1;
  // @ts-expect-error a wrong value in several
  session.update({ visits: "1" });
  // @ts-expect-error the id is not ours to change
  session.id = "x";
  // @ts-expect-error neither is the identity of data
  session.data = {};
  // @ts-expect-error an expiry that is none
  session.setExpiry("1h");
  // @ts-expect-error no global augmentation: the framework's request has no session of our type
  request.session;
  response.end();
}

// A helper that needs some of the data takes any session that has it.
function paint<D extends { theme: "light" | "dark" }>(session: Session<D>): string | undefined {
  return session.get("theme");
}
export const painted = async (): Promise<string | undefined> => paint(await sessions.open());
// As it is, a session is none of fewer keys: going through them would show more than that type says.
export async function fewer(): Promise<Session<{ theme: "light" | "dark" }>> {
  // @ts-expect-error hence the type parameter above
  return sessions.open();
}

// Data that JSON would change is a compile error, at any depth.
// @ts-expect-error a Date
createSessions<{ at: Date }>();
// @ts-expect-error a function
createSessions<{ run: () => void }>();
// @ts-expect-error a Map in an array in an object
createSessions<{ a: { b: Map<string, string>[] } }>();
// @ts-expect-error a bigint
createSessions<{ n: bigint }>();
// @ts-expect-error a symbol
createSessions<{ s: symbol }>();
// @ts-expect-error unknown could be anything
createSessions<{ u: unknown }>();
// @ts-expect-error undefined in an array becomes null
createSessions<{ list: (number | undefined)[] }>();
// @ts-expect-error object could be anything
createSessions<{ o: object }>();
createSessions<{ maybe?: string; union: string | null; tuple: [number, string]; record: Record<string, number> }>();

// Without a type, any key with any JSON value.
export async function untyped(): Promise<void> {
  const session = await createSessions().open();
  session.set("anything", { nested: [1, "two", null] });
  // @ts-expect-error still nothing JSON would change
  session.set("at", new Date());
}

// With a codec that carries more, so may the data, at any depth; and the compiler asks for that codec.
interface RichData {
  seen: Date;
  votes: Map<string, { at: Date; weight: bigint }[]>;
  tags?: Set<string>;
  items: Item[];
}
const secrets = ["a".repeat(32)];
const rich = createSessions<RichData, Rich>({ codec: devalue() });
createSessions<RichData, Rich>({ codec: encrypted(secrets, { codec: compressed({ codec: devalue() }) }) });
createSessions<Data>({ codec: encrypted(secrets, { codec: compressed({ codec: devalue(), threshold: 0 }) }) });
createSessions<Data>({ codec: encrypted(secrets, { readPlain: true }) });
createSessions({ codec: compressed() });
export async function richHandler(): Promise<void> {
  const session = await rich.open();
  assertType<Equal<typeof session, Session<RichData>>>();
  session.update("seen", (seen = new Date()) => seen);
  session.get("votes")?.set("ada", [{ at: new Date(), weight: 1n }]);
  // @ts-expect-error a wrong value in a Map
  session.get("votes")?.set("ada", 1);
}
// @ts-expect-error a Date, with a codec that carries it and without saying so
createSessions<{ at: Date }>({ codec: devalue() });
// @ts-expect-error no codec
createSessions<RichData, Rich>({});
// @ts-expect-error no options at all
createSessions<RichData, Rich>();
// @ts-expect-error a codec that carries only JSON
createSessions<RichData, Rich>({ codec: encrypted(secrets) });
// @ts-expect-error another, inside out
createSessions<RichData, Rich>({ codec: encrypted(secrets, { codec: compressed() }) });
// @ts-expect-error a function in a Map
createSessions<{ map: Map<string, () => void> }, Rich>({ codec: devalue() });
// @ts-expect-error a class instance in a Set in an object
createSessions<{ deep: { set: Set<URL> } }, Rich>({ codec: devalue() });
// @ts-expect-error undefined in a Map is refused, as in an array
createSessions<{ map: Map<string, number | undefined> }, Rich>({ codec: devalue() });
// @ts-expect-error and in a Set
createSessions<{ set: Set<string | undefined> }, Rich>({ codec: devalue() });
// @ts-expect-error a codec that is said to carry more, without one inside that does
createSessions<RichData, Rich>({ codec: encrypted<Rich>(secrets) });
// @ts-expect-error the same
createSessions<RichData, Rich>({ codec: compressed<Rich>({ threshold: 0 }) });
// @ts-expect-error a symbol is still none
createSessions<{ s: symbol }, Rich>({ codec: devalue() });
// A codec of one's own says what it carries by its type.
declare const withUrls: Codec<URL>;
createSessions<{ home: URL }, URL>({ codec: withUrls });
// @ts-expect-error not these
createSessions<{ home: URL }, URL>({ codec: devalue() });

// Every framework's own objects fit, without help.
const app = express();
app.use(coatcheck(sessions));
app.get("/", handler);
http.createServer(nodeAdapter(sessions, async (request, response) => void response.end(request.url)));
https.createServer(nodeAdapter(sessions, (request, response) => void response.end(request.url)));
http2.createServer(
  nodeAdapter(
    sessions,
    (request: http2.Http2ServerRequest, response: http2.Http2ServerResponse) => void response.end(request.url),
  ),
);
export const fetchHandler: (request: Request2) => Promise<globalThis.Response> = fetchAdapter(
  sessions,
  async (request: globalThis.Request) => new Response2((await sessions.get(request)).get("theme", "light")),
);
type Request2 = globalThis.Request;
const Response2 = globalThis.Response;
