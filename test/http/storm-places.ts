// Where the sessions of a storm live, said in words that can be handed to another process.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { isMigratable } from "../../src/core/store.ts";
import { db } from "../../src/engines/db.ts";
import type { SessionStore } from "../../src/index.ts";

interface Shared {
  readonly url: string;
  /** Nobody else's table, prefix or folder. */
  readonly name: string;
}

const engines = {
  sqlite: ({ name }: Shared) => db({ path: join(name, "sessions.sqlite") }),
  sql: ({ url, name }: Shared) => db(url, { table: name }),
} satisfies Record<string, (shared: Shared) => SessionStore>;

export interface Place extends Shared {
  readonly engine: keyof typeof engines;
}

export function storeAt(place: Place): SessionStore & Partial<AsyncDisposable> {
  return engines[place.engine](place);
}

let count = 0;
const ownName = (): string => `storm_${process.pid}_${Date.now().toString(36)}_${(count += 1)}`;

const { COATCHECK_TEST_POSTGRES_URL: postgres, COATCHECK_TEST_MARIADB_URL: mariadb } = process.env;

/** Engines that every process of a host can reach; `undefined` where the server is missing. */
export const places: readonly [kind: string, make: (() => Place) | undefined][] = [
  ["an SQLite file", () => ({ engine: "sqlite", url: "", name: ownFolder() })],
  ["PostgreSQL", postgres === undefined ? undefined : () => at("sql", postgres)],
  ["MariaDB", mariadb === undefined ? undefined : () => at("sql", mariadb)],
];

function at(engine: Place["engine"], url: string): Place {
  return { engine, url, name: ownName() };
}

function ownFolder(): string {
  return mkdtempSync(join(tmpdir(), "coatcheck-storms-"));
}

/** Makes what has to be there before the first request: nothing that a request should wait for. */
export async function prepare(place: Place): Promise<void> {
  await using used = use(place);
  if (isMigratable(used.store)) await used.store.migrate();
}

export async function cleanUp(place: Place): Promise<void> {
  {
    await using used = use(place);
    if (place.url !== "" && isMigratable(used.store)) await used.store.migrate({ direction: "down" });
  }
  if (place.url === "") rmSync(place.name, { recursive: true, force: true });
}

function use(place: Place): { readonly store: SessionStore } & AsyncDisposable {
  const store = storeAt(place);
  return { store, [Symbol.asyncDispose]: async () => store[Symbol.asyncDispose]?.() };
}
