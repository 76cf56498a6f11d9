import { expect, vi } from "vitest";
import { barrier, fails, faultyStore, startsLate } from "../../src/testing.ts";
import { memory } from "../../src/engines/memory.ts";
import type { RawResponse } from "./harness-call.ts";
import { onEveryAdapter, serve } from "./harness.ts";

/** What Node itself says of a call; the names of the errors over http2 differ. */
const wrong: Record<string, [code: RegExp, call: (response: RawResponse) => unknown]> = {
  "a status below 100": [/^ERR_HTTP(2_STATUS_INVALID|_INVALID_STATUS_CODE)$/, (response) => response.writeHead(99)],
  "a status above 999": [/^ERR_HTTP(2_STATUS_INVALID|_INVALID_STATUS_CODE)$/, (response) => response.writeHead(1000)],
  "a flat list of headers without its last value": [
    /^ERR_INVALID_ARG_VALUE$/,
    (response) => response.writeHead(200, ["x-own", "1", "x-more"]),
  ],
  "a header without a value": [
    /^ERR_HTTP2?_INVALID_HEADER_VALUE$/,
    (response) => response.writeHead(200, { "x-own": undefined }),
  ],
  "a null to write": [/^ERR_STREAM_NULL_VALUES$/, (response) => response.write(null as unknown as string)],
  "nothing to write": [/^ERR_INVALID_ARG_TYPE$/, (response) => response.write(undefined as unknown as string)],
  "a function to write": [/^ERR_INVALID_ARG_TYPE$/, (response) => response.write((() => {}) as unknown as string)],
  "an object to end with": [/^ERR_INVALID_ARG_TYPE$/, (response) => response.end({})],
};

onEveryAdapter("a mistake", (adapter, promise) => {
  for (const [what, [code, call]] of Object.entries(wrong)) {
    promise(
      `in an answer that is held (${what}) is refused at the call, as Node does, and another answer can be made`,
      async () => {
        const thrown: unknown[] = [];
        await using app = await serve(adapter, {
          "/": async (incoming) => {
            (await incoming.session()).set("count", 1);
            const response = incoming.raw();
            try {
              call(response);
            } catch (error) {
              thrown.push(Reflect.get(error as Error, "code"));
            }
            response.statusCode = 201;
            response.end("corrected");
          },
        });
        expect(await app.post("/")).toMatchObject({ status: 201, body: "corrected" });
        expect(thrown).toEqual([expect.stringMatching(code)]);
        expect(await app.stored()).toEqual({ count: 1 });
      },
      "response",
    );
  }

  promise(
    "in the status or its message is refused by the call that begins the head",
    async () => {
      const thrown: unknown[] = [];
      const attempt = (call: () => unknown): void => {
        try {
          call();
        } catch (error) {
          thrown.push(Reflect.get(error as Error, "code"));
        }
      };
      await using app = await serve(adapter, {
        "/": async (incoming) => {
          (await incoming.session()).set("count", 1);
          const response = incoming.raw();
          response.statusCode = 99;
          attempt(() => response.end("never"));
          attempt(() => response.writeHead(200, "two\nlines"));
          response.statusCode = 201;
          response.end("corrected");
        },
      });
      expect(await app.post("/")).toMatchObject({ status: 201, body: "corrected" });
      expect(thrown).toEqual(["ERR_HTTP_INVALID_STATUS_CODE", "ERR_INVALID_CHAR"]);
    },
    "statusMessage",
  );
});

onEveryAdapter("an answer that failed", (adapter, promise) => {
  promise(
    "while its handler was still writing is whole and empty, whatever was said of its body before",
    async () => {
      vi.spyOn(console, "error").mockImplementation(() => {});
      const pause = barrier();
      await using app = await serve(
        adapter,
        {
          "/": async (call) => {
            const response = call.raw();
            response.setHeader("content-length", "10");
            response.setHeader("content-encoding", "gzip");
            response.setHeader("etag", '"original"');
            response.setHeader("content-security-policy", "default-src 'none'");
            (await call.session()).set("count", 1);
            Reflect.set(Object(call.carrier), "respond", false);
            response.write("first");
            await pause.arrived();
            pause.release();
            await call.closed;
          },
        },
        { engine: faultyStore(faultyStore(memory(), fails("create")), startsLate("create", pause)) },
      );
      const reply = await app.post("/");
      expect(reply).toMatchObject({ status: 503, body: "" });
      for (const name of ["content-encoding", "etag"]) expect([name, reply.header(name)]).toEqual([name, undefined]);
      expect(reply.header("content-security-policy")).toBe("default-src 'none'");
    },
    "response",
  );

  promise(
    "leaves no length of its own to the error handler's answer",
    async () => {
      await using app = await serve(
        adapter,
        {
          "/": async (call) => {
            const response = call.raw();
            response.setHeader("content-length", "5");
            (await call.session()).set("count", 1);
            response.end("whole");
          },
        },
        { store: fails("create") },
      );
      const reply = await app.post("/");
      expect(reply.status).toBe(503);
      expect(reply.body.length).toBeGreaterThan(5);
    },
    "response",
  );

  promise(
    "leaves none of its cookies, also where they were added to those of before",
    async () => {
      await using app = await serve(
        adapter,
        {
          "/": async (call) => {
            const response = call.raw();
            response.setHeader("set-cookie", ["before=1"]);
            (await call.session()).set("count", 1);
            Reflect.apply(Reflect.get(response, "appendHeader") as () => void, response, ["set-cookie", "original=1"]);
            response.end("written");
          },
        },
        { store: fails("create") },
      );
      const reply = await app.post("/");
      expect(reply.status).toBe(503);
      expect(reply.setCookies).not.toContain("original=1");
    },
    "response",
  );
});
