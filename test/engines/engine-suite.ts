import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Draft, Engine, EngineFactory, Snapshot } from "../../src/core/engine.ts";

const now = 1_800_000_000_000;
const secrets = ["n".repeat(32), "o".repeat(32)];
const settings = { secrets, namespace: undefined, cookieRoom: 4000 };

function draft(changes: Partial<Draft> = {}): Draft {
  const id = Array.from({ length: 32 }, () => Math.floor(Math.random() * 16).toString(16)).join("");
  const times = { createdAt: now - 5000, renewedAt: now, expiresAt: now + 60_000 };
  return { id, payload: '{"v":1,"data":{"name":"Zoë 🧥\\n"}}', userId: undefined, ...times, ...changes };
}

const fields = ({ id, payload, createdAt, renewedAt, expiresAt, userId }: Snapshot | Draft): Draft => {
  return { id, payload, createdAt, renewedAt, expiresAt, userId };
};

/**
 * What every engine promises at its own seam, cookie value in, cookie value out, whether a store is behind it or not.
 * What only a store can promise (nothing lost between two requests, a session that is over everywhere) is in `storeSuite`.
 */
export function engineSuite(name: string, makeEngine: () => EngineFactory): void {
  describe(`${name}: as an engine`, () => {
    const start = (changes: Partial<typeof settings> = {}): Engine => makeEngine()({ ...settings, ...changes });

    const saved = async (engine: Engine, change: Parameters<Engine["commit"]>[0], at = now): Promise<Snapshot> => {
      const outcome = await engine.commit(change, at);
      if (outcome.kind !== "saved") throw new Error(`Expected it to be saved, found "${outcome.kind}"`);
      return outcome.snapshot;
    };
    const cookieOf = ({ cookie }: Snapshot): string => {
      expect(cookie).toMatch(/^[A-Za-z0-9_.-]+$/);
      return cookie ?? "";
    };

    test("what was created opens with the cookie that came of it, unchanged", async () => {
      const engine = start();
      const wanted = draft({ userId: "ann" });
      const created = await saved(engine, { kind: "create", draft: wanted });
      expect(fields(created)).toEqual(wanted);
      expect(engine.recognizes(cookieOf(created))).toBe(true);
      const opened = await engine.open(cookieOf(created), now);
      expect(opened && fields(opened)).toEqual(wanted);
      expect(opened?.cookie).toBe(created.cookie);
    });

    test("any payload comes back as it was", async () => {
      const engine = start();
      await fc.assert(
        fc.asyncProperty(fc.string({ unit: "grapheme", maxLength: 200 }), async (text) => {
          const payload = JSON.stringify({ v: 1, data: { text } });
          const created = await saved(engine, { kind: "create", draft: draft({ payload }) });
          expect((await engine.open(cookieOf(created), now))?.payload).toBe(payload);
        }),
        { numRuns: 50 },
      );
    });

    test("a cookie that is not ours, or is ours but for one character, opens nothing", async () => {
      const engine = start();
      const cookie = cookieOf(await saved(engine, { kind: "create", draft: draft() }));
      const others = [
        "",
        ".",
        "..",
        "a",
        "e30.e30",
        "a".repeat(32),
        "0".repeat(97),
        "💥",
        cookie.slice(1),
        `${cookie}A`,
      ];
      for (const other of [...others, cookie.slice(0, -1), `${cookie}=`, ` ${cookie}`, cookie.toUpperCase()]) {
        expect([other, engine.recognizes(other), await engine.open(other, now)]).toEqual([other, false, undefined]);
      }
      for (let at = 0; at < cookie.length; at += 1) {
        const changed = cookie.slice(0, at) + (cookie[at] === "A" ? "B" : "A") + cookie.slice(at + 1);
        expect([at, await engine.open(changed, now)]).toEqual([at, undefined]);
      }
    });

    test("one that is over opens nothing, to the millisecond, and the end is not the browser's to keep", async () => {
      const engine = start();
      const created = await saved(engine, { kind: "create", draft: draft() });
      expect(await engine.open(cookieOf(created), created.expiresAt - 1)).toBeDefined();
      expect(await engine.open(cookieOf(created), created.expiresAt)).toBeUndefined();
    });

    test("an update replaces payload, user and end, and keeps id and beginning", async () => {
      const engine = start();
      const created = await saved(engine, { kind: "create", draft: draft() });
      const opened = await engine.open(cookieOf(created), now);
      if (opened === undefined) throw new Error("Expected it to open");
      const wanted = { ...fields(opened), payload: '{"v":1,"data":{}}', userId: "bea", expiresAt: now + 90_000 };
      const updated = await saved(engine, { kind: "update", from: opened, draft: wanted, cycle: false });
      expect(fields(updated)).toEqual(wanted);
      const again = await engine.open(cookieOf(updated), now);
      expect(again && fields(again)).toEqual(wanted);
    });

    test("a touch moves the end, and nothing else", async () => {
      const engine = start();
      const created = await saved(engine, { kind: "create", draft: draft({ userId: "ann" }) });
      const touched = await saved(engine, { kind: "touch", from: created, expiresAt: now + 70_000 }, now + 1000);
      const wanted = { ...fields(created), expiresAt: now + 70_000, renewedAt: now + 1000 };
      expect(fields(touched)).toEqual(wanted);
      const again = await engine.open(cookieOf(touched), now + 60_000);
      expect(again && fields(again)).toEqual(wanted);
    });

    test("a cycled key makes another cookie, which opens the same session", async () => {
      const engine = start();
      const created = await saved(engine, { kind: "create", draft: draft() });
      const wanted = { ...fields(created), renewedAt: now + 1 };
      const cycled = await saved(engine, { kind: "update", from: created, draft: wanted, cycle: true });
      expect(cycled.cookie).not.toBe(created.cookie);
      const again = await engine.open(cookieOf(cycled), now);
      expect(again && fields(again)).toEqual(wanted);
    });

    test("refresh answers with the session while it lives", async () => {
      const engine = start();
      const created = await saved(engine, { kind: "create", draft: draft() });
      const fresh = await engine.refresh(created, now);
      expect(fresh && fields(fresh)).toEqual(fields(created));
      expect(await engine.refresh(created, created.expiresAt)).toBeUndefined();
    });

    test("a delete is acknowledged", async () => {
      const engine = start();
      const created = await saved(engine, { kind: "create", draft: draft() });
      expect(fields(await saved(engine, { kind: "delete", from: created }))).toEqual(fields(created));
    });

    test("an older secret opens, the newest is used from then on, and one that was dropped opens nothing", async () => {
      const [newest = "", older = ""] = secrets;
      const factory = makeEngine();
      const [before, between, after] = [[older], [newest, older], [newest]].map((list) =>
        factory({ ...settings, secrets: list }),
      );
      const created = await saved(before as Engine, { kind: "create", draft: draft() });
      const opened = await between?.open(cookieOf(created), now);
      if (opened === undefined) throw new Error("Expected it to open with the older secret");
      expect(await after?.open(cookieOf(created), now)).toBeUndefined();
      const touched = await saved(between as Engine, { kind: "touch", from: opened, expiresAt: now + 70_000 });
      expect(await after?.open(cookieOf(touched), now)).toBeDefined();
      const updated = await saved(between as Engine, {
        kind: "update",
        from: touched,
        draft: fields(touched),
        cycle: false,
      });
      expect(await after?.open(cookieOf(updated), now)).toBeDefined();
    });

    test("apps with namespaces of their own do not open one another's sessions", async () => {
      const factory = makeEngine();
      const [shop, blog] = ["shop", "blog"].map((namespace) => factory({ ...settings, namespace })) as [Engine, Engine];
      const created = await saved(shop, { kind: "create", draft: draft() });
      expect(await shop.open(cookieOf(created), now)).toBeDefined();
      expect(await blog.open(cookieOf(created), now)).toBeUndefined();
      expect(await factory(settings).open(cookieOf(created), now)).toBeUndefined();
    });

    test("what it cannot do is absent, and what it says of itself agrees", () => {
      const engine = start();
      expect(engine.inCookie === true).toBe(engine.store === undefined);
      expect(engine.find === undefined).toBe(engine.inCookie === true);
      expect(engine.revoke === undefined).toBe(engine.inCookie === true);
    });
  });
}
