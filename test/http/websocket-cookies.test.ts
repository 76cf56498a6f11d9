import { describe, expect, test } from "vitest";
import { memory } from "../../src/engines/memory.ts";
import { migrating } from "../../src/engines/migrating.ts";
import { signedCookies } from "../../src/engines/signed-cookies.ts";
import { createSessions, HeadersSent, type Sessions } from "../../src/index.ts";
import type { Data } from "./harness-call.ts";
import { type Place, place, told } from "./websocket-parts.ts";

const secrets = ["s".repeat(32)];

describe("a session in the cookie", () => {
  const engine = signedCookies();

  test("is read over a socket, and every write is refused", async () => {
    await using here = await place({ engine, secrets });
    const { cookie } = await here.app.post("/count");
    const { visit } = await here.sockets.connect(here.app.port, cookie);
    const { session } = visit;
    expect(session.get("count")).toBe(1);
    expect(() => session.set("count", 2)).toThrow(HeadersSent);
    expect(() => session.cycleKey()).toThrow(HeadersSent);
    await expect(session.flush()).rejects.toThrow(HeadersSent);
    session.data.count = 2;
    await expect(session.save()).rejects.toThrow(HeadersSent);
    await session.reload();
    expect(session.get("count")).toBe(1);
  });

  test("ends by the time in it, and at once when this process flushes it", async () => {
    await using here = await place({ engine, secrets });
    const { cookie } = await here.app.post("/count");
    const flushed = await here.sockets.connect(here.app.port, cookie);
    await here.app.post("/logout", cookie);
    expect((await flushed.closed).reason).toBe("flushed");
    const { visit, closed } = await here.sockets.connect(here.app.port, cookie);
    here.app.clock.advance({ days: 14 });
    expect(await visit.check()).toBe("expired");
    expect((await closed).reason).toBe("expired");
  });

  test("ends by the time in the cookie of the upgrade, however often requests renew it in others", async () => {
    await using here = await place({ engine, secrets });
    const { cookie } = await here.app.post("/count");
    const { visit, closed } = await here.sockets.connect(here.app.port, cookie);
    here.app.clock.advance({ days: 13 });
    const renewed = await here.app.post("/count", cookie);
    here.app.clock.advance({ days: 1 });
    expect(await visit.check()).toBe("expired");
    expect((await closed).reason).toBe("expired");
    const again = await here.sockets.connect(here.app.port, renewed.cookie);
    expect([again.visit.session.get("count"), await again.visit.check()]).toEqual([2, undefined]);
  });

  test("is told at once of a log-out and a cycled key, by whichever of its cookies", async () => {
    await using here = await place({ engine, secrets });
    for (const [path, why] of [
      ["/logout", "flushed"],
      ["/login", "cycled"],
    ] as const) {
      const { cookie } = await here.app.post("/count");
      const { closed } = await here.sockets.connect(here.app.port, cookie);
      const newer = await here.app.post("/count", cookie);
      await here.app.post(path, newer.cookie);
      expect((await closed).reason).toBe(why);
    }
  });

  test("is told of no end in another process, unless its user's epoch is another one", async () => {
    let epoch = 1;
    const epochs = signedCookies({ epoch: () => epoch });
    await using here = await place({ engine: epochs, secrets });
    const { cookie } = await here.app.post("/login");
    const { visit } = await here.sockets.connect(here.app.port, cookie);
    const there = createSessions<Data>({ engine: epochs, secrets, clock: here.app.clock });
    await (await there.open(tokenIn(cookie))).flush();
    expect(await visit.check()).toBeUndefined();
    epoch = 2;
    expect(await visit.check()).toBe("gone");
  });
});

describe("a session that moves from its cookie into a store", () => {
  let epoch = 1;
  const from = signedCookies({ epoch: () => epoch });
  const engine = migrating({ from, to: memory() });

  /** A cookie from before the move. */
  async function oldCookie({ app }: Place): Promise<string> {
    const before: Sessions<Data> = createSessions<Data>({ engine: from, secrets, clock: app.clock });
    const session = await before.open();
    session.userId = "ada";
    await session.save();
    return `__Host-session=${before.token(session) ?? ""}`;
  }

  test("is told of no end but the time in its old cookie, and of every one with the new cookie", async () => {
    await using here = await place({ engine, secrets });
    const cookie = await oldCookie(here);
    const { visit, closed } = await here.sockets.connect(here.app.port, cookie);
    const moved = await here.app.post("/count", cookie);
    const again = await here.sockets.connect(here.app.port, moved.cookie);
    await here.app.post("/logout", moved.cookie);
    expect((await again.closed).reason).toBe("flushed");
    expect([await visit.check(), await told(visit)]).toEqual([undefined, undefined]);
    here.app.clock.advance({ days: 14 });
    expect(await visit.check()).toBe("expired");
    expect((await closed).reason).toBe("expired");
  });

  test("is told of its user's epoch with the old cookie too", async () => {
    await using here = await place({ engine, secrets });
    const { visit } = await here.sockets.connect(here.app.port, await oldCookie(here));
    expect(await visit.check()).toBeUndefined();
    epoch += 1;
    expect(await visit.check()).toBe("gone");
  });
});

function tokenIn(cookie: string): string {
  return cookie.slice(cookie.indexOf("=") + 1);
}
