import { createServer } from "node:http";
import { afterEach, describe, expect, test, vi } from "vitest";
import { memory } from "../../src/engines/memory.ts";
import { coatcheck } from "../../src/http/adapters/fetch.ts";
import { createSessions, type Session } from "../../src/index.ts";
import { listen } from "./harness-adapter.ts";
import type { Data } from "./harness-call.ts";

const closing: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0)) await close();
});

const post = (cookie = ""): Request => new Request("https://shop.example/", { method: "POST", headers: { cookie } });
const cookieOf = (response: Response): string => response.headers.getSetCookie().join().replace(/;.*/s, "");
const rethrow = (error: unknown): never => {
  throw error;
};

/** Sessions of a visitor who has one already, with `count` 1. */
async function visited() {
  const sessions = createSessions<Data>({ engine: memory() });
  const begin = coatcheck(sessions, async (request) => {
    (await sessions.get(request)).set("count", 1);
    return new Response();
  });
  const cookie = cookieOf(await begin(post()));
  return { sessions, cookie, opened: (line: string) => sessions.open(line.replace(/^[^=]*=/, "")) };
}

describe("an onError that throws, on fetch", () => {
  test("is answered by the default, and its request may come again", async () => {
    const log = vi.spyOn(console, "error").mockImplementation(() => {});
    const { sessions, cookie, opened } = await visited();
    let failing = true;
    const handle = coatcheck(
      sessions,
      async (request) => {
        (await sessions.get(request)).update("count", (n = 0) => n + 1);
        if (failing) throw new Error("of the handler");
        return new Response();
      },
      { onError: rethrow },
    );
    const request = post(cookie);
    expect((await handle(request)).status).toBe(500);
    expect(log).toHaveBeenCalledExactlyOnceWith(new Error("of the handler"));
    failing = false;
    expect((await handle(request)).status).toBe(200);
    expect((await opened(cookie)).get("count")).toBe(2);
  });

  test.each(["saving", "the handler"])("loses no key that was cycled and saved before %s failed", async (what) => {
    vi.spyOn(console, "error").mockImplementation(() => {});
    const { sessions, cookie, opened } = await visited();
    const handle = coatcheck(
      sessions,
      async (request) => {
        const session = await sessions.get(request);
        session.cycleKey();
        await session.save();
        if (what === "the handler") throw new Error("of the handler");
        Object.assign(session.data, { theme: new Map() });
        return new Response("not saved");
      },
      { onError: rethrow },
    );
    const reply = await handle(post(cookie));
    expect([reply.status, await reply.text()]).toEqual([500, ""]);
    expect((await opened(cookieOf(reply))).get("count")).toBe(1);
  });
});

test("a handler on fetch that returns nothing has failed", async () => {
  const onError = vi.fn<(error: unknown) => Response>(() => new Response("Sorry", { status: 500 }));
  const { sessions, cookie, opened } = await visited();
  const handle = coatcheck(
    sessions,
    async (request) => {
      (await sessions.get(request)).set("count", 2);
      return undefined as unknown as Response;
    },
    { onError },
  );
  expect(await (await handle(post(cookie))).text()).toBe("Sorry");
  expect(onError).toHaveBeenCalledExactlyOnceWith(expect.any(TypeError), expect.any(Request));
  expect((await opened(cookie)).get("count")).toBe(1);
});

describe("a response on fetch that can neither be changed nor copied", () => {
  /** By a server that answers a request for it. */
  const fetched = async (status: number): Promise<Response> => {
    const server = await listen(createServer((_request, response) => response.writeHead(status).end("fetched")));
    const response = await fetch(`http://127.0.0.1:${server.port}/`);
    closing.push(server.close);
    return response;
  };
  const responses: Record<string, () => Response | Promise<Response>> = {
    "Response.error()": () => Response.error(),
    "a fetched one with an odd status": () => fetched(999),
    async "a fetched one that somebody reads"() {
      const response = await fetched(200);
      response.body?.getReader();
      return response;
    },
    async "a fetched one that was read"() {
      const response = await fetched(200);
      await response.text();
      return response;
    },
  };

  /** A handler that does this to the session, and answers so. */
  const answering = async (use: (session: Session<Data>) => void, response: Response) => {
    const log = vi.spyOn(console, "error").mockImplementation(() => {});
    const { sessions, cookie, opened } = await visited();
    const handle = coatcheck(sessions, async (request) => {
      use(await sessions.get(request));
      return response;
    });
    return { reply: await handle(post(cookie)), opened, cookie, log };
  };

  for (const [what, make] of Object.entries(responses)) {
    test(`${what} is left as it is when no cookie has to go along`, async () => {
      const response = await make();
      const { reply, log } = await answering((session) => session.get("count"), response);
      expect(reply).toBe(response);
      expect(log).not.toHaveBeenCalled();
    });

    test(`${what} is an error, with its cookie, when a key was cycled`, async () => {
      const { reply, opened, cookie, log } = await answering((session) => session.cycleKey(), await make());
      expect([reply.status, await reply.text(), reply.headers.get("vary")]).toEqual([500, "", "Cookie"]);
      expect(cookieOf(reply)).not.toBe(cookie);
      expect((await opened(cookieOf(reply))).get("count")).toBe(1);
      expect(log).toHaveBeenCalledExactlyOnceWith(expect.any(TypeError));
    });
  }

  test("Response.error() is a server error, behind which data is dropped", async () => {
    const { opened, cookie } = await answering((session) => session.set("count", 2), Response.error());
    expect((await opened(cookie)).get("count")).toBe(1);
  });

  test("one that was read takes the headers where it can be changed", async () => {
    const response = new Response("read");
    await response.text();
    const { reply } = await answering((session) => session.cycleKey(), response);
    expect([reply === response, reply.status, cookieOf(reply)]).toEqual([true, 200, expect.stringMatching(/^__Host-/)]);
  });

  test("an upgrade is left to its runtime", async () => {
    // As Deno gives it: the very object has to come back. No constructor on Node makes one with this status.
    const upgrade = Object.defineProperty(Response.error(), "status", { value: 101 });
    const { reply } = await answering((session) => session.cycleKey(), upgrade);
    expect(reply).toBe(upgrade);
  });
});
