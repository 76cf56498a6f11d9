import express, { type NextFunction, type Request, type Response } from "express";
import session, { type SessionOptions } from "express-session";
import { coatcheck } from "../../src/http/adapters/express.ts";
import type { Sessions } from "../../src/index.ts";
import { type Data, type Handler, open, type Ours, type Settings, textOf } from "./settings.ts";
import { serve, Site } from "./site.ts";

declare module "express-session" {
  interface SessionData {
    user: string;
    views: number;
    cart: string[];
    theme: string;
  }
}

export interface Context {
  readonly request: Request;
  readonly response: Response;
  readonly sessions: Sessions<Data>;
}

/** A store of express-session's that says what it was asked. */
export class LoggedStore extends session.MemoryStore {
  readonly calls: string[] = [];

  override get(...args: Parameters<session.MemoryStore["get"]>): void {
    this.calls.push("get");
    super.get(...args);
  }
  override set(...args: Parameters<session.MemoryStore["set"]>): void {
    this.calls.push("set");
    super.set(...args);
  }
  override touch(...args: Parameters<session.MemoryStore["touch"]>): void {
    this.calls.push("touch");
    super.touch(...args);
  }
  override destroy(...args: Parameters<session.MemoryStore["destroy"]>): void {
    this.calls.push("destroy");
    super.destroy(...args);
  }
}

export const secret = "a secret of thirty-two characters";

/** A small app with express-session; `/unused` answers without a look at the session. */
export async function before(
  options: Partial<SessionOptions>,
  routes: Record<string, (request: Request, response: Response) => unknown>,
  app = express(),
): Promise<Site & { store: LoggedStore }> {
  const store = new LoggedStore();
  app.use(session({ secret, resave: false, saveUninitialized: false, store, ...options }));
  for (const [path, handler] of Object.entries(routes)) {
    app.all(path, async (request, response) => {
      const value = await handler(request, response);
      if (!response.headersSent) response.send(textOf(value));
    });
  }
  return Object.assign(new Site(await serve(finished(app))), { store });
}

/** The same with Coatcheck. */
export async function after(
  settings: Settings,
  routes: Record<string, Handler<Context>>,
  app = express(),
): Promise<Site & Ours> {
  const ours = open(settings);
  const { sessions } = ours;
  app.use(coatcheck(sessions));
  for (const [path, handler] of Object.entries(routes)) {
    app.all(path, async (request, response) => {
      const value = await handler(await sessions.get(request), { request, response, sessions });
      if (!response.headersSent) response.send(textOf(value));
    });
  }
  return Object.assign(new Site(await serve(finished(app))), ours);
}

function finished(app: express.Express): express.Express {
  app.all("/unused", (_request, response) => void response.send("unused"));
  return app.use((error: Error, _request: Request, response: Response, _next: NextFunction) => {
    const { status = 500 } = error as { status?: number };
    response.status(status).send(error.message);
  });
}

/** What express-session has in a request, but for the cookie that it keeps among the data. */
export function dataOf(request: Request): object {
  const { cookie: _, ...data } = request.session;
  return data;
}
