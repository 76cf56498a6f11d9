import { describe, expect, test, vi } from "vitest";
import { memory } from "../../src/engines/memory.ts";
import { coatcheck } from "../../src/http/adapters/fetch.ts";
import { createSessions } from "../../src/index.ts";
import type { Data } from "./harness-call.ts";

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
