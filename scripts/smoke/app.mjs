// A first app on the packed package: the promises a newcomer meets in the first minute.
import assert from "node:assert/strict";
import { createSessions } from "coatcheck";
import { compressed } from "coatcheck/compressed";
import { db } from "coatcheck/db";
import { encrypted } from "coatcheck/encrypted";
import { memory } from "coatcheck/memory";

const codec = encrypted(["s".repeat(32)], { codec: compressed({ threshold: 0 }) });
for (const options of [{ engine: memory() }, { engine: db({ path: "app.sqlite" }) }, { engine: memory(), codec }]) {
  const sessions = createSessions(options);

  const session = await sessions.open();
  session.set("cart", [{ sku: "coat", quantity: 1 }]);
  session.update("visits", (visits) => Number(visits ?? 0) + 1);
  await session.save();
  const token = sessions.token(session);

  const again = await sessions.open(token);
  assert.equal(again.id, session.id);
  assert.deepEqual(again.get("cart"), [{ sku: "coat", quantity: 1 }]);

  again.cycleKey();
  await again.save();
  const cycled = sessions.token(again);
  assert.notEqual(cycled, token);
  assert.equal((await sessions.open(token)).isNew, true, "the old token is dead");
  assert.equal((await sessions.open(cycled)).get("visits"), 1);

  await again.flush();
  assert.equal((await sessions.open(cycled)).isNew, true, "what was flushed stays flushed");
  await sessions[Symbol.asyncDispose]();
}
