import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { db } from "../../src/engines/db.ts";
import { memory } from "../../src/engines/memory.ts";
import { createSessions, HeadersSent, SessionInterrupted, type Sessions, type SessionStore } from "../../src/index.ts";
import type { Data } from "./harness-call.ts";
import { type App, serve } from "./harness.ts";
import { hosts, routes, Sockets, told, withSockets } from "./websocket-parts.ts";

const folder = mkdtempSync(join(tmpdir(), "coatcheck-websocket-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

let files = 0;
/** Each a store and a way to it that another process would have. */
const engines: Readonly<Record<string, () => { here: SessionStore; there: SessionStore }>> = {
  memory() {
    const store = memory();
    return { here: store, there: store };
  },
  sqlite() {
    files += 1;
    const path = join(folder, `${files}.sqlite`);
    return { here: db({ path }), there: db({ path }) };
  },
};

interface Place extends AsyncDisposable {
  readonly app: App;
  readonly sockets: Sockets;
  /** Sessions of another process, on the same store. */
  readonly there: Sessions<Data>;
  /** A stored session's cookie, and its id. */
  begin(): Promise<{ cookie: string; id: string }>;
}

async function place(host: string, engine: string, interval?: number): Promise<Place> {
  const stores = engines[engine]?.();
  if (stores === undefined) throw new Error(`no engine is named "${engine}"`);
  const sockets = new Sockets(interval === undefined ? undefined : { interval });
  const app = await serve(withSockets(host, sockets.attach), routes, { engine: stores.here });
  const there = createSessions<Data>({ engine: stores.there, clock: app.clock });
  return {
    app,
    sockets,
    there,
    async begin() {
      const created = app.next("created");
      const { cookie } = await app.post("/count");
      return { cookie, id: (await created).id };
    },
    async [Symbol.asyncDispose]() {
      await app[Symbol.asyncDispose]();
      await there[Symbol.asyncDispose]();
    },
  };
}

const everywhere = Object.keys(hosts).flatMap((host) => Object.keys(engines).map((engine) => [host, engine] as const));

describe.each(everywhere)("a socket beside %s, on %s", (host, engine) => {
  test("has the session of its cookie: reads, reloads, and saves into what requests wrote meanwhile", async () => {
    await using here = await place(host, engine);
    const { cookie, id } = await here.begin();
    const { visit } = await here.sockets.connect(here.app.port, cookie);
    expect([visit.session.id, visit.session.get("count")]).toEqual([id, 1]);
    await here.app.post("/count", cookie);
    visit.session.set("theme", "dark").update("own1", () => 1);
    await visit.session.save();
    expect(Object.fromEntries(visit.session)).toEqual({ count: 2, theme: "dark", own1: 1 });
    await here.app.post("/count", cookie);
    await visit.session.reload();
    expect(visit.session.get("count")).toBe(3);
  });

  test("is sent no cookie, by whatever name it came", async () => {
    await using here = await place(host, engine);
    const { cookie } = await here.begin();
    for (const sent of [undefined, cookie, `${cookie}x`, "__Host-session=junk"]) {
      const { upgrade } = await here.sockets.connect(here.app.port, sent);
      expect(upgrade.headers["set-cookie"]).toBeUndefined();
    }
  });

  test("has a new session without a cookie: it cannot begin here, and never ends", async () => {
    await using here = await place(host, engine);
    const { visit } = await here.sockets.connect(here.app.port);
    const { session } = visit;
    expect([session.isNew, await visit.check(), await told(visit)]).toEqual([true, undefined, undefined]);
    expect(() => session.set("count", 1)).toThrow(HeadersSent);
    expect(() => (session.userId = "ada")).toThrow(HeadersSent);
    session.data.count = 1;
    await expect(session.save()).rejects.toThrow(HeadersSent);
  });

  test("is closed when the visitor logs out", async () => {
    await using here = await place(host, engine);
    const { cookie } = await here.begin();
    const [first, second] = [
      await here.sockets.connect(here.app.port, cookie),
      await here.sockets.connect(here.app.port, cookie),
    ];
    await here.app.post("/logout", cookie);
    expect(await first.closed).toEqual({ code: 4401, reason: "flushed" });
    expect(await second.closed).toEqual({ code: 4401, reason: "flushed" });
    first.visit.session.set("count", 2);
    await expect(first.visit.session.save()).rejects.toThrow(SessionInterrupted);
  });

  test("is closed when the key is cycled, and comes back with the new one", async () => {
    await using here = await place(host, engine);
    const { cookie } = await here.begin();
    const { visit, closed } = await here.sockets.connect(here.app.port, cookie);
    expect(() => visit.session.cycleKey()).toThrow(HeadersSent);
    const login = await here.app.post("/login", cookie);
    expect(await closed).toEqual({ code: 4401, reason: "cycled" });
    visit.session.set("theme", "dark");
    await expect(visit.session.save()).rejects.toThrow(SessionInterrupted);
    const again = await here.sockets.connect(here.app.port, login.cookie);
    expect([again.visit.session.userId, again.visit.session.get("count")]).toEqual(["ada", 1]);
    expect(await told(again.visit)).toBeUndefined();
  });

  test("logs out itself: the record goes, and every socket of the session", async () => {
    await using here = await place(host, engine);
    const { cookie, id } = await here.begin();
    const [first, second] = [
      await here.sockets.connect(here.app.port, cookie),
      await here.sockets.connect(here.app.port, cookie),
    ];
    await first.visit.session.flush();
    expect([(await first.closed).reason, (await second.closed).reason]).toEqual(["flushed", "flushed"]);
    expect(await here.there.byId(id)).toBeUndefined();
    expect(() => first.visit.session.set("count", 1)).toThrow(HeadersSent);
  });

  test("is closed by looking when another process ends its session", async () => {
    await using here = await place(host, engine, 0.005);
    const { cookie, id } = await here.begin();
    const { closed } = await here.sockets.connect(here.app.port, cookie);
    await here.there.revoke(id);
    expect(await closed).toEqual({ code: 4401, reason: "gone" });
  });

  test("is closed when another process revokes the user, and knows of it when it asks", async () => {
    await using here = await place(host, engine);
    const { cookie } = await here.begin();
    const login = await here.app.post("/login", cookie);
    const { visit, closed } = await here.sockets.connect(here.app.port, login.cookie);
    await here.there.revokeUser("ada", { except: visit.session.id });
    expect(await visit.check()).toBeUndefined();
    await here.there.revokeUser("ada");
    expect(await visit.check()).toBe("gone");
    expect((await closed).reason).toBe("gone");
  });

  test("is closed when the session expires, and not while requests renew it", async () => {
    await using here = await place(host, engine);
    const { cookie } = await here.begin();
    const { visit, closed } = await here.sockets.connect(here.app.port, cookie);
    here.app.clock.advance({ days: 13 });
    await here.app.post("/count", cookie);
    here.app.clock.advance({ days: 13 });
    expect(await visit.check()).toBeUndefined();
    here.app.clock.advance({ days: 1 });
    expect(await visit.check()).toBe("expired");
    expect(await closed).toEqual({ code: 4401, reason: "expired" });
  });
});
