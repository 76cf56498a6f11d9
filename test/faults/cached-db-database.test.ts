import { expect, test } from "vitest";
import { StoreUnavailable } from "../../src/core/errors.ts";
import { cachedDb } from "../../src/engines/cached-db.ts";
import { memory } from "../../src/engines/memory.ts";
import { faultyStore } from "../../src/testing.ts";
import { errorOf, scene } from "./support.ts";

/** Sessions on a cachedDb whose database can be stopped. */
function make() {
  const state = { isDown: false };
  const db = faultyStore(memory(), (_, proceed) =>
    state.isDown ? Promise.reject(new StoreUnavailable("The database is down")) : proceed(),
  );
  const cache = memory();
  const store = cachedDb({ cache, db });
  return { state, cache, ...scene(store) };
}

test("while the database is down the cache answers for maxStale, and nobody writes", async () => {
  const { state, sessions, clock, begin, peek } = make();
  const { token } = await begin({ n: 1 });
  await peek(token);
  state.isDown = true;

  clock.advance(59_999);
  expect(await peek(token)).toEqual({ n: 1 });
  const session = await sessions.open(token);
  session.set("n", 2);
  expect(await errorOf(session.save())).toBeInstanceOf(StoreUnavailable);
  expect(await errorOf(begin())).toBeInstanceOf(StoreUnavailable);

  state.isDown = false;
  await peek(token);
  clock.advance(60_000);
  state.isDown = true;
  expect(await errorOf(peek(token))).toBeInstanceOf(StoreUnavailable);
  state.isDown = false;
  expect(await peek(token)).toEqual({ n: 1 });
});

test("what the database did not answer is not remembered as nothing", async () => {
  const { state, store, cache, clock, begin, peek } = make();
  const { token, id } = await begin({ n: 1 });
  state.isDown = true;
  expect(await errorOf(peek(token))).toBeInstanceOf(StoreUnavailable);
  expect(await errorOf(peek(token))).toBeInstanceOf(StoreUnavailable);
  state.isDown = false;
  expect(await peek(token)).toEqual({ n: 1 });
  expect(await cache.read(id, clock.now)).toBeDefined();
  expect(store.atomic).toBe(true);
});
