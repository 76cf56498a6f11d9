import { describe, expect, test } from "vitest";
import type { Sessions } from "../../src/index.ts";
import { signedCookies } from "../../src/engines/signed-cookies.ts";
import { type Barrier, barrier, fails, startsLate } from "../../src/testing.ts";
import type { Data } from "./harness-call.ts";
import { kit } from "./sveltekit-app.ts";
import { type Event, type Input, lines, type Play, setUp, submit } from "./sveltekit-parts.ts";

const count = async (sessions: Sessions<Data>, event: Event): Promise<number> =>
  (await sessions.get(event)).update("count", (n = 0) => n + 1);

/** A page that changes its session, and asks a route of its own app that changes it too. */
const askingPlays =
  (asked: (sessions: Sessions<Data>, event: Event) => Promise<unknown>) =>
  (sessions: Sessions<Data>): Record<string, Play> => ({
    answer: async (event) => new Response(String(await asked(sessions, event))),
    load: async (event) => {
      await count(sessions, event);
      const response = await event.fetch("/asked", { method: "POST" });
      await count(sessions, event);
      return { text: `asked: ${await response.text()}` };
    },
  });

describe.skipIf(kit === "")("what a page asks of its own app by event.fetch", () => {
  test("is the page's session: nothing lost, one commit, one cookie, in a new session and in an old one", async () => {
    await using app = await setUp({ plays: askingPlays(count) });
    const first = await app.visit("/page");
    expect([await first.text(), lines(first).length]).toEqual([expect.stringContaining("asked: 2"), 1]);
    expect((await app.stored()).get("count")).toBe(3);
    const second = await app.visit("/page");
    expect([await second.text(), lines(second).length]).toEqual([expect.stringContaining("asked: 5"), 0]);
    expect((await app.stored()).get("count")).toBe(6);
    expect(app.operations).toEqual(["create", "read", "read", "update", "read"]);
  });

  test("keeps both one's changes where the session is the cookie", async () => {
    await using app = await setUp({
      engine: signedCookies(),
      secrets: ["a secret of more than thirty-two characters"],
      plays: askingPlays(count),
    });
    for (const asked of ["asked: 2", "asked: 5"]) expect(await (await app.visit("/page")).text()).toContain(asked);
  });

  test("may cycle the key, flush and save: the page goes on with what came of it", async () => {
    await using app = await setUp({
      plays: (sessions) => ({
        answer: async (event) => {
          const session = await sessions.get(event);
          if (event.url.pathname === "/login") session.cycleKey();
          if (event.url.pathname === "/logout") await session.flush();
          return new Response();
        },
        load: async (event) => {
          const session = await sessions.get(event);
          session.set("count", 1);
          if (event.url.search === "?save") await session.save();
          for (const [path] of event.url.searchParams) await event.fetch(`/${path}`, { method: "POST" });
          session.update("count", (n = 0) => n + 1);
        },
      }),
    });
    const [begun] = lines(await app.visit("/page?save"));
    const [cycled, ...more] = lines(await app.visit("/page?login"));
    expect([cycled, more]).toEqual([expect.stringMatching(/^__Host-session=[\w-]{75};/), []]);
    expect(cycled).not.toBe(begun);
    const [anew] = lines(await app.visit("/page?logout"));
    expect(anew?.slice(0, 47)).not.toBe(cycled?.slice(0, 47));
    expect(Object.fromEntries(await app.stored())).toEqual({ count: 1 });
  });

  test.each(["GET", "POST"])(
    "by %s in a revoked session fails its GET page only if it was not safe either",
    async (method) => {
      await using app = await setUp({
        onError: () => new Response("Sorry", { status: 400 }),
        plays: (sessions) => ({
          answer: async (event) => {
            const session = await sessions.get(event);
            session.update("count", (n = 0) => n + 1);
            if (event.url.pathname === "/asked") await sessions.revoke(session.id ?? "");
            return new Response();
          },
          load: async (event) => void (await event.fetch("/asked", { method })),
        }),
      });
      await app.visit("/", { method: "POST" });
      const interrupted = new Promise((resolve) => app.sessions.on("interrupted", resolve));
      const reply = await app.visit("/page");
      expect([reply.status, lines(reply)]).toEqual([method === "GET" ? 200 : 400, []]);
      expect(await interrupted).toHaveProperty("id");
    },
  );

  test("is asked from universal load, from actions, and from what was asked", async () => {
    await using app = await setUp({
      plays: (sessions) => ({
        answer: async (event) => {
          const n = await count(sessions, event);
          expect(await event.locals.session).toBe(await sessions.get(event));
          if (event.url.pathname === "/asked") return event.fetch(new Request(new URL("/deeper", event.url)));
          return new Response(`deeper: ${n}`);
        },
        action: async (event) => ({ text: await (await event.fetch("/asked")).text() }),
      }),
    });
    expect(await (await app.visit("/universal")).text()).toContain("deeper: 2");
    expect(await (await app.visit("/page", submit)).text()).toContain("deeper: 4");
    expect((await app.stored()).get("count")).toBe(4);
    expect(app.operations).toEqual(["create", "read", "update", "read"]);
  });

  /** A page that is answered while a route of its own app, which it asked, goes on. */
  const latePlays =
    (late: Barrier, use: "use" | "first use") =>
    (sessions: Sessions<Data>): Record<string, Play> => ({
      answer: async (event) => {
        if (use === "use") await sessions.get(event);
        await late.gate;
        return new Response(String(await count(sessions, event)));
      },
      load: (event) => {
        const ask = async (): Promise<string> => {
          const response = await event.fetch("/asked", { method: "POST" });
          return `asked: ${response.status} ${await response.text()}`;
        };
        return { late: ask() };
      },
      action: async (event) => void (await count(sessions, event)),
    });
  /** Without the page that follows it. */
  const act = { ...submit, headers: { ...submit.headers, accept: "application/json" } };

  for (const use of ["use", "first use"] as const) {
    test(`is saved too when it ends after the page was answered (${use} of the session then)`, async () => {
      const late = barrier();
      await using app = await setUp({ plays: latePlays(late, use) });
      await app.visit("/page", act);
      const reply = await app.visit("/page");
      late.release();
      expect([await reply.text(), lines(reply)]).toEqual([expect.stringContaining("asked: 200 2"), []]);
      expect((await app.stored()).get("count")).toBe(2);
    });

    test(`begins no session when the page was answered before (${use} of the session then)`, async () => {
      const late = barrier();
      await using app = await setUp({ plays: latePlays(late, use) });
      const reply = await app.visit("/page");
      late.release();
      expect(await reply.text()).toContain("asked: 500");
      expect(app.errors).toMatchObject([{ code: "HEADERS_SENT" }]);
      expect(app.operations).toEqual([]);
    });
  }

  test("is answered by onError when it ends after the page and cannot be saved", async () => {
    const late = barrier();
    await using app = await setUp({
      fault: fails("update"),
      onError: () => new Response("Sorry", { status: 503 }),
      plays: latePlays(late, "use"),
    });
    await app.visit("/page", act);
    const reply = await app.visit("/page");
    late.release();
    expect(await reply.text()).toContain("asked: 503 Sorry");
  });

  /** A page whose promise changes the session, asks a route and then saves, after the page was answered. */
  const promising =
    (late: Barrier, seen: unknown[], route: (sessions: Sessions<Data>, event: Event) => Promise<Response>) =>
    (sessions: Sessions<Data>): Record<string, Play> => ({
      answer: (event) => route(sessions, event),
      load: async (event) => {
        const session = await sessions.get(event);
        if (event.url.search === "") return void session.set("count", 1);
        const work = async (): Promise<string> => {
          await late.gate;
          session.set("theme", "paid");
          const asked = await event.fetch("/asked");
          const stored = await sessions.open(sessions.token(session));
          seen.push(asked.status, stored.get("theme"));
          await session.save();
          return "worked";
        };
        return { late: work().catch((error: unknown) => String((error as { code?: string }).code)) };
      },
    });

  for (const status of [200, 500]) {
    test(`that uses no session and ends late with ${status} leaves it to the page's promise when its changes are saved`, async () => {
      const late = barrier();
      const seen: unknown[] = [];
      const plays = promising(late, seen, async () => new Response(null, { status }));
      await using app = await setUp({ plays });
      await app.visit("/page");
      const reply = await app.visit("/page?late");
      late.release();
      expect(await reply.text()).toContain("worked");
      expect([...seen, (await app.stored()).get("theme")]).toEqual([status, undefined, "paid"]);
    });
  }

  test("that ends late with 500 is not saved by itself, and drops nothing that others will save", async () => {
    const late = barrier();
    const seen: unknown[] = [];
    await using app = await setUp({
      plays: promising(late, seen, async (sessions, event) => {
        await count(sessions, event);
        return new Response(null, { status: 500 });
      }),
    });
    await app.visit("/page");
    const reply = await app.visit("/page?late");
    late.release();
    expect(await reply.text()).toContain("worked");
    expect([...seen, Object.fromEntries(await app.stored())]).toEqual([500, undefined, { count: 2, theme: "paid" }]);
  });

  test("that ends late in a revoked session is refused, by GET too, and so is the promise's save()", async () => {
    const late = barrier();
    const seen: unknown[] = [];
    await using app = await setUp({
      onError: () => new Response("Sorry", { status: 400 }),
      plays: promising(late, seen, async (sessions, event) => {
        const session = await sessions.get(event);
        await sessions.revoke(session.id ?? "");
        return new Response();
      }),
    });
    await app.visit("/page");
    const reply = await app.visit("/page?late");
    late.release();
    expect(await reply.text()).toContain("SESSION_INTERRUPTED");
    expect(seen).toEqual([400, undefined]);
  });

  test("is saved too when it ends while the page is being saved", async () => {
    const saving = barrier();
    const asked = barrier();
    await using app = await setUp({
      fault: startsLate("update", saving, 1),
      plays: (sessions) => ({
        answer: async (event) => {
          const session = await sessions.get(event);
          await saving.arrived();
          session.set("theme", "asked");
          asked.release();
          return new Response("done");
        },
        load: async (event) => {
          await count(sessions, event);
          if (event.url.search === "") return {};
          return { late: event.fetch("/asked", { method: "POST" }).then((response) => response.text()) };
        },
      }),
    });
    await app.visit("/page");
    const pending = app.visit("/page?ask");
    await asked.gate;
    saving.release();
    await (await pending).text();
    expect(Object.fromEntries(await app.stored())).toEqual({ count: 2, theme: "asked" });
  });

  test("that is no request is refused as by Kit: the promise rejects, nothing is thrown", async () => {
    await using app = await setUp({
      plays: () => ({
        // In a `load` Kit itself looks at the address first.
        answer: async (event) => {
          const asked = [event.fetch("https://[bad"), event.fetch("/asked", { method: "GET", body: "none" })];
          const reasons = await Promise.allSettled(asked);
          return new Response(reasons.map((each) => each.status === "rejected" && String(each.reason)).join());
        },
      }),
    });
    expect(await (await app.visit("/")).text()).toMatch(/TypeError: Invalid URL,TypeError: Request with GET/);
  });

  test("in somebody else's name is no part of the page", async () => {
    await using app = await setUp({
      plays: (sessions) => ({
        answer: async (event) => new Response(String((await sessions.get(event)).get("count"))),
        load: async (event) => {
          await count(sessions, event);
          const own = await event.fetch("/asked", { headers: { cookie: event.request.headers.get("cookie") ?? "" } });
          const other = await event.fetch("/asked", { headers: { cookie: "__Host-session=none" } });
          const nobody = await event.fetch("/asked", { credentials: "omit" });
          return { text: [await own.text(), await other.text(), await nobody.text()].join() };
        },
      }),
    });
    await app.visit("/page");
    expect(await (await app.visit("/page")).text()).toContain("2,undefined,undefined");
  });

  test("by a handleFetch that makes another Request is a request of its own, whose new cookie is not passed over", async () => {
    const another = ({ request, fetch }: Input): Promise<Response> =>
      fetch(new Request(request.url, { method: "POST" }));
    await using app = await setUp({
      onError: () => new Response("Sorry", { status: 400 }),
      plays: (sessions) => ({
        handleFetch: (_event, input) => another(input),
        answer: async (event) => {
          const session = await sessions.get(event);
          session.update("count", (n = 0) => n + 1);
          if (event.url.pathname === "/cycle") session.cycleKey();
          return new Response();
        },
        load: async (event) => {
          await event.fetch("/asked");
          await count(sessions, event);
        },
        action: async (event) => {
          await count(sessions, event);
          await event.fetch("/cycle");
        },
      }),
    });
    // Begun by what was asked, and gone on with by the page.
    await app.visit("/page");
    expect((await app.stored()).get("count")).toBe(2);
    // Its own change is refused, what the others did is kept, and their cookie leads there.
    const reply = await app.visit("/page", submit);
    expect([reply.status, lines(reply).length]).toEqual([400, 1]);
    expect((await app.stored()).get("count")).toBe(4);
  });
});
