import { All, type ArgumentsHost, Catch, Controller, HttpException, Req, Res, StreamableFile } from "@nestjs/common";
import { type AbstractHttpAdapter, NestFactory } from "@nestjs/core";
import { ExpressAdapter } from "@nestjs/platform-express";
import { FastifyAdapter } from "@nestjs/platform-fastify";
import { type IncomingMessage, Server } from "node:http";
import { PassThrough } from "node:stream";
import { SessionError } from "../../src/index.ts";
import { coatcheck } from "../../src/http/adapters/nest.ts";
import { type Adapter, bodyFor, listen, type Setup, statusFor } from "./harness-adapter.ts";
import { type Call, type Handler, nodeCall, type Pairs } from "./harness-call.ts";

export const nestAdapters: readonly Adapter[] = Object.entries({
  "nest express": () => new ExpressAdapter(),
  "nest fastify": () => new FastifyAdapter(),
}).map(([name, platform]) => ({
  name,
  secure: false,
  http2: false,
  lacks: {},
  async start(setup) {
    const adapter: AbstractHttpAdapter = platform();
    const app = await NestFactory.create(moduleOf(adapter, setup), adapter, { logger: false });
    if (setup.onError !== undefined) app.useGlobalFilters(filterFor(setup.onError, adapter));
    await app.init();
    if (adapter instanceof FastifyAdapter) await adapter.getInstance().ready();
    const server: unknown = app.getHttpServer();
    if (!(server instanceof Server)) throw new Error("expected an HTTP server");
    return listen(server);
  },
}));

/** Decorators are functions too, which is how they are called where types are stripped and nothing is compiled. */
function moduleOf(adapter: AbstractHttpAdapter, { sessions, routes }: Setup) {
  class Routes {
    answer(handler: Handler, request: object, response: object): unknown {
      return handler(nestCall(request, response, adapter, sessions));
    }
  }
  Controller()(Routes);
  for (const [i, [path, handler]] of Object.entries(routes).entries()) {
    const name = `route${i}`;
    const value = function route(this: Routes, request: object, response: object): unknown {
      return this.answer(handler, request, response);
    };
    Object.defineProperty(Routes.prototype, name, { value });
    Req()(Routes.prototype, name, 0);
    Res()(Routes.prototype, name, 1);
    All(path)(Routes.prototype, name, { value });
  }
  class App {
    readonly routes = routes;
  }
  return { module: App, imports: [coatcheck(sessions)], controllers: [Routes] };
}

function filterFor(onError: (error: unknown) => void, adapter: AbstractHttpAdapter) {
  class Filter {
    catch(error: unknown, host: ArgumentsHost): void {
      const response: object = host.switchToHttp().getResponse();
      // Nest makes an exception of its own of what comes to it by its platform with a status below 500.
      const given = error instanceof HttpException && error.cause instanceof SessionError ? error.cause : error;
      if (given instanceof HttpException) return void adapter.reply(response, given.getResponse(), given.getStatus());
      onError(given);
      if (adapter.isHeadersSent(response)) return adapter.end(response);
      adapter.reply(response, bodyFor(given), statusFor(given));
    }
  }
  Catch()(Filter);
  return new Filter();
}

/** By what Nest itself does with the value that a handler returns. */
function nestCall(request: object, response: object, adapter: AbstractHttpAdapter, sessions: Setup["sessions"]): Call {
  const raw = { request: rawOf(request) as IncomingMessage, response: rawOf(response) };
  const head = (headers: Pairs): void => {
    for (const [name, value] of headers) adapter.appendHeader?.(response, name, value);
  };
  return {
    ...nodeCall({ ...raw, sessions }),
    carrier: request,
    session: () => sessions.get(request),
    send(status, body, headers = []) {
      head(headers);
      adapter.reply(response, body, status);
    },
    redirect: (location) => adapter.redirect(response, 303, location),
    stream(status, headers = []) {
      const body = new PassThrough();
      head(headers);
      adapter.reply(response, new StreamableFile(body), status);
      return { write: (text) => void body.write(text), end: () => void body.end() };
    },
    pipe: (status, body) => adapter.reply(response, new StreamableFile(body), status),
  };
}

/** Fastify's objects have Node's in them, and Express's are Node's. */
function rawOf(object: object): object {
  return (Reflect.get(object, "raw") as object | undefined) ?? object;
}
