// A first app on the packed package: the promises a newcomer meets in the first minute.
import assert from "node:assert/strict";
import { createSessions } from "coatcheck";
import { db } from "coatcheck/db";
import { memory } from "coatcheck/memory";

for (const engine of [memory(), db({ path: "app.sqlite" })]) {
  const sessions = createSessions({ engine });

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
