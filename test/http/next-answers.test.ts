import { describe, expect, test, vi } from "vitest";
import { memory } from "../../src/engines/memory.ts";
import { coatcheck } from "../../src/http/adapters/next.ts";
import { createSessions } from "../../src/index.ts";
import { fails, faultyStore } from "../../src/testing.ts";

/** What an action or a handler is given: cookies can be set in it. */
const jar = { get: () => undefined, set: () => undefined, delete: () => undefined };
const next = { cookies: async () => jar, refresh: () => undefined };

test("an answer that is not sent has its body cancelled", async () => {
  const sessions = createSessions<{ visits: number }>({ engine: faultyStore(memory(), fails("create")) });
  const cancel = vi.fn<() => void>();
  const post = coatcheck(sessions, next).route(
    async (request) => {
      (await sessions.get(request)).set("visits", 1);
      return new Response(new ReadableStream({ cancel }));
    },
    { onError: () => new Response("sorry", { status: 503 }) },
  );
  const answer = await post(new Request("http://localhost/", { method: "POST" }));
  expect([answer.status, await answer.text()]).toEqual([503, "sorry"]);
  expect(cancel).toHaveBeenCalledOnce();
});

describe("an onError that throws", () => {
  const rethrow = (error: unknown): never => {
    throw error;
  };

  /** A session that is stored, its cookie, and what opens it. */
  async function visited() {
    const sessions = createSessions<{ visits: number }>({ engine: memory() });
    const session = await sessions.open();
    await session.set("visits", 1).save();
    const cookie = `__Host-session=${sessions.token(session)}`;
    const request = (): Request => new Request("http://localhost/", { method: "POST", headers: { cookie } });
    const tokenOf = (answer: Response): string | undefined =>
      /^__Host-session=([^;]*)/.exec(answer.headers.getSetCookie()[0] ?? "")?.[1];
    return {
      sessions,
      request,
      visitsOf: async (answer: Response) => (await sessions.open(tokenOf(answer))).get("visits"),
    };
  }

  test("when saving failed takes no key from the visitor that was cycled before", async () => {
    const { sessions, request, visitsOf } = await visited();
    const logged = vi.spyOn(console, "error").mockReturnValue();
    const post = coatcheck(sessions, next).route(
      async (asked) => {
        const session = await sessions.get(asked);
        session.cycleKey();
        await session.save();
        Object.assign(session.data, { visits: new Map() });
        return new Response("saved");
      },
      { onError: rethrow },
    );
    const answer = await post(request());
    expect([answer.status, await answer.text(), await visitsOf(answer)]).toEqual([500, "", 1]);
    expect(logged).toHaveBeenCalledOnce();
    logged.mockRestore();
  });

  test("when the handler failed takes none either, and leaves the request to be asked again", async () => {
    const { sessions, request, visitsOf } = await visited();
    const logged = vi.spyOn(console, "error").mockReturnValue();
    const cycle = coatcheck(sessions, next).route(
      async (asked) => {
        (await sessions.get(asked)).set("visits", 2).cycleKey();
        throw new Error("the handler failed");
      },
      { onError: rethrow },
    );
    const answer = await cycle(request());
    expect([answer.status, await visitsOf(answer)]).toEqual([500, 1]);
    expect(logged).toHaveBeenCalledOnce();
    logged.mockRestore();

    let times = 0;
    const twice = coatcheck(sessions, next).route(
      async (asked) => {
        const session = await sessions.get(asked);
        times += 1;
        if (times === 1) throw new Error("the first time");
        return new Response(String(session.set("visits", 3).get("visits")));
      },
      { onError: rethrow },
    );
    const again = new Request("http://localhost/", { method: "POST" });
    await expect(twice(again)).rejects.toThrow("the first time");
    expect(await visitsOf(await twice(again))).toBe(3);
  });
});

test("what a proxy throws instead of returning it is an error that says so: Next answers it with 500", async () => {
  const store = memory();
  const sessions = createSessions<{ visits: number }>({ engine: store });
  const redirect = Object.assign(new Error("NEXT_REDIRECT"), { digest: "NEXT_REDIRECT;replace;/elsewhere;307;" });
  const leave = coatcheck(sessions, next).proxy(async (request) => {
    (await sessions.get(request)).set("visits", 1);
    throw redirect;
  });
  await expect(leave(new Request("http://localhost/"))).rejects.toMatchObject({
    message: expect.stringMatching(
      /^proxy: expected a Response to be returned; found .* Return NextResponse\.redirect/,
    ),
    cause: redirect,
  });
  expect((await store.list(undefined, 10)).records).toEqual([]);
});

test("a session that is read in advance and then not awaited ends no process when its store is down", async () => {
  const sessions = createSessions({ engine: faultyStore(memory(), fails("read")) });
  const cookies = async () => ({ ...jar, get: () => ({ value: "0".repeat(32) + "A".repeat(43) }) });
  const unhandled = vi.fn<(error: unknown) => void>();
  process.on("unhandledRejection", unhandled);
  const { readSession } = coatcheck(sessions, { ...next, cookies });
  void readSession();
  await expect(readSession()).rejects.toThrow("failed, as the test asked");
  await new Promise((resolve) => setImmediate(resolve));
  process.off("unhandledRejection", unhandled);
  expect(unhandled).not.toHaveBeenCalled();
});

test("a handler that returns no Response is told so, and nothing is saved", async () => {
  const store = memory();
  const sessions = createSessions<{ visits: number }>({ engine: store });
  const handler = async (request: Request): Promise<Response> => {
    (await sessions.get(request)).set("visits", 1);
    return JSON.parse("{}") as Response;
  };
  const post = coatcheck(sessions, next).route(handler);
  await expect(post(new Request("http://localhost/"))).rejects.toThrow("expected the handler to return a Response");
  expect((await store.list(undefined, 10)).records).toEqual([]);
});
