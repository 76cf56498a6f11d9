import {
  type ArgumentsHost,
  Catch,
  Controller,
  type ControllerOptions,
  type DynamicModule,
  type HttpException,
  type INestApplication,
  Post,
  Req,
  Res,
  type Type,
} from "@nestjs/common";
import { type AbstractHttpAdapter, NestFactory } from "@nestjs/core";
import { ExpressAdapter } from "@nestjs/platform-express";
import { FastifyAdapter } from "@nestjs/platform-fastify";
import type { AddressInfo } from "node:net";
import { memory } from "../../src/engines/memory.ts";
import { coatcheck } from "../../src/http/adapters/nest.ts";
import { createSessions, type SessionError, type Sessions, type SessionsOptions } from "../../src/index.ts";
import { fails, faultyStore } from "../../src/testing.ts";
import type { Data } from "./harness-call.ts";

export const platforms: Record<"express" | "fastify", () => AbstractHttpAdapter> = {
  express: () => new ExpressAdapter(),
  fastify: () => new FastifyAdapter(),
};
export type Platform = keyof typeof platforms;
export const bothPlatforms: Platform[] = ["express", "fastify"];

export const sessionsOn = (engine = memory(), options: Partial<SessionsOptions> = {}): Sessions<Data> =>
  createSessions<Data>({ engine, ...options });

/** Of a store that refuses what is new. */
export const unsaved = (): Sessions<Data> => sessionsOn(faultyStore(memory(), fails("create")));

/** A handler, and what its decorators would be. */
export interface Route {
  readonly on: readonly MethodDecorator[];
  readonly params?: readonly ParameterDecorator[];
  run(...args: never[]): unknown;
}

/** A controller without a decorator's syntax, which nobody compiles here. */
export function controllerOf(routes: Record<string, Route>, options: ControllerOptions = {}): Type<object> {
  class Routes {
    readonly routes = routes;
  }
  for (const [name, { on, params = [], run }] of Object.entries(routes)) {
    const method = { value: run, configurable: true, writable: true };
    Object.defineProperty(Routes.prototype, name, method);
    for (const [i, decorate] of params.entries()) decorate(Routes.prototype, name, i);
    for (const decorate of on) decorate(Routes.prototype, name, method);
  }
  Controller(options)(Routes);
  return Routes;
}

export interface Parts extends Pick<DynamicModule, "imports" | "controllers" | "providers"> {
  /** What the root module says of middlewares. */
  readonly configure?: (consumer: Consumer) => void;
  /** What main.ts does before the app listens. */
  readonly main?: (app: INestApplication) => unknown;
}

export interface Consumer {
  apply(...middlewares: object[]): { forRoutes(path: string): unknown };
}

export interface Running extends AsyncDisposable {
  readonly adapter: AbstractHttpAdapter;
  readonly port: number;
  /** What Nest logged as errors. */
  readonly logged: unknown[];
  visit(path: string, init?: RequestInit): Promise<Response>;
  post(path: string, cookie?: string): Promise<Response>;
}

export async function start(
  platform: Platform,
  { configure, main, ...parts }: Parts,
  adapter = platforms[platform](),
): Promise<Running> {
  class App {
    configure(consumer: Consumer): void {
      configure?.(consumer);
    }
  }
  const logged: unknown[] = [];
  const ignore = (): void => {};
  const logger = { log: ignore, warn: ignore, error: (message: unknown): void => void logged.push(message) };
  const app = await NestFactory.create({ module: App, ...parts }, adapter, { logger, abortOnError: false });
  await main?.(app);
  await app.listen(0, "127.0.0.1");
  const { port } = (app.getHttpServer() as { address(): AddressInfo }).address();
  const visit = (path: string, init: RequestInit = {}): Promise<Response> =>
    fetch(`http://127.0.0.1:${port}${path}`, { redirect: "manual", ...init });
  return {
    adapter,
    port,
    logged,
    visit,
    post: (path, cookie = "") => visit(path, { method: "POST", headers: { cookie } }),
    [Symbol.asyncDispose]: () => app.close(),
  };
}

/** A handler that counts its visits. */
export const counting = (sessions: Sessions<Data>, ...on: MethodDecorator[]): Route => ({
  on,
  params: [Req()],
  run: async (request: object) => String((await sessions.get(request)).update("count", (n = 0) => n + 1)),
});

/** A middleware that goes on when this is done. */
export const middleware =
  (act: (request: never, response: never) => unknown) =>
  async (request: object, response: object, next: (error?: unknown) => void): Promise<void> => {
    try {
      await act(request as never, response as never);
    } catch (error) {
      return next(error);
    }
    next();
  };

export const cookieOf = (response: Response): string => response.headers.getSetCookie().join().replace(/;.*/s, "");

/** One handler at POST /, and what the module needs to have sessions. */
export const posting = (
  sessions: Sessions<Data>,
  run: (request: object, response: never) => unknown,
  ...on: MethodDecorator[]
): Parts => ({
  imports: [coatcheck(sessions)],
  controllers: [controllerOf({ post: { on: [Post("/"), ...on], params: [Req(), Res({ passthrough: true })], run } })],
});

export interface Caught {
  readonly error: unknown;
  readonly request: object;
  readonly response: object;
}

/** A filter that says which it is, by whatever answers here. */
export function filterNamed(name: string, caught: Caught[], ...types: (typeof SessionError | typeof HttpException)[]) {
  class Filter {
    catch(error: unknown, host: ArgumentsHost): void {
      const { getRequest, getResponse } = host.switchToHttp();
      const response: object = getResponse();
      caught.push({ error, request: getRequest(), response });
      const status = Reflect.get(response, "status") as (status: number) => { send(body: string): void };
      status.call(response, 418).send(name);
    }
  }
  Catch(...(types as Type[]))(Filter);
  return new Filter();
}
