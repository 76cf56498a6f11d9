import { rmSync } from "node:fs";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from "vitest";
import { nextKit } from "./next-build.ts";
import { buildTestApp, type NextServer, startApp } from "./next-server.ts";
import { NextVisitor } from "./next-visitor.ts";

const forms = "/test/forms";
const hours = 3_600_000;

describe.runIf(nextKit !== "")("an app of Next.js", () => {
  let folder = "";
  let server: NextServer;
  /** The same app and sessions, two hours later: renewal is due. */
  let later: NextServer;
  let visitor: NextVisitor;

  beforeAll(async () => {
    folder = await buildTestApp();
    server = await startApp(folder);
    later = await startApp(folder, { COATCHECK_TEST_AHEAD: String(2 * hours) });
  }, 300_000);

  afterAll(async () => {
    await server[Symbol.asyncDispose]();
    await later[Symbol.asyncDispose]();
    rmSync(folder, { recursive: true, force: true });
  });

  /** Somebody who has been here once. */
  beforeEach(async () => {
    visitor = new NextVisitor(server.base);
    await visitor.get("/");
    await operations();
  });

  afterEach(async () => {
    await operations("?down=no");
  });

  /** What the store has done since this was last asked. */
  async function operations(query = "", { base } = server): Promise<string> {
    const response = await fetch(`${base}/test/store${query}`);
    return ((await response.json()) as string[]).join(" ");
  }

  async function seen(by = visitor): Promise<Record<string, unknown>> {
    return (await by.get(forms)).seen as Record<string, unknown>;
  }

  test("runs the file with its sessions once a bundle, so that they are kept where all copies find them", async () => {
    await visitor.get(forms);
    await visitor.post("/test/route/anything");
    expect(Number(await operations("?copies"))).toBeGreaterThan(1);
  });

  describe("a server component", () => {
    test("reads the session once, however many ask; the proxy's read is the other one", async () => {
      expect(await seen()).toEqual({ visits: 1, theme: "light", cart: [], user: "nobody", same: true });
      expect(await operations()).toBe("read read");
    });

    test("that writes is told where to do it, whatever the write, and nothing is stored", async () => {
      await visitor.submit(forms, "bound");
      await operations();
      const { action, ...writes } = (await visitor.get("/test/write")).seen as Record<string, string>;
      expect(action).toMatch(
        /^READ_ONLY action: expected a place where cookies can be set; found a server component, /,
      );
      const { TypeError: frozen, ...told } = byOutcome(writes);
      expect(frozen).toEqual(["nested"]);
      const [message = "", ...others] = Object.keys(told);
      expect(others).toEqual([]);
      expect(message).toBe(
        "READ_ONLY: expected a place where cookies can be set; found a server component, which can only read the " +
          "session. Change it in a server action (`action`), a route handler (`route`) or the proxy.",
      );
      expect(told[message]?.join(" ")).toBe("set update clear cycleKey flush save setExpiry userId own data remove");
      expect(await operations()).toBe("read read");
    });

    test("behind the proxy sees the session that the proxy has just begun, changed or ended", async () => {
      const stranger = new NextVisitor(server.base);
      expect((await stranger.get(`${forms}?proxy=write`)).seen).toMatchObject({ theme: "dark" });
      expect((await visitor.get(`${forms}?proxy=cycle`)).seen).toMatchObject({ visits: 1 });
      expect((await visitor.get(`${forms}?proxy=write`)).seen).toMatchObject({ visits: 1, theme: "dark" });
      expect((await visitor.get(`${forms}?proxy=flush`)).seen).toMatchObject({ visits: 0, theme: "light" });
    });
  });

  describe("a server action", () => {
    test("has saved when its page comes, which shows it: one read, one write, one read", async () => {
      const page = await visitor.submit(forms, "increment");
      expect(page.seen).toMatchObject({ visits: 2 });
      expect(page.headers.getSetCookie()).toEqual([]);
      expect(await operations()).toBe("read read read update read");
    });

    test("called from client code has the page rendered again, when it changed something", async () => {
      const page = await visitor.call(forms, await visitor.actionOf(forms, "increment"));
      expect(page.text).toMatch(/visits[\\":]*2/);
      const idle = await visitor.call(forms, await visitor.actionOf(forms, "onlyReads"));
      expect(idle.text).not.toMatch(/visits/);
    });

    test("takes useActionState's previous state, and bound arguments, before the form", async () => {
      const said = await visitor.submit(forms, "state", { word: "second" });
      expect(said.text).toContain("<output>first, then second</output>");
      const page = await visitor.submit(forms, "bound", { quantity: "5" });
      expect(page.seen).toMatchObject({ theme: "dark", cart: [{ sku: "umbrella", quantity: 5 }] });
    });

    test("cycles the key; its cookie and the app's own both arrive, and the old token is dead", async () => {
      const { token } = visitor;
      const byToken = { headers: { cookie: `__Host-session=${token}` } };
      expect(await (await fetch(server.base + forms, byToken)).text()).toContain("visits&quot;:1");
      const page = await visitor.submit(forms, "signIn");
      expect(page.seen).toMatchObject({ visits: 1, user: "ada" });
      expect(visitor.cookies).toEqual({ "__Host-session": visitor.token, jar: "from%20the%20action" });
      expect(visitor.token).not.toBe(token);
      const old = await fetch(server.base + forms, byToken);
      expect([old.headers.getSetCookie(), await old.text()]).toEqual([[], expect.stringContaining("visits&quot;:0")]);
    });

    test("flushes: no record, no cookie, and the page shows nobody's", async () => {
      const page = await visitor.submit(forms, "logOut");
      expect(page.seen).toMatchObject({ visits: 0 });
      expect(visitor.token).toBeUndefined();
      expect(await operations()).toBe("read read read delete");
    });

    test("may end by redirect() or notFound(): saved, and answered as Next does", async () => {
      const left = await visitor.submit(forms, "leave");
      expect([left.status, left.headers.get("location")]).toEqual([303, forms]);
      const called = await visitor.call(forms, await visitor.actionOf(forms, "leave"));
      expect(called.headers.get("x-action-redirect")).toBe(`${forms};push`);
      const missing = await visitor.submit(forms, "missing");
      expect(missing.status).toBe(404);
      expect(await seen()).toMatchObject({ visits: 4 });
    });

    test("that fails keeps no data, but the key it cycled, whose cookie arrives", async () => {
      for (const how of ["submitted", "called"]) {
        const { token } = visitor;
        const page =
          how === "called"
            ? await visitor.call(forms, await visitor.actionOf(forms, "fail"))
            : await visitor.submit(forms, "fail");
        expect(page.status).toBe(500);
        expect(visitor.token).not.toBe(token);
        expect(await seen()).toMatchObject({ visits: 1 });
      }
    });

    test("that calls another one shares its session; two in a row have one each", async () => {
      expect((await visitor.submit(forms, "nested")).seen).toMatchObject({ visits: 2, theme: "dark" });
      expect(await operations()).toBe("read read read update read");
      expect((await visitor.submit(forms, "inOrder")).seen).toMatchObject({ visits: 4 });
    });

    test("beside another one in a plain action is saved with it, and its cookie arrives", async () => {
      const { token } = visitor;
      expect((await visitor.submit(forms, "atOnce")).seen).toMatchObject({ visits: 1, theme: "dark" });
      expect(visitor.token).not.toBe(token);
    });

    test("leaves nothing old to who read the session before it", async () => {
      const page = await visitor.call(forms, await visitor.actionOf(forms, "readAround"));
      expect(page.text).toContain("1, then 2");
    });

    test("that cannot be saved is not a success, and signs nobody out", async () => {
      const { token } = visitor;
      const increment = await visitor.actionOf(forms, "increment");
      await operations("?down=yes");
      const page = await visitor.call(forms, increment);
      expect([page.status, page.headers.getSetCookie()]).toEqual([500, []]);
      await operations("?down=no");
      expect(await seen()).toMatchObject({ visits: 1 });
      expect(visitor.token).toBe(token);
    });

    test("20 at once: each counts", async () => {
      const increment = await visitor.actionOf(forms, "increment");
      await Promise.all(Array.from({ length: 20 }, () => visitor.call(forms, increment)));
      expect(await seen()).toMatchObject({ visits: 21 });
    });
  });

  describe("a route handler", () => {
    test("20 at once: each counts", async () => {
      const answers = await Promise.all(Array.from({ length: 20 }, () => visitor.post("/test/route/increment")));
      const counts = answers.map(({ text }) => Number(text)).sort((a, b) => a - b);
      expect([answers[0]?.status, Math.max(...counts) <= 21]).toEqual([200, true]);
      expect(await seen()).toMatchObject({ visits: 21 });
    });

    test("gets what Next passes beside the request, and may stream", async () => {
      expect((await visitor.post("/test/route/anything")).text).toBe("anything");
      expect((await visitor.post("/test/route/stream")).text).toBe("one two three");
      expect(await seen()).toMatchObject({ visits: 2 });
    });

    test.each([
      ["redirect", 307, 2],
      ["missing", 404, 2],
      ["forbidden", 403, 1],
      ["fail", 500, 1],
    ])("that ends by throwing (%s) is answered as Next does, and its cookie arrives", async (name, status, visits) => {
      const { token } = visitor;
      const page = await visitor.post(`/test/route/${name}`);
      expect([page.status, page.headers.get("location")]).toEqual([status, name === "redirect" ? "/elsewhere" : null]);
      expect(visitor.token).not.toBe(token);
      expect(await seen()).toMatchObject({ visits });
    });

    test.each([
      ["plainly-missing", 404],
      ["fail", 500],
    ])("that throws (%s) and has no cookie to send leaves the answer to Next", async (name, status) => {
      const page = await visitor.get(`/test/route/${name}`);
      expect([page.status, page.headers.getSetCookie()]).toEqual([status, []]);
      expect(await seen()).toMatchObject({ visits: 1 });
    });

    test("loses none of the cookies that the app sets, in whatever way", async () => {
      const { token } = visitor;
      const page = await visitor.post("/test/route/jar");
      expect(page.headers.getSetCookie()).toHaveLength(3);
      expect(visitor.cookies).toMatchObject({ jar: "from%20the%20handler", own: "from%20the%20response" });
      expect(visitor.token).not.toBe(token);
    });

    test("shares its session with readSession() and with the actions that it calls", async () => {
      expect((await visitor.post("/test/route/reader")).text).toBe("dark");
      expect((await visitor.post("/test/route/action")).text).toBe("2");
      expect(await seen()).toMatchObject({ visits: 2, theme: "dark" });
    });

    test("may read in after() what it found, unless it cycled the key; an action is refused there", async () => {
      const told: string[] = [];
      for (const query of ["", "?cycle"]) await visitor.post(`/test/after${query}`);
      await vi.waitFor(async () => {
        told.push(...((await visitor.get("/test/after")).text.match(/\w+ \w+/g) ?? []));
        expect(told).toEqual(["1 READ_ONLY", "0 READ_ONLY"]);
      });
    });

    test("whose store is down is a 503, and signs nobody out", async () => {
      const { token } = visitor;
      await operations("?down=yes");
      const page = await visitor.post("/test/route/increment");
      expect([page.status, page.headers.getSetCookie()]).toEqual([503, []]);
      await operations("?down=no");
      expect(await seen()).toMatchObject({ visits: 1 });
      expect(visitor.token).toBe(token);
    });
  });

  describe("the proxy", () => {
    test("renews when that is due, with the token there is, in a response that no cache keeps", async () => {
      const { token } = visitor;
      const page = await visitor.at(later.base).get(forms);
      expect(page.headers.getSetCookie()).toEqual([
        `__Host-session=${token}; Max-Age=1209600; Path=/; HttpOnly; Secure; SameSite=Lax`,
      ]);
      expect(page.headers.get("cache-control")).toBe("no-store");
      expect(await operations("", later)).toBe("read touch read");
      const again = await visitor.at(later.base).get(forms);
      expect([again.headers.getSetCookie(), await operations("", later)]).toEqual([[], "read read"]);
    });

    test("does nothing for who brings no cookie, and for what is not safe", async () => {
      await fetch(server.base + forms);
      expect(await operations()).toBe("");
      await visitor.post("/test/route/increment");
      expect(await operations()).toBe("read update");
    });

    test.each(["cycle", "flush"])("renews, and the handler behind it has the last word (%s)", async (name) => {
      const { token } = visitor;
      const page = await visitor.at(later.base).get(`/test/route/${name}`);
      const lines = page.headers.getSetCookie();
      expect(lines).toHaveLength(2);
      expect(lines[0]).toMatch(`__Host-session=${token};`);
      expect(visitor.token).toBe(/=([^;]*)/.exec(lines[1] ?? "")?.[1] || undefined);
      expect(await seen(visitor.at(later.base))).toMatchObject({ visits: name === "flush" ? 0 : 1 });
    });

    test("that writes on the way to an action leaves the action the last word", async () => {
      const page = await visitor.at(later.base).submit(`${forms}?proxy=read`, "signIn");
      expect(page.seen).toMatchObject({ user: "ada" });
      expect(await seen(visitor.at(later.base))).toMatchObject({ user: "ada" });
    });

    test.each(["write", "flush"])("a handler behind goes on with what the proxy did (%s)", async (what) => {
      for (const extra of ["", "&headers"]) {
        const stranger = new NextVisitor(server.base);
        await stranger.get(`/test/route/increment?proxy=${what}${extra}`);
        expect((await stranger.get(`/test/route/seen?proxy=read${extra}`)).text).toBe(
          JSON.stringify({ theme: what === "write" ? "dark" : "light", header: extra === "" ? null : "yes" }),
        );
        expect(await seen(stranger)).toMatchObject({ visits: 1 });
      }
      await visitor.get(`/test/route/increment?proxy=${what}`);
      expect(await seen()).toMatchObject({ visits: what === "flush" ? 1 : 2 });
    });

    test.each(["proxy=cycle", "proxy=jar&proxy=cycle", "own&proxy=cycle"])(
      "loses no cookie beside the app's own (%s)",
      async (query) => {
        const { token } = visitor;
        await visitor.get(`${forms}?${query}`);
        expect(visitor.token).not.toBe(token);
        const others = { jar: query.includes("jar"), own: query.includes("own") };
        expect({ jar: "jar" in visitor.cookies, own: "own" in visitor.cookies }).toEqual(others);
        expect(await seen()).toMatchObject({ visits: 1 });
      },
    );

    test("renews beside the app's own cookies too", async () => {
      const page = await visitor.at(later.base).get(`${forms}?proxy=jar`);
      expect(page.headers.getSetCookie().map((line) => line.split("=")[0])).toEqual(["__Host-session", "jar"]);
    });

    test("that fails with a cycled key sends its cookie", async () => {
      const { token } = visitor;
      expect((await visitor.get(`${forms}?proxy=fail`)).status).toBe(500);
      expect(visitor.token).toBe(token);
      expect((await visitor.get(`${forms}?proxy=cycle&proxy=fail`)).status).toBe(500);
      expect(visitor.token).not.toBe(token);
      expect(await seen()).toMatchObject({ visits: 1 });
    });

    test("that throws a redirect is told to return it: a 500, and the session stays as it was", async () => {
      const { token } = visitor;
      const page = await visitor.get(`${forms}?proxy=write&proxy=redirect`);
      expect([page.status, visitor.token, (await seen())["theme"]]).toEqual([500, token, "light"]);
      expect((await visitor.get(`${forms}?proxy=cycle&proxy=redirect`)).status).toBe(500);
      expect(visitor.token).not.toBe(token);
      expect(await seen()).toMatchObject({ visits: 1 });
    });

    test.each([
      ["", "s-maxage=31536000"],
      ["proxy=read", "private, no-cache"],
      ["proxy=read&headers", "private, no-cache"],
      ["proxy=read&cache=public", "private, no-cache"],
      ["proxy=read&cache=private, max-age=60", "private, max-age=60"],
      ["proxy=cycle", "no-store"],
    ])("that used the session lets no cache give the page behind it to others (%s)", async (query, expected) => {
      const page = await visitor.get(`/test/plain?${query}`);
      expect([page.text.includes("plain"), page.headers.get("cache-control")]).toEqual([true, expected]);
    });

    // What no adapter can mend here: the proxy's answer leaves with the page. The docs name it, with what to do.
    test("renews before a page that is slow: a key cycled meanwhile is overwritten by the renewed cookie", async () => {
      const { token } = visitor;
      const tab = visitor.at(later.base);
      const slow = tab.get("/test/slow");
      await tab.get("/test/gate");
      await tab.post("/test/route/cycle");
      expect(visitor.token).not.toBe(token);
      await tab.get("/test/gate?open");
      await slow;
      expect(visitor.token).toBe(token);
      expect(await seen(tab)).toMatchObject({ visits: 0 });
    });

    test("has its answer leave at once with a page that is streamed, which leaves no time for that", async () => {
      const page = await fetch(`${server.base}/test/streamed`);
      await visitor.get("/test/gate?open");
      expect(await page.text()).toContain("<p>0</p>");
    });

    test("whose store is down lets pages pass that need no session", async () => {
      await operations("?down=yes");
      expect((await visitor.get("/test/route/none")).status).toBe(503);
      expect((await visitor.get("/test/plain")).text).toContain("plain");
    });
  });
});

/** Which writes had which outcome, what was written taken out of the message. */
function byOutcome(told: Record<string, string>): Record<string, string[]> {
  const outcomes: Record<string, string[]> = {};
  for (const [write, outcome] of Object.entries(told)) {
    (outcomes[outcome.replace(/ [\w.]+:/, ":")] ??= []).push(write);
  }
  return outcomes;
}
