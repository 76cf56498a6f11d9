import { afterAll, describe, test, vi } from "vitest";
import type { SessionStore } from "../../../src/core/store.ts";
import { expressStore } from "../../../src/engines/express-store.ts";
import { interleavingSuite } from "../../../src/testing.ts";
import { plainStore } from "./hand-written.ts";
import { realStores } from "./real-stores.ts";

vi.setConfig({ testTimeout: 120_000 });
afterAll(() => vi.resetConfig());

// Not atomic, but one process at a time as good as that: so they claim it here. Each call has its session to itself, so
// what requests make of one another is the same on all stores; these are the quickest, and one over a network.
const chosen = ["memorystore", "connect-redis"];
for (const { name, open } of realStores().stores.filter((store) => chosen.includes(store.name))) {
  const makeStore = async (): Promise<SessionStore> => ({ ...(await open()), atomic: true });
  await interleavingSuite({ describe, test }, `expressStore, ${name}, one process`, makeStore, { randomRuns: 50 });
}

const onPlain = (): SessionStore => ({ ...expressStore(plainStore()), atomic: true });
await interleavingSuite({ describe, test }, "expressStore, one's own, one process", onPlain, { randomRuns: 200 });
