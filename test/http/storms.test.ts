import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { afterAll, expect, vi } from "vitest";
import type { SessionStore } from "../../src/index.ts";
import { db } from "../../src/engines/db.ts";
import { memory } from "../../src/engines/memory.ts";
import type { Intercept } from "../../src/testing.ts";
import { onEveryAdapter, serve } from "./harness.ts";
import { patient, stormCases } from "./storm-cases.ts";
import { storm, stormRoutes } from "./storm-parts.ts";

const folder = mkdtempSync(join(tmpdir(), "coatcheck-storms-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

vi.setConfig({ testTimeout: 30_000 });
afterAll(() => vi.resetConfig());

let files = 0;
const stores: Record<string, () => SessionStore> = {
  memory: () => memory(),
  "an SQLite file": () => db({ path: join(folder, `${(files += 1)}.sqlite`) }),
};

onEveryAdapter("a storm", (adapter, promise) => {
  for (const [kind, open] of Object.entries(stores)) stormCases(adapter, promise, kind, open);

  promise("over a store that takes 5 ms for each call loses nothing, and is over in time", async () => {
    const slow: Intercept = async (_call, proceed) => {
      await delay(5);
      return proceed();
    };
    await using app = await serve(adapter, stormRoutes, { store: slow, ...patient });
    expect(await storm(app, 100)).toEqual({ keys: 2000, counters: new Set([20]), statuses: { 200: 2000 } });
  });
});
