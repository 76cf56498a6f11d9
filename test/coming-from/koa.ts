import Koa, { type Context } from "koa";
import { createSession, type CreateSessionOptions } from "koa-session";
import { coatcheck } from "../../src/http/adapters/koa.ts";
import type { Sessions } from "../../src/index.ts";
import { type Data, type Handler, open, type Ours, type Settings, textOf } from "./settings.ts";
import { serve, Site } from "./site.ts";

/** What koa-session has in a context; it declares no types for it. */
export interface TheirContext extends Context {
  session: TheirSession;
  readonly sessionOptions: { readonly key: string };
}

interface TheirSession extends Partial<Data> {
  readonly isNew: boolean;
  readonly length: number;
  readonly populated: boolean;
  readonly externalKey: string | undefined;
  maxAge: number | "session";
  save(): Promise<void>;
  commit(): Promise<void>;
  manuallyCommit(): Promise<void>;
  regenerate(): Promise<void>;
  toJSON(): object;
}

export interface OurContext {
  readonly ctx: Context;
  readonly sessions: Sessions<Data>;
}

export const keys = ["a secret of thirty-two characters"];

/** A store for koa-session that says what it was asked. */
class LoggedStore {
  readonly calls: string[] = [];
  readonly kept = new Map<string, string>();

  get = async (key: string): Promise<unknown> => {
    this.calls.push("get");
    return JSON.parse(this.kept.get(key) ?? "null");
  };
  set = async (key: string, value: unknown): Promise<void> => {
    this.calls.push("set");
    this.kept.set(key, JSON.stringify(value));
  };
  destroy = async (key: string): Promise<void> => {
    this.calls.push("destroy");
    this.kept.delete(key);
  };
}

interface Before extends Site {
  readonly store: LoggedStore;
  readonly app: Koa;
}

/** A small app with koa-session; `/unused` answers without a look at the session. */
export async function before(
  options: CreateSessionOptions & Record<string, unknown>,
  routes: Record<string, (ctx: TheirContext) => unknown>,
  app = quiet(),
): Promise<Before> {
  const store = new LoggedStore();
  app.keys ??= keys;
  app.use(createSession({ store, ...options }, app));
  app.use(async (ctx) => answer(ctx, await routes[ctx.path]?.(ctx as TheirContext)));
  return Object.assign(new Site(await serve(app.callback())), { store, app });
}

/** The same with Coatcheck. */
export async function after(
  settings: Settings,
  routes: Record<string, Handler<OurContext>>,
  app = quiet(),
): Promise<Site & Ours> {
  const ours = open(settings);
  const { sessions } = ours;
  app.use(coatcheck(sessions));
  app.use(async (ctx) => {
    const handler = routes[ctx.path];
    answer(ctx, handler && (await handler(await sessions.get(ctx), { ctx, sessions })));
  });
  return Object.assign(new Site(await serve(app.callback())), ours);
}

export function quiet(): Koa {
  const app = new Koa();
  app.silent = true;
  return app;
}

function answer(ctx: Context, value: unknown): void {
  ctx.body = ctx.path === "/unused" ? "unused" : textOf(value);
}
