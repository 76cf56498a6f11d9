import { once } from "node:events";
import { connect, createServer } from "node:net";
import type { AddressInfo, Socket } from "node:net";
import { isDeepStrictEqual } from "node:util";
import { describe, expect, test, vi } from "vitest";
import { StoreUnavailable } from "../../src/core/errors.ts";
import { memcached } from "../../src/engines/memcached.ts";
import { caseContext } from "../../src/testing.ts";
import { memcachedUrl, ownPrefix } from "../engines/memcached/server.ts";
import { errorOf } from "./support.ts";

/** In milliseconds: a request's patience. */
const PATIENCE = 2_000;
const { record, now } = caseContext();

describe.skipIf(memcachedUrl === undefined)("memcached behind a network that", { timeout: 30_000 }, () => {
  const url = memcachedUrl ?? "";

  test("says nothing any more: an outage within a request's patience, and works again when it does", async () => {
    const proxy = await proxyTo(url);
    const store = memcached(proxy.url, { prefix: ownPrefix() });
    const created = record();
    await store.create(created, now);

    proxy.fallSilent();
    const begin = performance.now();
    const errors = await Promise.all([store.read(created.id, now), store.delete("b")].map(errorOf));
    for (const error of errors) expect(error).toBeInstanceOf(StoreUnavailable);
    expect(String(errors[0])).toContain("Command timeout");
    expect(performance.now() - begin).toBeLessThan(PATIENCE);

    proxy.speak();
    expect(await store.read(created.id, now)).toEqual(created);
    await store[Symbol.asyncDispose]();
    await proxy.close();
  });

  test("cuts every connection, in the middle of answers: each is an outage or right, never another's", async () => {
    const proxy = await proxyTo(url);
    const store = memcached(proxy.url, { prefix: ownPrefix() });
    const all = Array.from({ length: 8 }, (_, index) =>
      record({ id: `r${index}`, payload: `${index}`.repeat(50_000) }),
    );
    await Promise.all(all.map((one) => store.create(one, now)));
    const answers: unknown[] = [];
    for (let round = 1; round <= 10; round += 1) {
      proxy.cutAfter(40_000 * round);
      await Promise.all(
        all.map(async (one) => {
          const answer = await store.read(one.id, now).catch((error: StoreUnavailable) => error.code);
          answers.push(isDeepStrictEqual(answer, one) ? "right" : answer);
        }),
      );
    }
    expect(new Set(answers)).toEqual(new Set(["right", "STORE_UNAVAILABLE"]));
    proxy.cutAfter(Infinity);
    await vi.waitUntil(() => store.read("r0", now).catch(() => undefined));
    await store[Symbol.asyncDispose]();
    await proxy.close();
  });

  test("takes connections and never answers the first one: an outage in time", async () => {
    const proxy = await proxyTo(url);
    proxy.fallSilent();
    const store = memcached(proxy.url);
    const begin = performance.now();
    expect(await errorOf(store.read("a", now))).toBeInstanceOf(StoreUnavailable);
    expect(performance.now() - begin).toBeLessThan(PATIENCE);
    await store[Symbol.asyncDispose]();
    await proxy.close();
  });
});

/** Between a client and its server: says nothing in either direction, or cuts after so many bytes, when told to. */
async function proxyTo(target: string) {
  const url = new URL(target);
  const { hostname, port } = url;
  let silent = false;
  let left = Infinity;
  const sockets = new Set<Socket>();
  const proxy = createServer((client) => {
    const server = connect(Number(port), hostname);
    for (const socket of [client, server]) {
      sockets.add(socket);
      socket.on("error", () => socket.destroy());
    }
    client.on("data", (data) => silent || server.write(data));
    server.on("data", (data) => {
      if (silent) return;
      const part = data.subarray(0, left);
      left -= part.length;
      client.write(part, () => left <= 0 && client.destroy());
    });
    client.on("close", () => server.destroy());
    server.on("close", () => client.destroy());
  });
  proxy.listen(0, "127.0.0.1");
  await once(proxy, "listening");
  url.hostname = "127.0.0.1";
  url.port = String((proxy.address() as AddressInfo).port);
  return {
    url: url.href,
    fallSilent: () => (silent = true),
    speak: () => (silent = false),
    cutAfter: (bytes: number) => (left = bytes),
    async close() {
      for (const socket of sockets) socket.destroy();
      const closed = once(proxy, "close");
      proxy.close();
      await closed;
    },
  };
}
