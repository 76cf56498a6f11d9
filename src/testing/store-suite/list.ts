import type { ListableStore, RecordSummary, SessionRecord } from "../../core/store.ts";
import { isListable } from "../../core/store.ts";
import type { StoreCase, StoreCaseContext } from "./case.ts";
import { HOUR } from "./case.ts";
import { check, checkThat, given } from "./check.ts";
import { checkSummaries } from "./summary.ts";

export const listCases: readonly StoreCase[] = [
  list("list: an empty store has one empty page", async (store) => {
    check(
      await store.list(undefined, 10),
      { records: [], cursor: undefined },
      "list of an empty store is one page without records or cursor",
    );
  }),
  list("list: pages cover every record exactly once", async (store, { record, now }) => {
    const created = [];
    for (let count = 0; count < 10; count += 1) created.push(await given(store, record(), now));
    for (const limit of [1, 3, 5, 10, 100]) {
      const shown = (await pages(store, limit)).flat();
      check(idsOf(shown), idsOf(created), `pages of ${limit} show every record exactly once`);
    }
  }),
  list("list: a page holds at most limit records", async (store, { record, now }) => {
    for (let count = 0; count < 7; count += 1) await given(store, record(), now);
    const sizes = (await pages(store, 3)).map((page) => page.length);
    checkThat(Math.max(...sizes) <= 3, "a page holds at most limit records, here 3", sizes);
  }),
  list("list: shows live and expired alike", async (store, { record, now }) => {
    const live = await given(store, record(), now);
    const ended = await given(store, record({ expiresAt: now + 1 }), now);
    await store.read(ended.id, now + HOUR - 1);
    check(
      idsOf((await pages(store, 10)).flat()),
      idsOf([live, ended]),
      "list knows no time: an expired record is listed until it is deleted",
    );
  }),
  list("list: shows neither payload nor secret hash nor revision", async (store, { record, now }) => {
    const created = [await given(store, record({ userId: "ada" }), now), await given(store, record(), now)];
    checkSummaries((await pages(store, 10)).flat(), created, "list");
  }),
  list("list: shows a record as it is now", async (store, { record, revise, now }) => {
    const created = await given(store, record(), now);
    const updated = revise(created, { userId: "ada", expiresAt: now + 2 * HOUR });
    await store.update(updated, created.revision, now);
    await store.touch(updated.id, updated.revision, now + 3 * HOUR, now + 1);
    const expected = { ...updated, renewedAt: now + 1, expiresAt: now + 3 * HOUR };
    checkSummaries((await pages(store, 10)).flat(), [expected], "list");
  }),
  list("list: forgets what was deleted", async (store, { record, now }) => {
    const kept = await given(store, record(), now);
    const { id } = await given(store, record(), now);
    await store.delete(id);
    check(idsOf((await pages(store, 10)).flat()), [kept.id], "a deleted record is no longer listed");
  }),
  list("list: deleting what a page showed hides nothing on the next", async (store, { record, now }) => {
    const created = [];
    for (let count = 0; count < 6; count += 1) created.push(await given(store, record(), now));
    const shown: RecordSummary[] = [];
    for await (const page of walk(store, 2)) {
      shown.push(...page);
      for (const { id } of page) await store.delete(id);
    }
    check(
      idsOf(shown),
      idsOf(created),
      "a cursor is a place and not a count: walking through and deleting reaches every record",
    );
  }),
];

function list(name: string, run: (store: ListableStore, context: StoreCaseContext) => Promise<void>): StoreCase {
  return {
    name,
    power: "listable",
    run(store, context) {
      if (!isListable(store)) throw new TypeError(`${name} needs a store with list`);
      return run(store, context);
    },
  };
}

/** Gives up on a cursor that leads nowhere; no case has that many pages. */
const MOST_PAGES = 100;

async function* walk(store: ListableStore, limit: number): AsyncGenerator<RecordSummary[]> {
  let cursor: string | undefined;
  for (let count = 0; count < MOST_PAGES; count += 1) {
    const page = await store.list(cursor, limit);
    yield page.records;
    cursor = page.cursor;
    if (cursor === undefined) return;
  }
  checkThat(false, "the cursor becomes undefined after the last page", cursor);
}

async function pages(store: ListableStore, limit: number): Promise<RecordSummary[][]> {
  const all: RecordSummary[][] = [];
  for await (const page of walk(store, limit)) all.push(page);
  return all;
}

/** The order is the store's own. */
function idsOf(records: readonly Pick<SessionRecord, "id">[]): string[] {
  return records.map(({ id }) => id).sort();
}
