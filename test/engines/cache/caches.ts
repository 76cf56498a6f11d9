import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Keyv } from "keyv";
import { createStorage } from "unstorage";
import fsDriver from "unstorage/drivers/fs";
import { afterAll } from "vitest";
import type { Cache } from "../../../src/engines/cache.ts";

/** As an application writes one over a backend that can compare: here, over a Map and some turns of the event loop. */
export function atomicCache(texts = new Map<string, string>()): Required<Cache> {
  return {
    ...plainCache(texts),
    delete: async (key) => texts.delete(key),
    async add(key, value) {
      await turn();
      if (texts.has(key)) return false;
      texts.set(key, value);
      return true;
    },
    async compareAndSet(key, expected, value) {
      await turn();
      if (texts.get(key) !== expected) return false;
      texts.set(key, value);
      return true;
    },
  };
}

/** The least that a cache can be. Its answers take some turns, so that calls at once do overtake one another. */
export function plainCache(texts = new Map<string, string>()): Cache {
  return {
    async get(key) {
      await turn();
      return texts.get(key) ?? null;
    },
    async set(key, value) {
      await turn();
      texts.set(key, value);
    },
    async delete(key) {
      await turn();
      texts.delete(key);
    },
  };
}

function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

export function unstorageInMemory() {
  return createStorage();
}

/** In a folder of its own; all of them go at the end of the file. */
export async function unstorageOnFiles() {
  const base = await mkdtemp(join(tmpdir(), "coatcheck-cache-"));
  afterAll(() => rm(base, { recursive: true, force: true }));
  return createStorage({ driver: fsDriver({ base }) });
}

/** Whatever is asked of it fails. */
export class DownAdapter {
  opts = {};
  namespace?: string;

  async get(): Promise<never> {
    throw Object.assign(new Error("connection lost while writing the-payload"), { code: "ECONNRESET" });
  }

  set = this.get;
  delete = this.get;
  clear = this.get;
  has = this.get;
}

export function keyvThatIsDown(): Keyv {
  return new Keyv({ store: new DownAdapter() });
}
