import {
  type ArgumentsHost,
  type CallHandler,
  Catch,
  createParamDecorator,
  type ExecutionContext,
  Get,
  Inject,
  Injectable,
  NotFoundException,
  Req,
  RequestMethod,
  Res,
  Scope,
  UseFilters,
  UseGuards,
  UseInterceptors,
  UsePipes,
  Version,
  VersioningType,
} from "@nestjs/common";
import { describe, expect, test } from "vitest";
import type { Session } from "../../src/index.ts";
import { memory } from "../../src/engines/memory.ts";
import { coatcheck as onExpress } from "../../src/http/adapters/express.ts";
import { coatcheck } from "../../src/http/adapters/nest.ts";
import { faultyStore, operationLog } from "../../src/testing.ts";
import type { Data } from "./harness-call.ts";
import { bothPlatforms, type Consumer, controllerOf, counting, middleware, sessionsOn, start } from "./nest-parts.ts";

describe.each(bothPlatforms)("a Nest app on %s", (platform) => {
  test("has one session for middleware, guard, interceptor, pipe, handler and exception filter", async () => {
    const operations = operationLog();
    const sessions = sessionsOn(faultyStore(memory(), operations));
    const found: [where: string, session: Promise<unknown>][] = [];
    const see = (where: string, request: object): void => void found.push([where, sessions.get(request)]);
    const requestOf = (context: ArgumentsHost): object => context.switchToHttp().getRequest();

    class Pipe {
      readonly request: object;
      constructor(request: object) {
        this.request = request;
      }
      transform(value: unknown): unknown {
        see("pipe", this.request);
        return value;
      }
    }
    Inject("REQUEST")(Pipe, undefined, 0);
    Injectable({ scope: Scope.REQUEST })(Pipe);
    class Filter {
      catch(_error: unknown, host: ArgumentsHost): void {
        see("filter", requestOf(host));
        app.adapter.reply(host.switchToHttp().getResponse(), "filtered", 418);
      }
    }
    Catch(NotFoundException)(Filter);

    const all = controllerOf({
      all: {
        on: [
          Get("/all"),
          UseGuards({ canActivate: (context: ExecutionContext) => (see("guard", requestOf(context)), true) }),
          UseInterceptors({
            intercept(context: ExecutionContext, next: CallHandler) {
              see("interceptor", requestOf(context));
              return next.handle();
            },
          }),
          UsePipes(Pipe),
          UseFilters(Filter),
        ],
        params: [Req(), createParamDecorator(coatcheck.current(sessions))(), Res({ passthrough: true })],
        run(request: object, session: Session<Data>, response: object) {
          see("handler", request);
          see("response", response);
          found.push(["decorator", Promise.resolve(session)]);
          throw new NotFoundException();
        },
      },
    });
    await using app = await start(platform, {
      imports: [coatcheck(sessions)],
      controllers: [all],
      configure: (consumer) => consumer.apply(middleware((request) => see("middleware", request))).forRoutes("{*path}"),
    });
    expect(await (await app.visit("/all")).text()).toBe("filtered");
    const places = ["middleware", "guard", "interceptor", "pipe", "handler", "response", "decorator", "filter"];
    expect(new Set(found.map(([where]) => where))).toEqual(new Set(places));
    expect(new Set(await Promise.all(found.map(([, session]) => session))).size).toBe(1);
    expect(operations.verbs).toEqual([]);
  });

  test("is reached whatever the prefix, the version, the module of a route, or none", async () => {
    const sessions = sessionsOn();
    class Inner {
      readonly name = "inner";
    }
    class NotFound {
      async catch(_error: unknown, host: ArgumentsHost): Promise<void> {
        const session = await sessions.get(host.switchToHttp().getRequest());
        app.adapter.reply(host.switchToHttp().getResponse(), `none, ${session.update("count", (n = 0) => n + 1)}`, 404);
      }
    }
    Catch(NotFoundException)(NotFound);
    await using app = await start(platform, {
      // Also for a module that comes before it.
      imports: [
        { module: Inner, controllers: [controllerOf({ inner: counting(sessions, Get("inner")) })] },
        coatcheck(sessions),
      ],
      controllers: [
        controllerOf({ home: counting(sessions, Get("/")), versioned: counting(sessions, Get("cats"), Version("2")) }),
        controllerOf({ health: counting(sessions, Get("health")) }),
      ],
      main(nest) {
        nest.setGlobalPrefix("api", { exclude: [{ path: "health", method: RequestMethod.GET }] });
        nest.enableVersioning({ type: VersioningType.URI });
        nest.useGlobalFilters(new NotFound());
      },
    });
    const paths = ["/api", "/api/inner", "/api/v2/cats", "/health", "/api/nowhere"];
    const replies = await Promise.all(paths.map((path) => app.visit(path)));
    const said = await Promise.all(
      replies.map(async (reply) => `${await reply.text()} ${reply.headers.getSetCookie().length}`),
    );
    expect(said).toEqual(["1 1", "1 1", "1 1", "1 1", "none, 1 1"]);
  });

  test("has no session yet in what main.ts uses, and says so; every module's middleware has", async () => {
    const sessions = sessionsOn();
    const order: string[] = [];
    const noting = (where: string) =>
      middleware(async (request) => {
        const found: { isNew?: boolean; name?: string } = await sessions.get(request).catch((error: Error) => error);
        order.push(`${where}: ${found.isNew ?? found.name}`);
      });
    class Before {
      configure(consumer: Consumer): void {
        consumer.apply(noting("a module before")).forRoutes("{*path}");
      }
    }
    await using app = await start(platform, {
      imports: [{ module: Before, global: true }, coatcheck(sessions)],
      controllers: [controllerOf({ home: counting(sessions, Get("/")) })],
      configure: (consumer) => consumer.apply(noting("the root")).forRoutes("{*path}"),
      main: (nest) => nest.use(noting("main.ts")),
    });
    expect(await (await app.visit("/")).text()).toBe("1");
    expect(order).toEqual(["main.ts: NotMounted", "a module before: true", "the root: true"]);
  });

  test("has one session and one cookie when its module is imported twice, and two for two sessions", async () => {
    const operations = operationLog();
    const sessions = sessionsOn(faultyStore(memory(), operations));
    const others = sessionsOn(memory(), { cookie: { name: "__Host-other" } });
    await using app = await start(platform, {
      imports: [coatcheck(sessions), coatcheck(sessions), coatcheck(others)],
      controllers: [
        controllerOf({
          both: {
            on: [Get("/")],
            params: [Req()],
            async run(request: object) {
              (await sessions.get(request)).set("count", 1);
              (await others.get(request)).set("count", 2);
            },
          },
        }),
      ],
    });
    const reply = await app.visit("/");
    const names = reply.headers.getSetCookie().map((line) => line.split("=")[0]);
    expect(names).toHaveLength(2);
    expect(new Set(names)).toEqual(new Set(["__Host-other", "__Host-session"]));
    expect(operations.verbs).toEqual(["create"]);
  });
});

test("middlewares of main.ts have the session on Express when coatcheck/express comes before them", async () => {
  const operations = operationLog();
  const sessions = sessionsOn(faultyStore(memory(), operations));
  await using app = await start("express", {
    imports: [coatcheck(sessions)],
    controllers: [controllerOf({ home: counting(sessions, Get("/")) })],
    main(nest) {
      nest.use(onExpress(sessions));
      nest.use(middleware(async (request) => (await sessions.get(request)).set("count", 41)));
    },
  });
  expect(await (await app.visit("/")).text()).toBe("42");
  expect(operations.verbs).toEqual(["create"]);
});
