import {
  type ArgumentsHost,
  Catch,
  Header,
  HttpException,
  type INestApplication,
  InternalServerErrorException,
  UnauthorizedException,
  UseFilters,
} from "@nestjs/common";
import { APP_FILTER } from "@nestjs/core";
import { describe, expect, test } from "vitest";
import { type Session, SessionConflict, SessionError, StoreUnavailable } from "../../src/index.ts";
import { memory } from "../../src/engines/memory.ts";
import { fails, faultyStore, type Intercept } from "../../src/testing.ts";
import type { Data } from "./harness-call.ts";
import {
  bothPlatforms,
  type Caught,
  cookieOf,
  filterNamed,
  posting,
  sessionsOn,
  start,
  unsaved,
} from "./nest-parts.ts";

/** Sessions with a session, and the cookie that opens it. */
async function begun(fault: Intercept = (_call, proceed) => proceed()) {
  const store = memory();
  const honest = sessionsOn(store);
  const session = (await honest.open()).set("count", 1);
  await session.save();
  const cookie = `__Host-session=${honest.token(session)}`;
  return { id: session.id ?? "", cookie, store, sessions: sessionsOn(faultyStore(store, fault)) };
}

describe.each(bothPlatforms)("an error of a session in Nest on %s", (platform) => {
  test("while saving goes to the global filters, with the platform's own request and response; nothing of the answer stays", async () => {
    const sessions = unsaved();
    const caught: Caught[] = [];
    const seen: unknown[] = [];
    await using app = await start(platform, {
      ...posting(
        sessions,
        async (request, response: { header(name: string, value: string): unknown }) => {
          seen.push(request, response);
          (await sessions.get(request)).set("count", 1);
          response.header("etag", '"original"');
          response.header("set-cookie", "original=1");
          return "written";
        },
        UseFilters(filterNamed("of the handler", caught)),
      ),
      main: (nest: INestApplication) => nest.useGlobalFilters(filterNamed("global", caught, SessionError)),
    });
    const reply = await app.post("/");
    expect([reply.status, await reply.text(), reply.headers.getSetCookie()]).toEqual([418, "global", []]);
    expect(reply.headers.get("etag") ?? "").not.toBe('"original"');
    expect(caught).toHaveLength(1);
    expect(caught[0]?.error).toBeInstanceOf(StoreUnavailable);
    const [request, response] = seen;
    const given = caught[0]?.response;
    // On Fastify an error is answered by another reply, which is made of the one that failed.
    const answering: unknown = platform === "fastify" ? Object.getPrototypeOf(given) : given;
    expect([caught[0]?.request === request, answering === response]).toEqual([true, true]);
  });

  test("while saving goes to filters that are provided as APP_FILTER too", async () => {
    const sessions = unsaved();
    const caught: Caught[] = [];
    await using app = await start(platform, {
      ...posting(sessions, async (request) => void (await sessions.get(request)).set("count", 1)),
      providers: [{ provide: APP_FILTER, useValue: filterNamed("provided", caught, SessionError) }],
    });
    expect(await (await app.post("/")).text()).toBe("provided");
    expect(caught).toMatchObject([{ error: { code: "STORE_UNAVAILABLE" } }]);
  });

  test("while loading goes to the filters of the handler, as whatever a handler throws", async () => {
    const { sessions, cookie } = await begun(fails("read"));
    const caught: Caught[] = [];
    await using app = await start(
      platform,
      posting(
        sessions,
        (request) => sessions.get(request),
        UseFilters(filterNamed("of the handler", caught, SessionError)),
      ),
    );
    expect(await (await app.post("/", cookie)).text()).toBe("of the handler");
    expect(caught).toMatchObject([{ error: { code: "STORE_UNAVAILABLE" } }]);
  });

  const failures: Record<string, [status: number, message: string, Intercept]> = {
    "cannot be loaded": [503, "Service Unavailable", fails("read")],
    "cannot be saved": [503, "Service Unavailable", fails("update")],
    "finds no turn": [409, "Conflict", fails("update", undefined, new SessionConflict("no turn"))],
    "was ended meanwhile": [400, "Bad Request", (_call, proceed) => proceed()],
  };
  test.each(Object.entries(failures))(
    "that %s has its own status, by Nest's own filter",
    async (what, [status, message, fault]) => {
      const { id, sessions, cookie } = await begun(fault);
      await using app = await start(
        platform,
        posting(sessions, async (request) => {
          (await sessions.get(request)).set("count", 2);
          if (what === "was ended meanwhile") await sessions.revoke(id);
        }),
      );
      const reply = await app.post("/", cookie);
      expect([reply.status, await reply.json()]).toEqual([status, { statusCode: status, message }]);
      expect(reply.headers.getSetCookie()).toEqual([]);
    },
  );

  test("below 500 is an HttpException when Nest was told of it by its platform; its cause is ours", async () => {
    const { id, sessions, cookie } = await begun();
    const caught: Caught[] = [];
    await using app = await start(platform, {
      ...posting(sessions, async (request) => {
        (await sessions.get(request)).set("count", 2);
        await sessions.revoke(id);
      }),
      main: (nest) => nest.useGlobalFilters(filterNamed("global", caught, HttpException)),
    });
    expect(await (await app.post("/", cookie)).text()).toBe("global");
    expect(caught).toMatchObject([{ error: { status: 400, cause: { code: "SESSION_INTERRUPTED" } } }]);
  });

  test("leaves what @Header() says, which Nest sets before the handler, as behind any exception", async () => {
    const sessions = unsaved();
    await using app = await start(
      platform,
      posting(sessions, async (request) => void (await sessions.get(request)).set("count", 1), Header("x-own", "kept")),
    );
    const reply = await app.post("/");
    expect([reply.status, reply.headers.get("x-own")]).toEqual([503, "kept"]);
  });
});

describe.each(bothPlatforms)("an exception in Nest on %s", (platform) => {
  const throwing = async (change: (session: Session<Data>) => void, exception: Error) => {
    const { store, id, sessions, cookie } = await begun();
    await using app = await start(
      platform,
      posting(sessions, async (request) => {
        change(await sessions.get(request));
        throw exception;
      }),
    );
    const reply = await app.post("/", cookie);
    const record = await store.read(id, Date.now());
    return { reply, cookie, sessions, stored: record && (JSON.parse(record.payload) as { data: unknown }).data };
  };
  const change = (session: Session<Data>): void => session.set("count", 2).cycleKey();

  test("below 500 keeps what was changed", async () => {
    const { reply, stored } = await throwing((session) => session.set("count", 2), new UnauthorizedException());
    expect([reply.status, stored]).toEqual([401, { count: 2 }]);
  });

  test.each([new InternalServerErrorException(), new Error("a defect")])(
    "of 500 (%s) keeps a cycled key alone, and sends it",
    async (exception) => {
      const { reply, cookie, sessions, stored } = await throwing(change, exception);
      expect([reply.status, stored]).toEqual([500, { count: 1 }]);
      const sent = cookieOf(reply);
      expect(sent).toMatch(/^__Host-session=[\w-]{75}$/);
      const counts = [sent, cookie].map(async (each) => (await sessions.open(each.split("=")[1])).get("count"));
      expect(await Promise.all(counts)).toEqual([1, undefined]);
    },
  );

  test("answered by a filter that sets cookies of its own leaves the cycled key's beside them", async () => {
    const { sessions, cookie } = await begun();
    class Filter {
      catch(_error: unknown, host: ArgumentsHost): void {
        const response: object = host.switchToHttp().getResponse();
        app.adapter.setHeader(response, "set-cookie", "seen=1");
        app.adapter.reply(response, "sorry", 500);
      }
    }
    Catch()(Filter);
    await using app = await start(platform, {
      ...posting(sessions, async (request) => {
        change(await sessions.get(request));
        throw new Error("a defect");
      }),
      main: (nest) => nest.useGlobalFilters(new Filter()),
    });
    const reply = await app.post("/", cookie);
    const names = reply.headers.getSetCookie().map((line) => line.split("=")[0]);
    expect([await reply.text(), new Set(names)]).toEqual(["sorry", new Set(["__Host-session", "seen"])]);
  });
});
