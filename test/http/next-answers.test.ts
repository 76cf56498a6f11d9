import { expect, test, vi } from "vitest";
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
