import { Keyv } from "keyv";
import { afterAll, describe, test, vi } from "vitest";
import type { SessionStore } from "../../../src/core/store.ts";
import { cache } from "../../../src/engines/cache.ts";
import { interleavingSuite } from "../../../src/testing.ts";
import { atomicCache, unstorageOnFiles } from "./caches.ts";

vi.setConfig({ testTimeout: 120_000 });
afterAll(() => vi.resetConfig());

await interleavingSuite({ describe, test }, "cache()", () => cache());
await interleavingSuite({ describe, test }, "cache, an atomic object", () => cache(atomicCache()), { randomRuns: 200 });

// Not atomic, but one process at a time as good as that: so they claim it here.
const onKeyv = (): SessionStore => ({ ...cache(new Keyv()), atomic: true });
const onFiles = async (): Promise<SessionStore> => ({ ...cache(await unstorageOnFiles()), atomic: true });
await interleavingSuite({ describe, test }, "cache, Keyv, one process", onKeyv, { randomRuns: 200 });
await interleavingSuite({ describe, test }, "cache, unstorage on files, one process", onFiles, { randomRuns: 200 });
