import { Get, Redirect, Req, Res, Sse, StreamableFile, UseInterceptors } from "@nestjs/common";
import { map, type Observable, of } from "rxjs";
import { Readable } from "node:stream";
import { describe, expect, test, vi } from "vitest";
import type { Sessions } from "../../src/index.ts";
import { memory } from "../../src/engines/memory.ts";
import { coatcheck } from "../../src/http/adapters/nest.ts";
import { barrier, faultyStore, startsLate } from "../../src/testing.ts";
import type { Data } from "./harness-call.ts";
import { bothPlatforms, controllerOf, cookieOf, type Route, sessionsOn, start, unsaved } from "./nest-parts.ts";

const write = async (sessions: Sessions<Data>, request: object): Promise<void> => {
  (await sessions.get(request)).set("count", 1);
};

interface NativeResponse {
  readonly raw?: NativeResponse;
  send(body: string): unknown;
  header(name: string, value: string): unknown;
  write(chunk: string): unknown;
  end(chunk: string): unknown;
}

/** The ways to answer that Nest has; each says "body" in the end. */
function answers(sessions: Sessions<Data>): Record<string, Route> {
  const after = <T>(answer: (request: object, response: NativeResponse) => T) =>
    async function run(request: object, response: NativeResponse): Promise<T> {
      await write(sessions, request);
      return answer(request, response);
    };
  const mapped = UseInterceptors({
    intercept: (_context: unknown, next: { handle(): Observable<string> }) =>
      next.handle().pipe(map((text) => `${text}dy`)),
  });
  return {
    returned: { on: [Get("returned")], params: [Req()], run: after(() => "body") },
    mapped: { on: [Get("mapped"), mapped], params: [Req()], run: after(() => "bo") },
    observable: { on: [Get("observable")], params: [Req()], run: after(() => of("body")) },
    file: {
      on: [Get("file")],
      params: [Req()],
      run: after(() => new StreamableFile(Readable.from(["bo", "dy"]))),
    },
    generator: {
      on: [Get("generator")],
      params: [Req()],
      run: after(async function* pieces() {
        yield "bo";
        yield "dy";
      }),
    },
    response: {
      on: [Get("response")],
      params: [Req()],
      run: after(() => new Response("body", { headers: { "x-own": "kept" } })),
    },
    passthrough: {
      on: [Get("passthrough")],
      params: [Req(), Res({ passthrough: true })],
      run: after((_request, response) => {
        response.header("x-own", "kept");
        return "body";
      }),
    },
    res: {
      on: [Get("res")],
      params: [Req(), Res()],
      run: after((_request, response) => void response.send("body")),
    },
    raw: {
      on: [Get("raw")],
      params: [Req(), Res()],
      run: after((_request, response) => {
        const raw = response.raw ?? response;
        Reflect.apply(Reflect.get(raw, "setHeader") as () => void, raw, ["x-own", "kept"]);
        raw.write("bo");
        raw.end("dy");
      }),
    },
    redirect: { on: [Get("redirect"), Redirect("/body", 303)], params: [Req()], run: after(() => undefined) },
    sse: { on: [Sse("sse")], params: [Req()], run: after(() => of({ data: "body" })) },
  };
}

const paths = Object.keys(answers(sessionsOn()));
const own = new Set(["response", "passthrough", "raw"]);
/** Written over time. A file that small has ended before it is saved. */
const streamed = new Set(["generator", "response", "sse"]);
const whole = async (reply: Response): Promise<string> => `${reply.headers.get("location") ?? ""}${await reply.text()}`;

describe.each(bothPlatforms)("an answer of Nest on %s", (platform) => {
  const serve = (sessions: Sessions<Data>): ReturnType<typeof start> =>
    start(platform, { imports: [coatcheck(sessions)], controllers: [controllerOf(answers(sessions))] });

  test.each(paths)("%s waits for the commit", async (path) => {
    const pause = barrier();
    const sessions = sessionsOn(faultyStore(memory(), startsLate("create", pause)));
    await using app = await serve(sessions);
    let answered = false;
    const visiting = app.visit(`/${path}`).finally(() => (answered = true));
    await pause.arrived();
    await new Promise(setImmediate);
    expect(answered).toBe(false);
    pause.release();
    const reply = await visiting;
    expect([reply.status, await whole(reply)]).toEqual([
      path === "redirect" ? 303 : 200,
      expect.stringContaining("body"),
    ]);
    expect(cookieOf(reply)).toMatch(/^__Host-session=[\w-]{75}$/);
    expect(reply.headers.get("x-own")).toBe(own.has(path) ? "kept" : null);
  });

  test.each(paths)("%s that could not be saved is a 503 with nothing of it, logged once", async (path) => {
    const consoled = vi.spyOn(console, "error").mockImplementation(() => {});
    await using app = await serve(unsaved());
    const reply = await app.visit(`/${path}`);
    expect([reply.status, reply.headers.getSetCookie(), reply.headers.get("x-own")]).toEqual([503, [], null]);
    // A filter makes the answer, unless the one that failed was still being written.
    expect(await whole(reply)).toBe(streamed.has(path) ? "" : '{"statusCode":503,"message":"Service Unavailable"}');
    expect([...app.logged, ...consoled.mock.calls.flat()]).toEqual([
      expect.objectContaining({ code: "STORE_UNAVAILABLE" }),
    ]);
    consoled.mockRestore();
  });
});
