import { createHash } from "node:crypto";
import { Readable } from "node:stream";
import { expect } from "vitest";
import { barrier, startsLate } from "../../src/testing.ts";
import type { Call, Handler, RawResponse } from "./harness-call.ts";
import { onEveryAdapter, serve } from "./harness.ts";

/** A route that has changed its session before it answers. */
const afterWrite =
  (answer: (response: RawResponse, call: Call) => unknown): Handler =>
  async (call) => {
    (await call.session()).set("count", 1);
    await answer(call.raw(), call);
  };

onEveryAdapter("an answer", (adapter, promise) => {
  promise("to HEAD has the headers of GET, the cookie, and no body", async () => {
    await using app = await serve(adapter, {
      "/": async (call) => {
        (await call.session()).set("count", 1);
        call.send(200, "a body", [["x-own", "kept"]]);
      },
    });
    const reply = await app.send({ method: "HEAD", path: "/" }).reply;
    expect(reply).toMatchObject({ status: 200, body: "" });
    expect(reply.header("x-own")).toBe("kept");
    expect(reply.header("vary")).toBe("Cookie");
    expect(reply.setCookies).toHaveLength(1);
    expect(await app.stored()).toEqual({ count: 1 });
  });

  for (const status of [204, 304]) {
    promise(`with status ${status} carries the cookie and no body`, async () => {
      await using app = await serve(adapter, {
        "/": async (call) => {
          (await call.session()).set("count", 1);
          call.send(status);
        },
      });
      const reply = await app.get("/");
      expect(reply).toMatchObject({ status, body: "" });
      expect(reply.setCookies).toHaveLength(1);
      expect(await app.stored()).toEqual({ count: 1 });
    });
  }

  const endings: Record<string, [expected: string, args: unknown[]]> = {
    "no argument": ["", []],
    "a string": ["text ä", ["text ä"]],
    "a Buffer": ["bytes", [Buffer.from("bytes")]],
    "an encoding": ["Hello", ["48656c6c6f", "hex"]],
  };
  for (const [ending, [expected, args]] of Object.entries(endings)) {
    promise(
      `by end with ${ending} arrives as it was given, and a callback is called`,
      async () => {
        const called = barrier();
        await using app = await serve(adapter, {
          "/": afterWrite((response) => response.end(...args)),
          "/callback": afterWrite((response) => response.end(...args, () => called.release())),
        });
        expect(await app.post("/")).toMatchObject({ status: 200, body: expected });
        const reply = await app.post("/callback");
        await called.gate;
        expect(reply).toMatchObject({ status: 200, body: expected });
        expect(reply.setCookies).toHaveLength(1);
      },
      "response",
    );
  }

  promise(
    "by write is asked to wait once there is much of it, and told by 'drain' to go on after the commit",
    async () => {
      const seen: unknown[] = [];
      await using app = await serve(adapter, {
        "/": afterWrite(async (response) => {
          const drained = new Promise<void>((resolve) => response.once("drain", resolve));
          seen.push(response.write("first,"), response.headersSent, response.writableEnded);
          seen.push(response.write("x".repeat(100_000)));
          await drained;
          seen.push(app.operations.join());
          response.write(",second");
          response.end();
        }),
      });
      const reply = await app.post("/");
      expect(seen).toEqual([true, true, false, false, "create"]);
      expect(reply.body).toBe(`first,${"x".repeat(100_000)},second`);
      expect(reply.setCookies).toHaveLength(1);
    },
    "response",
  );

  promise("piped from a stream arrives whole and in order, however large", async () => {
    const chunks = Array.from({ length: 64 }, (_, i) => Buffer.alloc(65_536, `${i},`));
    await using app = await serve(adapter, {
      "/": async (call) => {
        (await call.session()).set("count", 1);
        call.pipe(200, Readable.from(chunks));
      },
    });
    const reply = await app.get("/");
    const digest = (body: string | Buffer): string => createHash("sha256").update(body).digest("hex");
    expect(reply.body).toHaveLength(64 * 65_536);
    expect(digest(reply.body)).toBe(digest(Buffer.concat(chunks)));
    expect(reply.setCookies).toHaveLength(1);
  });

  promise(
    "by flushHeaders sends the head after the commit and before the body",
    async () => {
      const rest = barrier();
      await using app = await serve(adapter, {
        "/": afterWrite(async (response) => {
          response.setHeader("x-own", "early");
          response.flushHeaders();
          await rest.gate;
          response.end("late");
        }),
      });
      const request = app.send({ method: "POST", path: "/" });
      const head = await request.head;
      expect(head.header("x-own")).toBe("early");
      expect(head.setCookies).toHaveLength(1);
      expect(await app.stored()).toEqual({ count: 1 });
      rest.release();
      expect(await request.reply).toMatchObject({ body: "late" });
    },
    "response",
  );

  promise("after another on the same connection belongs to its own session", async () => {
    const ports: number[] = [];
    await using app = await serve(
      adapter,
      {
        "/": async (call) => {
          ports.push(call.port);
          call.send(200, String((await call.session()).update("count", (n = 0) => n + 1)));
        },
      },
      { sockets: 1 },
    );
    const [ann, bob] = [app.visitor(), app.visitor()];
    await ann.post("/");
    await ann.post("/");
    expect(await bob.post("/")).toMatchObject({ body: "1" });
    expect(await ann.post("/")).toMatchObject({ body: "3", setCookies: [] });
    expect(new Set(ports).size).toBe(1);
  });

  promise("nobody waits for any more is saved all the same, and the server goes on", async () => {
    const pause = barrier();
    const closed = barrier();
    await using app = await serve(
      adapter,
      {
        "/other": (call) => call.send(200, "still here"),
        "/": async (call) => {
          (await call.session()).set("count", 1);
          void call.closed.then(closed.release);
          call.send(200, "nobody reads this", [["x-own", "either"]]);
        },
      },
      { store: startsLate("create", pause) },
    );
    const request = app.send({ method: "POST", path: "/" });
    const created = app.next("created");
    await pause.arrived();
    request.abort();
    await closed.gate;
    pause.release();
    await created;
    expect(await app.stored()).toEqual({ count: 1 });
    expect(await app.get("/other")).toMatchObject({ body: "still here" });
    expect(app.errors).toEqual([]);
  });
});
