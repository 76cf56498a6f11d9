import { RedisStore } from "connect-redis";
import { createClient } from "redis";
import { beforeAll, describe, expect, test } from "vitest";
import { StoreUnavailable } from "../../src/core/errors.ts";
import { expressStore, type ExpressStore } from "../../src/engines/express-store.ts";
import { START } from "../../src/testing.ts";
import { programs, startRedis, until } from "../engines/redis/server.ts";
import { PATIENCE, startLoad } from "./load.ts";
import { answered, errorOf, request, scene, tokenOf } from "./support.ts";

describe.skipIf(programs === undefined)("expressStore on connect-redis, its server killed", { timeout: 60_000 }, () => {
  let server: Awaited<ReturnType<typeof startRedis>>;
  beforeAll(async () => void (server = await startRedis()));

  async function connected(options: { disableOfflineQueue: boolean }): Promise<{ store: ExpressStore } & Disposable> {
    const client = createClient({ url: server.url, ...options, socket: { reconnectStrategy: 20 } });
    // As node-redis wants of its users; not ours to take away.
    client.on("error", () => {});
    await client.connect();
    return { store: expressStore(new RedisStore({ client })), [Symbol.dispose]: () => client.destroy() };
  }

  /** The client connects again when it sees fit. */
  const healed = (store: ExpressStore): Promise<void> =>
    until(async () => (await store.read("nobody", START)) === undefined);

  test("under load and started again: every answer in time, success or outage, and it heals", async () => {
    using here = await connected({ disableOfflineQueue: true });
    const { sessions, begin, peek } = scene(here.store);
    const { token } = await begin({ n: 1 });
    const load = startLoad(here.store, 8);
    await load.until(200);
    await server.crash();
    await load.untilFailed(8);

    // An outage is not a logout: no answer about the session, and no change of the cookie.
    expect(await errorOf(request(sessions, token))).toBeInstanceOf(StoreUnavailable);

    await server.restart();
    await healed(here.store);
    await load.until(200);
    await load.stop();
    expect(load.slowest()).toBeLessThan(PATIENCE);
    for (const error of load.errors) expect(error).toBeInstanceOf(StoreUnavailable);

    // Without persistence everybody is signed out, and begins anew.
    const session = await sessions.open(token);
    expect(session.isNew).toBe(true);
    session.set("n", 1);
    await session.save();
    expect(await peek(tokenOf(sessions, session))).toEqual({ n: 1 });
  });

  test("with a client that queues meanwhile: a request waits no longer than its deadline, and its session goes on afterwards", async () => {
    using here = await connected({ disableOfflineQueue: false });
    const { sessions, begin, peek } = scene(here.store, { deadline: 0.5 });
    const { token } = await begin({ n: 1 });
    const { unit, session } = await request(sessions, token);
    session.set("n", 2);
    await server.crash();
    expect(await errorOf(unit.commit(answered))).toBeInstanceOf(StoreUnavailable);
    expect(await errorOf(request(sessions, token))).toBeInstanceOf(StoreUnavailable);

    await server.restart();
    await healed(here.store);
    // Its server had kept nothing; but it is asked again, and answers.
    expect(await peek(token)).toBeUndefined();
    const next = await begin({ n: 3 });
    expect(await peek(next.token)).toEqual({ n: 3 });
  });
});
