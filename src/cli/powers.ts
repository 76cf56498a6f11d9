import type { Backstage } from "../core/backstage.ts";
import { NotSupported } from "../core/errors.ts";
import { isMigratable, isSweepable, type MigratableStore, type SweepableStore } from "../core/store.ts";

/** @throws NotSupported where there is nothing to sweep from here. */
export function sweepableBehind({ engine, store }: Backstage): SweepableStore {
  if (store?.name === "memory") {
    throw new NotSupported(
      'The engine "memory" keeps its records in the process of the app, where no other process can sweep them; it is ' +
        "bounded by `max` instead. Engines to sweep from here: cachedDb, db, file, or a store of your own with deleteExpired.",
    );
  }
  if (store !== undefined && isSweepable(store)) return store;
  throw new NotSupported(
    `The engine "${engine}" has no expired records to sweep: nothing is kept, or it goes by itself. ` +
      "Engines to sweep: cachedDb, db, file, or a store of your own with deleteExpired.",
  );
}

/** @throws NotSupported where there is no schema. */
export function migratableBehind({ engine, store }: Backstage): MigratableStore {
  if (store !== undefined && isMigratable(store)) return store;
  throw new NotSupported(
    `The engine "${engine}" has no schema to migrate. Engines that have one: cachedDb, db, or a store of your own with migrate.`,
  );
}
