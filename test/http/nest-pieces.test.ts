import { Get, Post, Req, Session as NestSession, UnauthorizedException, UseGuards } from "@nestjs/common";
import { ExecutionContextHost } from "@nestjs/core/internal";
import { describe, expect, test } from "vitest";
import { InvalidOption, NotMounted, NotSupported, type Session, type Sessions } from "../../src/index.ts";
import { coatcheck } from "../../src/http/adapters/nest.ts";
import type { Data } from "./harness-call.ts";
import { bothPlatforms, controllerOf, cookieOf, middleware, platforms, sessionsOn, start } from "./nest-parts.ts";

describe.each(bothPlatforms)("in Nest on %s", (platform) => {
  test("the session's promise is what Nest's own @Session() gives, and request.session in a middleware", async () => {
    const sessions = sessionsOn();
    await using app = await start(platform, {
      imports: [coatcheck(sessions)],
      controllers: [
        controllerOf({
          own: {
            on: [Get("/")],
            params: [NestSession(), Req()],
            run: async (session: Promise<unknown>, request: object) =>
              String(session instanceof Promise && (await session) === (await sessions.get(request))),
          },
        }),
      ],
      configure: (consumer) =>
        consumer
          .apply(
            middleware(async (request: { session: Promise<Session<Data>> }) => (await request.session).set("count", 1)),
          )
          .forRoutes("{*path}"),
    });
    const reply = await app.visit("/");
    expect(await reply.text()).toBe("true");
    expect(reply.headers.getSetCookie()).toHaveLength(1);
  });

  test("the guard lets those in who are signed in, and answers others as the exception it was given", async () => {
    const sessions = sessionsOn();
    const signedIn = coatcheck.signedIn(sessions, UnauthorizedException);
    await using app = await start(platform, {
      imports: [coatcheck(sessions)],
      controllers: [
        controllerOf({
          secret: { on: [Get("secret"), UseGuards(signedIn)], run: () => "secret" },
          login: {
            on: [Post("login")],
            params: [Req()],
            async run(request: object) {
              const session = await sessions.get(request);
              session.userId = "ann";
              session.cycleKey();
            },
          },
        }),
      ],
    });
    const refused = await app.visit("/secret");
    expect([refused.status, await refused.json()]).toEqual([401, { statusCode: 401, message: "Unauthorized" }]);
    const cookie = cookieOf(await app.post("/login"));
    expect(await (await app.visit("/secret", { headers: { cookie } })).text()).toBe("secret");
    // No failure of the server's: an exception of Nest is none in its log.
    expect(app.logged).toEqual([]);
  });
});

test.each(["ws", "rpc", "graphql"])("a %s context has no session, and the error says what to do", async (type) => {
  const sessions = sessionsOn();
  const context = new ExecutionContextHost([{}, {}]);
  context.setType(type);
  const expected = new RegExp(`found "${type}".*sessions.open`);
  await expect(coatcheck.current(sessions)(undefined, context)).rejects.toThrow(expected);
  const guard = coatcheck.signedIn(sessions, UnauthorizedException);
  await expect(guard.canActivate(context)).rejects.toBeInstanceOf(NotMounted);
});

test("refuses at the start what createSessions did not make, and a platform that it does not know", () => {
  const wrong = {} as Sessions<Data>;
  expect(() => coatcheck(wrong)).toThrow(InvalidOption);
  expect(() => coatcheck.current(wrong)).toThrow(InvalidOption);
  expect(() => coatcheck.signedIn(wrong, UnauthorizedException)).toThrow(InvalidOption);
  const { module: CoatcheckModule } = coatcheck(sessionsOn());
  const adapter = Object.assign(platforms.express(), { getType: () => "h3" });
  expect(() => new CoatcheckModule().configure({ getHttpAdapter: () => adapter })).toThrow(NotSupported);
});
