import type { IncomingMessage, ServerResponse } from "node:http";
import { getIronSession, type IronSession, type SessionOptions } from "iron-session";
import { coatcheck } from "../../src/http/adapters/node.ts";
import { signedCookies } from "../../src/engines/signed-cookies.ts";
import type { Sessions } from "../../src/index.ts";
import { type Data, type Handler, open, type Ours, type Settings, textOf } from "./settings.ts";
import { serve, Site } from "./site.ts";

export interface Context {
  readonly req: IncomingMessage;
  readonly res: ServerResponse;
}

export const secret = "a secret of thirty-two characters";
export const options: SessionOptions = { password: secret, cookieName: "iron" };

export type Iron = IronSession<Data>;

/** A small app with iron-session, which has to save by itself. */
export async function before(
  given: Partial<SessionOptions>,
  routes: Record<string, (session: Iron, context: Context) => unknown>,
): Promise<Site> {
  const url = await serve(async (req, res) => {
    try {
      const session = await getIronSession<Data>(req, res, { ...options, ...given });
      answer(res, await routes[req.url ?? ""]?.(session, { req, res }));
    } catch (error) {
      answerError(error, res);
    }
  });
  return new Site(url);
}

/** The same with Coatcheck; encrypted cookies unless there is another engine. */
export async function after(
  settings: Settings,
  routes: Record<string, Handler<Context & { readonly sessions: Sessions<Data> }>>,
): Promise<Site & Ours> {
  const ours = open({ engine: signedCookies({ encrypt: true }), secrets: [secret], ...settings });
  const { sessions } = ours;
  const listener = async (req: IncomingMessage, res: ServerResponse): Promise<void> =>
    answer(res, await routes[req.url ?? ""]?.(await sessions.get(req), { req, res, sessions }));
  const url = await serve(coatcheck(sessions, listener, { onError: (error, _req, res) => answerError(error, res) }));
  return Object.assign(new Site(url), ours);
}

function answer(res: ServerResponse, value: unknown): void {
  res.end(textOf(value));
}

function answerError(error: unknown, res: ServerResponse): void {
  res.statusCode = 500;
  res.end(String(error));
}
