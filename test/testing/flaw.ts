import type { SessionRecord } from "../../src/core/store.ts";
import { type FullStore, ReferenceStore } from "./reference-store.ts";

/** One promise broken, and the cases that have to notice. */
export interface Flaw {
  readonly flaw: string;
  readonly cases: readonly string[];
  /** The broken verbs. `honest` works on the same records and keeps every promise. */
  breaks(honest: ReferenceStore): Partial<FullStore>;
}

export function flawedStore({ breaks }: Flaw): FullStore {
  const honest = new ReferenceStore();
  return Object.assign(new ReferenceStore(honest.records), breaks(honest));
}

/** A store that changes records on their way in. */
export function changing(change: (record: SessionRecord) => SessionRecord): Flaw["breaks"] {
  return (honest) => ({
    create: (record, now) => honest.create(change(record), now),
    update: (record, expected, now) => honest.update(change(record), expected, now),
  });
}

export function changingPayload(change: (payload: string) => string): Flaw["breaks"] {
  return changing((record) => ({ ...record, payload: change(record.payload) }));
}

/** What a check and a write in two steps leave open between them: one turn of the event loop. */
export async function gap(): Promise<void> {
  await Promise.resolve();
}
