import { createServer } from "node:http";
import { PassThrough } from "node:stream";
import Koa, { type Context } from "koa";
import Koa2 from "koa2";
import { coatcheck } from "../../src/http/adapters/koa.ts";
import { type Adapter, bodyFor, listen, type Setup, statusFor } from "./harness-adapter.ts";
import { type Call, type Handler, nodeCall } from "./harness-call.ts";

export const koaAdapters: readonly Adapter[] = Object.entries({
  "koa 3": Koa,
  "koa 2": Koa2 as unknown as typeof Koa,
}).map(([name, Version]) => ({
  name,
  secure: false,
  http2: false,
  lacks: {},
  start({ sessions, routes, onError }) {
    const app = new Version();
    app.on("error", (error) => {
      if (onError === undefined) app.onerror(error);
    });
    if (onError !== undefined) {
      app.use(async (context, next) => {
        try {
          await next();
        } catch (error) {
          onError(error);
          context.status = statusFor(error);
          context.body = bodyFor(error);
        }
      });
    }
    app.use(coatcheck(sessions));
    app.use(async (context, next) => {
      const handler = routes[context.path];
      // Without one it is Koa's own 404.
      await (handler === undefined ? next() : answered(handler, context, sessions));
    });
    const handle = app.callback();
    return listen(createServer((request, response) => void handle(request, response)));
  },
}));

/** Koa answers when its middleware are done, and a handler that streams goes on after that. */
function answered(handler: Handler, context: Context, sessions: Setup["sessions"]): Promise<void> {
  return new Promise((resolve, reject) => {
    const run = async (): Promise<void> => handler(koaCall(context, sessions, resolve)) as Promise<void>;
    run().then(resolve, reject);
  });
}

function koaCall(context: Context, sessions: Setup["sessions"], answer: () => void): Call {
  return {
    ...nodeCall({ request: context.req, response: context.res, sessions }),
    carrier: context,
    session: () => sessions.get(context),
    send(status, body, headers = []) {
      context.status = status;
      for (const [name, value] of headers) context.append(name, value);
      if (body !== undefined) context.body = body;
      answer();
    },
    redirect(location) {
      context.redirect(location);
      context.status = 303;
      answer();
    },
    stream(status, headers = []) {
      const body = new PassThrough();
      context.status = status;
      for (const [name, value] of headers) context.append(name, value);
      context.body = body;
      answer();
      return { write: (text) => void body.write(text), end: () => void body.end() };
    },
    raw() {
      // Koa begins with 404, and it is the handler who says that there is something after all.
      context.status = 200;
      return context.res;
    },
    pipe(status, body) {
      context.status = status;
      context.body = body;
      answer();
    },
  };
}
