import { randomBytes } from "node:crypto";
import fc from "fast-check";
import { expect, test } from "vitest";
import { cookieRoom } from "../../src/core/cookie-room.ts";
import { resolveOptions, type CookieOptions } from "../../src/core/options.ts";
import { signedCookies } from "../../src/engines/signed-cookies.ts";
import { memory } from "../../src/engines/memory.ts";
import { setCookieLine } from "../../src/http/cookie.ts";
import { HeadersSent, InvalidData } from "../../src/index.ts";
import { barrier } from "../../src/testing.ts";
import type { Routes } from "./harness-call.ts";
import { onEveryAdapter, serve } from "./harness.ts";

const settings = { engine: signedCookies({ compress: false }), secrets: ["s".repeat(32)] };
// Twice the length in characters that no packing would shorten.
const noise = (length: number): string => randomBytes(length).toString("hex").slice(0, length);

const routes: Routes = {
  "/write": async (call) => {
    (await call.session()).set("theme", noise(Number(call.query.get("length"))));
    call.send(200, "written");
  },
  "/read": async (call) => {
    const { theme = "" } = (await call.session()).data;
    call.send(200, `length: ${theme.length}`);
  },
  "/flush": async (call) => {
    await (await call.session()).flush();
    call.send(200);
  },
};

onEveryAdapter("a session in the cookie", (adapter, promise) => {
  promise("is written, read and removed", async () => {
    await using app = await serve(adapter, routes, settings);
    const written = await app.post("/write?length=100");
    expect(await app.get("/read", written.cookie)).toMatchObject({ body: "length: 100", setCookies: [] });
    const flushed = await app.post("/flush", written.cookie);
    expect(flushed.setCookie).toMatch(/=; Max-Age=0;/);
  });

  promise(
    "of up to 4096 bytes, attributes included, is sent; a longer one is an error before anything is",
    async () => {
      await using app = await serve(adapter, routes, settings);
      let longest = 0;
      for (let low = 1000, high = 4096; low <= high;) {
        const length = Math.floor((low + high) / 2);
        const { status, setCookies } = await app.post(`/write?length=${length}`);
        if (status === 200) {
          longest = Buffer.byteLength(setCookies[0] ?? "");
          low = length + 1;
        } else {
          expect({ status, setCookies }).toEqual({ status: 500, setCookies: [] });
          high = length - 1;
        }
      }
      // Nearly: base64 goes in steps, and there is room for the longest Max-Age.
      expect(longest).toBeLessThanOrEqual(4096);
      expect(longest).toBeGreaterThan(4080);
      expect(app.errors[0]).toBeInstanceOf(InvalidData);
    },
  );

  promise("cannot be saved, or ended, once the headers have left, and says so", async () => {
    const headersArrived = barrier();
    const thrown: unknown[] = [];
    const late: Routes = {
      ...routes,
      "/late": async (call) => {
        const session = await call.session();
        const body = call.stream(200);
        body.write("first,");
        await headersArrived.gate;
        for (const act of [() => session.set("theme", "x"), () => session.flush(), () => session.delete("theme")]) {
          try {
            await act();
            thrown.push("nothing");
          } catch (error) {
            thrown.push(error);
          }
        }
        body.end();
      },
    };
    await using app = await serve(adapter, late, settings);
    const { cookie } = await app.post("/write?length=10");
    const reply = app.send({ method: "POST", path: "/late", cookie });
    await reply.head;
    headersArrived.release();
    await reply.reply;
    expect(thrown).toHaveLength(3);
    for (const error of thrown) expect(error).toBeInstanceOf(HeadersSent);
    expect(await app.get("/read", cookie)).toMatchObject({ body: "length: 10" });
  });
});

test("no Set-Cookie line is longer than 4096 bytes with a value that fits the room, and none is wasted", () => {
  const options: fc.Arbitrary<CookieOptions> = fc.record(
    {
      name: fc.stringMatching(/^[a-z]{1,40}$/),
      domain: fc.constant("shop.example.com"),
      path: fc.stringMatching(/^\/[a-z]{0,50}$/),
      secure: fc.constantFrom<(true | "auto")[]>(true, "auto"),
      httpOnly: fc.boolean(),
      sameSite: fc.constantFrom<("lax" | "strict")[]>("lax", "strict"),
    },
    { requiredKeys: [] },
  );
  fc.assert(
    fc.property(options, fc.boolean(), (given, partitioned) => {
      const cookie = { ...given, ...(given.secure !== "auto" && { partitioned }) };
      const resolved = resolveOptions({ cookie }, memory).cookie;
      const value = "v".repeat(cookieRoom(resolved));
      const line = setCookieLine({ kind: "set", value, maxAge: 10_000_000_000 }, resolved, () => true);
      expect(line.length).toBe(4096);
    }),
  );
});
