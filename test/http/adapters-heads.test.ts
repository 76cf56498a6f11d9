import { expect } from "vitest";
import { barrier, startsLate } from "../../src/testing.ts";
import type { Handler, RawResponse } from "./harness-call.ts";
import { onEveryAdapter, serve } from "./harness.ts";

/** A route that has changed its session before it answers. */
const afterWrite =
  (answer: (response: RawResponse) => unknown): Handler =>
  async (call) => {
    (await call.session()).set("count", 1);
    await answer(call.raw());
  };

onEveryAdapter("a head", (adapter, promise) => {
  const forms: Record<string, unknown> = {
    "an object": { "X-Own": "kept", "Set-Cookie": ["a=1", "b=2"], Vary: "Accept" },
    "a flat array": ["X-Own", "kept", "Set-Cookie", "a=1", "Set-Cookie", "b=2", "Vary", "Accept"],
    "an array of pairs": [
      ["X-Own", "kept"],
      ["Set-Cookie", "a=1"],
      ["Set-Cookie", "b=2"],
      ["Vary", "Accept"],
    ],
  };
  // The message may be left out, or left open.
  const calls: [form: string, args: [headers: unknown] | [message: undefined, headers: unknown]][] = [
    ...Object.entries(forms).map(([form, headers]) => [form, [headers]] as (typeof calls)[number]),
    ["the third argument", [undefined, forms["an object"]]],
  ];
  for (const [form, args] of calls) {
    promise(
      `by writeHead with headers as ${form} keeps them all beside the session's`,
      async () => {
        await using app = await serve(adapter, {
          "/": afterWrite((response) => {
            response.setHeader("x-early", "kept too");
            Reflect.apply(response.writeHead, response, [201, ...args]);
            response.end("made");
          }),
        });
        const reply = await app.post("/");
        expect(reply).toMatchObject({ status: 201, body: "made" });
        expect(reply.header("x-own")).toBe("kept");
        expect(reply.header("x-early")).toBe("kept too");
        expect(reply.setCookies).toEqual(["a=1", "b=2", expect.stringMatching(/^__Host-session=/)]);
        expect(reply.header("vary")).toBe("Accept, Cookie");
      },
      "response",
    );
  }

  promise(
    "by writeHead with a status message keeps it, with headers and without",
    async () => {
      await using app = await serve(adapter, {
        "/with": afterWrite((response) => {
          response.writeHead(201, "Made Here", { "X-Own": "kept" });
          response.end();
        }),
        "/without": afterWrite((response) => {
          response.writeHead(202, "Noted");
          response.end();
        }),
      });
      const reply = await app.post("/with");
      expect(reply).toMatchObject({ status: 201, statusMessage: "Made Here" });
      expect(reply.header("x-own")).toBe("kept");
      expect(reply.setCookies).toHaveLength(1);
      expect(await app.post("/without")).toMatchObject({ status: 202, statusMessage: "Noted" });
    },
    "statusMessage",
  );

  promise(
    "cannot have a second head: writeHead again throws, and nothing leaves before the commit",
    async () => {
      const pause = barrier();
      const seen: unknown[] = [];
      await using app = await serve(
        adapter,
        {
          "/other": (call) => call.send(200),
          "/": afterWrite((response) => {
            response.writeHead(201, { "x-own": "first" });
            try {
              response.writeHead(202, { "x-own": "second" });
            } catch (error) {
              seen.push(Reflect.get(error as Error, "code"));
            }
            response.end("body");
          }),
        },
        { store: startsLate("create", pause) },
      );
      const request = app.send({ method: "POST", path: "/" });
      await pause.arrived();
      await app.get("/other");
      expect(request.bytes).toBe(0);
      pause.release();
      const reply = await request.reply;
      expect(seen).toEqual([expect.stringMatching(/^ERR_HTTP2?_HEADERS_SENT$/)]);
      expect(reply).toMatchObject({ status: 201, body: "body" });
      expect(reply.header("x-own")).toBe("first");
      expect(reply.setCookies).toHaveLength(1);
    },
    "response",
  );

  promise(
    "whose end was called cannot have another head either",
    async () => {
      const seen: unknown[] = [];
      await using app = await serve(adapter, {
        "/": afterWrite((response) => {
          response.end("body");
          try {
            response.writeHead(202);
          } catch (error) {
            seen.push(Reflect.get(error as Error, "code"));
          }
        }),
      });
      expect(await app.post("/")).toMatchObject({ status: 200, body: "body" });
      expect(seen).toEqual([expect.stringMatching(/^ERR_HTTP2?_HEADERS_SENT$/)]);
    },
    "response",
  );
});
