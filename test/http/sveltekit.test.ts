import { describe, expect, test, vi } from "vitest";
import { createSessions, InvalidOption, type Sessions } from "../../src/index.ts";
import { memory } from "../../src/engines/memory.ts";
import { coatcheck } from "../../src/http/adapters/sveltekit.ts";
import { barrier, startsLate } from "../../src/testing.ts";
import type { Data } from "./harness-call.ts";
import { kit } from "./sveltekit-app.ts";
import { type Event, lines, setUp, submit } from "./sveltekit-parts.ts";

const count = async (sessions: Sessions<Data>, event: Event): Promise<number> =>
  (await sessions.get(event)).update("count", (n = 0) => n + 1);

describe.skipIf(kit === "")("a session on SvelteKit", () => {
  test("is one for layout, page, action and their handles, and is saved once", async () => {
    const seen: unknown[] = [];
    await using app = await setUp({
      plays: (sessions) => {
        const see = async (event: Event): Promise<{ text: string }> => {
          seen.push(await sessions.get(event), await sessions.get(event.request), await event.locals.session);
          return { text: String(await count(sessions, event)) };
        };
        return {
          first: async (event, { resolve }) => {
            const response = await resolve(event);
            seen.push(await sessions.get(event));
            return response;
          },
          last: async (event, { resolve }) => {
            await see(event);
            return resolve(event);
          },
          layout: see,
          load: see,
          action: see,
        };
      },
    });
    const reply = await app.visit("/page", submit);
    expect([reply.status, lines(reply).length, reply.headers.get("vary")]).toEqual([200, 1, "Cookie"]);
    expect(seen).toHaveLength(13);
    expect(new Set(seen).size).toBe(1);
    expect((await app.stored()).get("count")).toBe(4);
    expect(app.operations).toEqual(["create", "read"]);
  });

  test("is not there for a handle before it until it has resolved, and cannot begin any more then", async () => {
    const seen: unknown[] = [];
    const codeOf = (work: Promise<unknown>): Promise<unknown> => work.catch((error: { code: string }) => error.code);
    await using app = await setUp({
      plays: (sessions) => ({
        first: async (event, { resolve }) => {
          seen.push(await codeOf(sessions.get(event)));
          const response = await resolve(event);
          seen.push((await sessions.get(event)).get("count"), await codeOf(count(sessions, event)));
          return response;
        },
        answer: async (event) => {
          if (event.request.method === "POST") await count(sessions, event);
          return new Response();
        },
      }),
    });
    await app.visit("/");
    await app.visit("/", { method: "POST" });
    expect(seen).toEqual(["NOT_MOUNTED", undefined, "HEADERS_SENT", "NOT_MOUNTED", 1, 2]);
  });

  test("costs nothing where nobody asks, neither operation nor header", async () => {
    await using app = await setUp({ plays: () => ({}) });
    const reply = await app.visit("/page", { headers: { cookie: `__Host-session=${"0".repeat(75)}` } });
    expect([reply.status, reply.headers.has("vary"), lines(reply), app.operations]).toEqual([200, false, [], []]);
  });

  test("is locals.session too, which refuses what would be lost; property: false turns it off", async () => {
    const answer = (event: Event): Response => {
      const promise = event.locals.session;
      if (promise === undefined) return new Response("none");
      expect(() => Object.assign(promise, { count: 1 })).toThrow(TypeError);
      expect(() => Object.assign(event.locals, { session: 1 })).toThrow(TypeError);
      return new Response(Object.keys(event.locals).join());
    };
    await using app = await setUp({ plays: () => ({ answer }) });
    expect(await (await app.visit("/")).text()).toBe("");
    await using without = await setUp({ plays: () => ({ answer }), property: false });
    expect(await (await without.visit("/")).text()).toBe("none");
  });

  test("is known to handleError", async () => {
    await using app = await setUp({
      plays: (sessions) => ({
        load: async (event) => {
          await sessions.get(event);
          throw new Error("in load");
        },
        handleError: async (event) => ({ message: `known: ${(await sessions.get(event)).isNew}` }),
      }),
    });
    const reply = await app.visit("/page");
    expect([reply.status, await reply.text()]).toEqual([500, expect.stringContaining("known: true")]);
  });

  test("leaves alone what the app says by setHeaders and cookies.set", async () => {
    await using app = await setUp({
      plays: (sessions) => ({
        load: async (event) => {
          event.setHeaders({ "cache-control": "private, max-age=5", vary: "Accept-Language" });
          event.cookies.set("own", "1", { path: "/" });
          await count(sessions, event);
        },
      }),
    });
    const reply = await app.visit("/page");
    expect(reply.headers.get("cache-control")).toBe("private, max-age=5");
    expect(reply.headers.get("vary")).toBe("Accept-Language, Cookie");
    expect(reply.headers.getSetCookie()).toEqual([
      expect.stringMatching(/^own=1;/),
      expect.stringMatching(/^__Host-session=/),
    ]);
  });

  test("is committed before the first byte of a page that streams; what changes later needs save()", async () => {
    const pause = barrier();
    const late = barrier();
    await using app = await setUp({
      fault: startsLate("create", pause),
      plays: (sessions) => ({
        load: async (event) => {
          const session = await sessions.get(event);
          session.set("count", 1);
          const change = async (): Promise<string> => {
            await late.gate;
            await session.set("count", 2).save();
            session.set("theme", "lost");
            return "late";
          };
          return { text: "early", late: change() };
        },
      }),
    });
    const unsaved = new Promise((resolve) => app.sessions.on("unsaved", resolve));
    let answered = false;
    const pending = app.visit("/page").then((response) => {
      answered = true;
      return response;
    });
    await pause.arrived();
    expect(answered).toBe(false);
    pause.release();
    const reply = await pending;
    expect(lines(reply)).toHaveLength(1);
    late.release();
    expect(await reply.text()).toContain("late");
    expect(await unsaved).toHaveProperty("id");
    expect(Object.fromEntries(await app.stored())).toEqual({ count: 2 });
  });

  test("is in a 304 that Kit makes of the answer too", async () => {
    await using app = await setUp({
      plays: (sessions) => ({
        answer: async (event) => {
          await count(sessions, event);
          return new Response("as before", { headers: { etag: '"1"' } });
        },
      }),
    });
    const reply = await app.visit("/", { headers: { "if-none-match": '"1"' } });
    expect([reply.status, reply.headers.get("vary"), lines(reply).length]).toEqual([304, "Cookie", 1]);
  });

  test("mounted twice, the handle acts once", async () => {
    await using app = await setUp({
      plays: (sessions) => {
        const again = coatcheck(sessions);
        return {
          last: (_event, input) => again(input),
          answer: async (event) => new Response(String(await count(sessions, event))),
        };
      },
    });
    const reply = await app.visit("/", { method: "POST" });
    expect([await reply.text(), lines(reply).length, app.operations]).toEqual(["1", 1, ["create"]]);
  });

  test("by redirect() and error() in load and actions is saved or not as their status says", async () => {
    await using app = await setUp({
      plays: (sessions) => ({
        load: async (event, { error }) => {
          const status = Number(event.url.searchParams.get("error"));
          if (status > 0) error(status, `after ${await count(sessions, event)}`);
        },
        action: async (event, { redirect }) => redirect(303, `/to/${await count(sessions, event)}`),
      }),
    });
    const redirected = await app.visit("/page", submit);
    expect([redirected.status, redirected.headers.get("location"), lines(redirected).length]).toEqual([
      303,
      "/to/1",
      1,
    ]);
    // As Kit's client asks, which is answered by 200 and JSON.
    const enhanced = {
      ...submit,
      headers: { ...submit.headers, accept: "application/json", "x-sveltekit-action": "true" },
    };
    expect(await (await app.visit("/page", enhanced)).json()).toMatchObject({ type: "redirect", location: "/to/2" });
    expect((await app.visit("/page?error=404")).status).toBe(404);
    expect((await app.stored()).get("count")).toBe(3);
    expect((await app.visit("/page?error=500")).status).toBe(500);
    expect((await app.stored()).get("count")).toBe(3);
  });
});

test("coatcheck/sveltekit refuses at the start what createSessions did not make", () => {
  expect(() => coatcheck({} as Sessions<Data>)).toThrow(InvalidOption);
});

test('coatcheck/sveltekit with secure: "auto" goes by the address of the request, never by a header', async () => {
  const sessions = createSessions<Data>({ engine: memory(), cookie: { secure: "auto" } });
  const handle = coatcheck(sessions);
  const secure = async (address: string): Promise<boolean> => {
    const event = {
      request: new Request(address, { headers: { "X-Forwarded-Proto": "https", Host: "https://shop.example" } }),
      url: new URL(address),
      locals: {},
      isDataRequest: false,
      cookies: { get: () => undefined, set: vi.fn<() => void>() },
      fetch,
    };
    const response = await handle({
      event,
      async resolve(given) {
        (await sessions.get({ ...given })).set("count", 1);
        return new Response();
      },
    });
    return response.headers.getSetCookie().join().includes("; Secure");
  };
  expect([await secure("https://shop.example/"), await secure("http://shop.example/")]).toEqual([true, false]);
});
