import { describe, expect, test, vi } from "vitest";
import { type Sessions, StoreUnavailable } from "../../src/index.ts";
import { fails } from "../../src/testing.ts";
import type { Data } from "./harness-call.ts";
import { kit } from "./sveltekit-app.ts";
import { type Event, lines, setUp, submit } from "./sveltekit-parts.ts";

const write = async (sessions: Sessions<Data>, event: Event): Promise<number> =>
  (await sessions.get(event)).update("count", (n = 0) => n + 1);

describe.skipIf(kit === "")("an error while saving, on SvelteKit", () => {
  test("goes to onError with the event, and has nothing of the page that failed", async () => {
    const onError = vi.fn<(error: unknown, event: object) => Response>(() => new Response("Sorry", { status: 503 }));
    await using app = await setUp({
      fault: fails("create"),
      onError,
      plays: (sessions) => ({
        load: async (event) => {
          event.setHeaders({ etag: '"1"' });
          event.cookies.set("own", "1", { path: "/" });
          await write(sessions, event);
        },
      }),
    });
    const reply = await app.visit("/page");
    expect([reply.status, await reply.text(), reply.headers.get("vary")]).toEqual([503, "Sorry", "Cookie"]);
    expect([reply.headers.get("etag"), reply.headers.getSetCookie()]).toEqual([null, []]);
    expect(onError).toHaveBeenCalledExactlyOnceWith(
      expect.any(StoreUnavailable),
      expect.objectContaining({ locals: {} }),
    );
    // Kit takes what a handle throws for a 500, and drops all headers: so it is not told.
    expect(app.errors).toEqual([]);
  });

  test("without onError is logged, and answered by its status in the form that was asked for", async () => {
    const log = vi.spyOn(console, "error").mockImplementation(() => {});
    await using app = await setUp({
      fault: fails("create"),
      plays: (sessions) => ({ load: async (event) => void (await write(sessions, event)) }),
    });
    const page = await app.visit("/page", { headers: { accept: "text/html" } });
    expect([page.status, await page.text()]).toEqual([503, "Internal Error"]);
    const said = { type: "error", status: 503, message: "Internal Error" };
    const navigation = await app.visit("/page/__data.json");
    expect([navigation.status, await navigation.json()]).toEqual([
      503,
      { ...said, error: { status: 503, message: "Internal Error" } },
    ]);
    expect(log.mock.calls.flat()).toEqual([expect.any(StoreUnavailable), expect.any(StoreUnavailable)]);
  });

  test("by an onError that throws is answered by the default, and loses no key that was cycled and saved", async () => {
    const log = vi.spyOn(console, "error").mockImplementation(() => {});
    await using app = await setUp({
      onError() {
        throw new Error("of onError");
      },
      plays: (sessions) => ({
        answer: async (event) => new Response(String(await write(sessions, event))),
        last: async (event, { resolve }) => {
          if (event.url.pathname === "/") return resolve(event);
          const session = await sessions.get(event);
          session.cycleKey();
          await session.save();
          if (event.url.pathname === "/thrown") throw new Error("of a handle");
          Object.assign(session.data, { theme: new Map() });
          return resolve(event);
        },
      }),
    });
    await app.visit("/", { method: "POST" });
    for (const path of ["/saving", "/thrown"]) {
      const reply = await app.visit(path, submit);
      expect([reply.status, await reply.text(), lines(reply).length]).toEqual([500, "Internal Error", 1]);
      expect((await app.stored()).get("count")).toBe(1);
    }
    expect(log.mock.calls.flat()).toEqual([new Error("of onError"), new Error("of onError")]);
  });

  test("also where a handle after it threw a redirect: nobody is sent on by what was not saved", async () => {
    await using app = await setUp({
      fault: fails("create"),
      onError: () => new Response("Sorry", { status: 503 }),
      plays: (sessions) => ({
        last: async (event, { redirect }) => redirect(303, `/after/${await write(sessions, event)}`),
      }),
    });
    const reply = await app.visit("/page");
    expect([reply.status, reply.headers.get("location"), lines(reply)]).toEqual([503, null, []]);
  });
});

describe.skipIf(kit === "")("what a handle after it throws, on SvelteKit", () => {
  test.each(["before the route", "after it"])(
    "redirect() %s: saved first, its cookie beside the app's",
    async (when) => {
      await using app = await setUp({
        plays: (sessions) => ({
          answer: () => new Response("not for you"),
          last: async (event, { redirect, resolve }) => {
            event.cookies.set("own", "1", { path: "/" });
            await write(sessions, event);
            if (when === "after it") await resolve(event);
            redirect(303, "/login");
          },
        }),
      });
      const reply = await app.visit("/");
      expect([reply.status, reply.headers.get("location")]).toEqual([303, "/login"]);
      expect(reply.headers.getSetCookie()).toEqual([
        expect.stringMatching(/^own=1;/),
        expect.stringMatching(/^__Host-session=[\w-]{75}; Max-Age=1209600; Path=\/; HttpOnly; Secure; SameSite=Lax$/),
      ]);
      expect((await app.stored()).get("count")).toBe(1);
    },
  );

  test("redirect() after flush() removes the cookie", async () => {
    await using app = await setUp({
      plays: (sessions) => ({
        answer: async (event) => new Response(String(await write(sessions, event))),
        last: async (event, { redirect, resolve }) => {
          if (event.url.pathname !== "/logout") return resolve(event);
          await (await sessions.get(event)).flush();
          return redirect(303, "/");
        },
      }),
    });
    await app.visit("/", { method: "POST" });
    const reply = await app.visit("/logout", { method: "POST" });
    expect(lines(reply)).toEqual([expect.stringMatching(/^__Host-session=; Max-Age=0; .*Expires=Thu, 01 Jan 1970/)]);
    expect((await app.stored()).isNew).toBe(true);
  });

  test("an error goes to Kit when no cookie has to go along, and is saved as its status says", async () => {
    await using app = await setUp({
      plays: (sessions) => ({
        answer: async (event) => new Response(String(await write(sessions, event))),
        last: async (event, { error, resolve }) => {
          if (event.url.pathname === "/") return resolve(event);
          await write(sessions, event);
          if (event.url.pathname === "/403") error(403, "Not yours");
          throw new Error("unexpected");
        },
      }),
    });
    await app.visit("/", { method: "POST" });
    const refused = await app.visit("/403", submit);
    expect([refused.status, await refused.text()]).toEqual([403, "Not yours"]);
    expect((await app.stored()).get("count")).toBe(2);
    const broken = await app.visit("/500", submit);
    expect([broken.status, await broken.text()]).toEqual([500, "Internal Error"]);
    expect((await app.stored()).get("count")).toBe(2);
    expect(app.errors).toEqual([expect.anything(), new Error("unexpected")]);
  });

  /** As clients of other servers throw, with the status that they were answered; and what only looks like Kit's own. */
  const foreign: Record<string, () => unknown> = {
    "a client's error with 404": () => Object.assign(new Error("upstream"), { status: 404, body: { message: "Gone" } }),
    "a client's error with 304": () => Object.assign(new Error("upstream"), { status: 304 }),
    "a client's error with 200": () => Object.assign(new Error("upstream"), { status: 200 }),
    "a client's error with a location": () => Object.assign(new Error("upstream"), { status: 302, location: "/" }),
    "a Response": () => new Response(null, { status: 404 }),
    "an object": () => ({ status: 404, body: { message: "Gone" } }),
    undefined: () => undefined,
  };

  test.each(Object.entries(foreign))(
    "%s has no say in the status: it is a 500, whose data is dropped and whose cycled key is sent",
    async (_name, thrown) => {
      vi.spyOn(console, "error").mockImplementation(() => {});
      await using app = await setUp({
        plays: (sessions) => ({
          answer: async (event) => new Response(String(await write(sessions, event))),
          last: async (event, { resolve }) => {
            if (event.url.pathname === "/") return resolve(event);
            await write(sessions, event);
            if (event.url.pathname === "/cycle") (await sessions.get(event)).cycleKey();
            throw thrown();
          },
        }),
      });
      await app.visit("/", { method: "POST" });
      const dropped = await app.visit("/drop", submit);
      expect([dropped.status, await dropped.text(), lines(dropped)]).toEqual([500, "Internal Error", []]);
      const cycled = await app.visit("/cycle", submit);
      expect([cycled.status, await cycled.text(), lines(cycled).length]).toEqual([500, "Internal Error", 1]);
      expect((await app.stored()).get("count")).toBe(1);
    },
  );

  test("an error is answered by onError when a cookie has to go along: a new session, a cycled key", async () => {
    vi.spyOn(console, "error").mockImplementation(() => {});
    await using app = await setUp({
      plays: (sessions) => ({
        last: async (event, { error }) => {
          const session = await sessions.get(event);
          session.update("count", (n = 0) => n + 1);
          if (event.url.pathname === "/403") error(403, "Not yours");
          session.cycleKey();
          throw new Error("unexpected");
        },
      }),
    });
    const refused = await app.visit("/403", submit);
    expect([refused.status, await refused.text(), lines(refused).length]).toEqual([403, "Not yours", 1]);
    expect(refused.headers.get("vary")).toBe("Cookie");
    const broken = await app.visit("/500", submit);
    expect([broken.status, await broken.text(), lines(broken).length]).toEqual([500, "Internal Error", 1]);
    expect(lines(broken)).not.toEqual(lines(refused));
    expect((await app.stored()).get("count")).toBe(1);
  });
});

test.skipIf(kit === "")("a session that cannot be loaded is for handleError, on SvelteKit", async () => {
  const handleError = vi.fn<(event: Event, input: { error: unknown }) => object>((_event, { error }) => ({
    status: (error as StoreUnavailable).status,
  }));
  await using app = await setUp({
    fault: fails("read"),
    plays: (sessions) => ({
      handleError,
      answer: async (event) => new Response(String(await write(sessions, event))),
    }),
  });
  await app.visit("/", { method: "POST" });
  expect((await app.visit("/", { method: "POST" })).status).toBe(503);
  expect(handleError).toHaveBeenCalledExactlyOnceWith(
    expect.anything(),
    expect.objectContaining({ error: expect.any(StoreUnavailable) }),
  );
});
