import { mountOf, type Sessions } from "../../core/sessions.ts";
import { statusOf } from "../failure.ts";
import { mountNode, type NodeRequest, type NodeResponse, type SessionProperty } from "../node.ts";

export type { SessionProperty } from "../node.ts";

/** What is needed of a context: Koa 3 and 2 share it. */
interface KoaContext {
  readonly req: NodeRequest;
  readonly res: NodeResponse;
  readonly request: object;
  readonly response: object;
  readonly app: { emit(event: "error", error: unknown, context: unknown): unknown };
  /** Koa's own honours `app.proxy`; the socket cannot know of a proxy. */
  readonly secure: boolean;
  status: number;
  body: unknown;
  readonly respond?: boolean | undefined;
  onerror(error: Error): void;
}

type Next = () => Promise<unknown>;

interface KoaMiddleware<D> {
  /** For whatever takes a middleware of a context that knows no session. */
  (context: KoaContext, next: Next): Promise<void>;
  /** The last one: by it `app.use` infers that the context has a session from here on. */
  (context: KoaContext & SessionProperty<D>, next: Next): Promise<void>;
}

/**
 * Sessions for Koa 3 and 2. The session is saved when the middleware after this one are done, so an error while saving is
 * thrown to those before it, where Koa has its error handling: mount this one after that. An answer that is written past
 * Koa (`ctx.respond = false`) is held back until the session is saved; there the error goes to `app.on("error")`.
 *
 * @example app.use(coatcheck(sessions))
 */
export function coatcheck<D>(sessions: Sessions<D>): KoaMiddleware<D> {
  mountOf(sessions);
  return async function coatcheckMiddleware(context: KoaContext, next: Next): Promise<void> {
    const settleNow = mountNode(sessions, context.req, context.res, {
      isSecure: () => context.secure,
      fail: (error) => context.onerror(error as Error),
      log: (error) => void context.app.emit("error", error, context),
      carriers: [context, context.request, context.response],
    });
    await next();
    if (context.respond === false) return;
    const broken = watchBody(context.body);
    const failure = await settleNow(context.status);
    if (failure === undefined) {
      if (broken.length > 0) throw broken[0];
      return;
    }
    // An error handler that sets only a status must not send the body that was not saved. No body means 204 to Koa, and
    // the word `null` where the type is JSON.
    context.res.removeHeader("content-type");
    context.body = undefined;
    context.status = statusOf(failure.error);
    throw failure.error;
  };
}

/**
 * Koa 3 listens to a stream when it begins to send it, and Koa 2 gives up on an error it hears of meanwhile: what breaks
 * while the session is saved would end the process, or leave the visitor waiting.
 */
function watchBody(body: unknown): readonly unknown[] {
  const broken: unknown[] = [];
  const { pipe, on } = Object(body) as { pipe?: unknown; on?: unknown };
  if (typeof pipe === "function" && typeof on === "function") {
    on.call(body, "error", (error: unknown) => void broken.push(error));
  }
  return broken;
}
