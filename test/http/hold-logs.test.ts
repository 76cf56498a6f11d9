import { createServer } from "node:http";
import Koa from "koa";
import { afterEach, beforeEach, describe, expect, type MockInstance, test, vi } from "vitest";
import { memory } from "../../src/engines/memory.ts";
import { coatcheck } from "../../src/http/adapters/koa.ts";
import { createSessions } from "../../src/index.ts";
import { fails, faultyStore } from "../../src/testing.ts";
import { listen } from "./harness-adapter.ts";

const rejected: unknown[] = [];
const onRejection = (error: unknown): void => void rejected.push(error);
let log: MockInstance<typeof console.error>;
beforeEach(() => {
  rejected.length = 0;
  process.on("unhandledRejection", onRejection);
  log = vi.spyOn(console, "error").mockImplementation(() => undefined);
});
afterEach(() => void process.off("unhandledRejection", onRejection));

/** Answers past Koa, where errors go to its event, and that has a listener with a fault of its own. */
async function ask(answer: (response: Koa.Context["res"]) => void): Promise<Response> {
  const sessions = createSessions<{ count: number }>({ engine: faultyStore(memory(), fails("create")) });
  const app = new Koa();
  app.on("error", () => {
    throw new Error("of the log");
  });
  app.use(coatcheck(sessions)).use(async (context) => {
    (await sessions.get(context)).set("count", 1);
    context.respond = false;
    answer(context.res);
  });
  const handle = app.callback();
  const { port, close } = await listen(createServer((request, response) => void handle(request, response)));
  try {
    return await fetch(`http://127.0.0.1:${port}/`, { method: "POST" });
  } finally {
    await close();
  }
}

describe("a log that throws", () => {
  test("leaves the answer to a failed save as it is", async () => {
    const reply = await ask((response) => void response.write("first"));
    expect(reply.status).toBe(503);
    expect(log).toHaveBeenCalledWith(new Error("of the log"));
    expect(rejected).toEqual([]);
  });

  test("cuts the connection where the answer was its error handler's to make", async () => {
    await expect(ask((response) => void response.end("page"))).rejects.toThrow("fetch failed");
    expect(log).toHaveBeenCalledWith(new Error("of the log"));
    expect(rejected).toEqual([]);
  });
});
